-- Changes the state: a list of steps, each a word and its arguments, applied in their order.
-- Steps that can refuse stand first and change nothing, so all of them are applied or none.
local meta = call('HMGET', key.meta, 'last', 'truncated')
local lastText, truncatedText = meta[1] or '0', meta[2] or '0'
local last, truncated = tonumber(lastText), tonumber(truncatedText)
local name, prefix
local loosened = {}
local answer = {'ok'}

local function bytes(number)
  return struct.pack('>I8', number)
end

-- The beginning of 1970, told as the state tells time: in milliseconds since the year 1.
local longPast = bytes(62135596800000)

local function refer(position)
  if call('HINCRBY', key.counts, position, 1) == 1 then
    call('ZADD', key.references, position, position)
  end
end

-- The last reference may go and another come in one write: what nothing refers to is dropped at the end.
local function loosen(position)
  call('HINCRBY', key.counts, position, -1)
  loosened[position] = true
end

local function unpark(place, position)
  local member = prefix .. place
  if call('ZREMRANGEBYLEX', key.parked, '[' .. member, '(' .. member .. highest) == 0 then
    return false
  end
  call('ZREM', key.parkedAt, prefix .. string.sub(place, 25) .. string.sub(place, 9, 24) .. string.sub(place, 1, 8))
  loosen(position)
  return true
end

local function fewer()
  if tonumber(call('HGET', key.destinations, prefix .. 'k') or 0) > 0 then
    call('HINCRBY', key.destinations, prefix .. 'k', -1)
  end
end

local function clearDue(lane)
  local old = call('HGET', key.dueOf, prefix .. lane)
  if old then
    call('ZREM', key.due, prefix .. old .. lane)
    call('HDEL', key.dueOf, prefix .. lane)
  end
  return old
end

local function setDue(lane, due)
  clearDue(lane)
  call('HSET', key.dueOf, prefix .. lane, due)
  call('ZADD', key.due, 0, prefix .. due .. lane)
end

local function clearDueIfEmpty(lane)
  local member = prefix .. lane
  if #call('ZRANGEBYLEX', key.parked, '[' .. member, '(' .. member .. highest, 'LIMIT', 0, 1) == 0 then
    clearDue(lane)
  end
end

local function takeLetter(at)
  local place = prefix .. at
  local letter = call('HGET', key.letters, place)
  if letter then
    call('HDEL', key.letters, place)
    call('ZREM', key.lettersByNumber, prefix .. string.sub(letter, 1, 8) .. at)
    call('ZREM', key.allLetters, place)
    call('ZREM', key.lettersByPosition, place)
    call('HINCRBY', key.destinations, prefix .. 'd', -1)
  end
  return letter
end

-- A letter that replaces another, or a tombstone, gets a number of its own: it is news.
local function bury(at, position, letter)
  if not takeLetter(at) then
    refer(position)
  end
  local place = prefix .. at
  local number = call('HINCRBY', key.state, 'letters', 1)
  call('HSET', key.letters, place, bytes(number) .. letter)
  call('ZADD', key.lettersByNumber, 0, prefix .. bytes(number) .. at)
  call('ZADD', key.allLetters, number, place)
  call('ZADD', key.lettersByPosition, 0, place)
  call('HINCRBY', key.destinations, prefix .. 'd', 1)
  call('ZREM', key.tombstones, place)
end

local function isBlocking(letter)
  return letter and string.byte(letter, 9) % 2 == 1
end

local function pin(id, next, state)
  local _, ofLetters, before = struct.unpack('>I8BI8', call('HGET', key.replays, id))
  if ofLetters == 0 and state == 0 and tonumber(next) < before then
    call('ZADD', key.pins, next, 'r:' .. id)
  else
    call('ZREM', key.pins, 'r:' .. id)
  end
end

local function dropRejected(member)
  local number = string.sub(member, 1, 8)
  call('HINCRBY', key.state, 'rejectedBytes', 0 - call('HSTRLEN', key.rejectedBodies, number))
  call('HDEL', key.rejectedBodies, number)
  call('ZREM', key.rejected, member)
end

-- A position that the partition does not have: it lost some although its server's run id is the same. All that is known of it is void.
local function beyond()
  local known = call('HMGET', key.meta, 'generation', 'run')
  begin_generation(key.meta, known, ARGV[1], lastText)
  return {'moved', known[1], lastText}
end

-- Each: how many arguments it takes, and what it does. What a step returns ends the script.
local steps = {}

-- Refusals.

-- What only the partition's owner may write. Its token tells owner and epoch, the prelude has compared the generation. A lease that is over and that
-- nobody has taken is still its own: what it saves then is what the next owner will find.
steps.lease = {1, function(token)
  if call('HGET', key.meta, 'token') ~= token then
    return {'lost'}
  end
end}

-- A save that was applied already, or one that was overtaken by a later one of the same writer.
steps.once = {2, function(writer, sequence)
  local known = call('HMGET', key.state, 'writer', 'sequence')
  if known[1] == writer and tonumber(known[2]) >= tonumber(sequence) then
    return {'done'}
  end
end}

steps.live = {2, function(destination, read)
  local found = call('HMGET', key.destinations, destination .. '\0s', destination .. '\0f')
  if not found[1] or found[2] then
    return {'unknown', destination}
  end
  if tonumber(read) > last + 1 then
    return beyond()
  end
end}

steps.known = {1, function(destination)
  if call('HEXISTS', key.destinations, destination .. '\0s') == 0 then
    return {'unknown', destination}
  end
end}

steps.unforgotten = {1, function(destination)
  if call('HEXISTS', key.destinations, destination .. '\0f') == 1 then
    return {'done'}
  end
end}

steps.within = {3, function(destination, cursor, read)
  if tonumber(cursor) < truncated then
    return {'gone', destination, truncatedText}
  end
  if tonumber(read) > last + 1 then
    return beyond()
  end
end}

-- Changes.

steps.mark = {2, function(writer, sequence)
  call('HSET', key.state, 'writer', writer, 'sequence', sequence)
end}

steps.on = {1, function(destination)
  name = destination
  prefix = destination .. '\0'
end}

steps.register = {6, function(start, control, progress, cursor, parked, listed)
  local found = call('HMGET', key.destinations, prefix .. 's', prefix .. 'f')
  if found[1] and not found[2] then
    return
  end
  call('HDEL', key.destinations, prefix .. 'f')
  call('HSET', key.destinations, prefix .. 's', start, prefix .. 'c', control, prefix .. 'p', progress, prefix .. 'k', parked, prefix .. 'l', listed)
  call('ZADD', key.pins, cursor, 'd:' .. name)
end}

steps.listed = {2, function(destination, now)
  if call('HEXISTS', key.destinations, destination .. '\0s') == 1 then
    call('HSET', key.destinations, destination .. '\0l', now)
  end
end}

steps.progress = {3, function(progress, cursor, parked)
  call('HSET', key.destinations, prefix .. 'p', progress, prefix .. 'k', parked)
  call('ZADD', key.pins, cursor, 'd:' .. name)
end}

steps.park = {3, function(place, position, details)
  local member = prefix .. place
  if call('ZREMRANGEBYLEX', key.parked, '[' .. member, '(' .. member .. highest) == 0 then
    refer(position)
    call('ZADD', key.parkedAt, 0, prefix .. string.sub(place, 25) .. string.sub(place, 9, 24) .. string.sub(place, 1, 8))
  end
  call('ZADD', key.parked, 0, member .. details)
end}

steps.unpark = {2, function(place, position)
  unpark(place, position)
end}

steps.due = {2, setDue}

steps.nodue = {1, function(lane)
  clearDue(lane)
end}

steps.bury = {3, bury}

steps.exhume = {2, function(at, position)
  if takeLetter(at) then
    loosen(position)
  else
    call('ZREM', key.tombstones, prefix .. at)
  end
end}

steps.delete = {2, function(at, position)
  if not takeLetter(at) then
    return
  end
  loosen(position)
  call('ZADD', key.tombstones, position, prefix .. at)
  -- Kept while the log holds the event: each new one takes some old ones along.
  for _, old in ipairs(call('ZRANGEBYSCORE', key.tombstones, '-inf', '(' .. truncatedText, 'LIMIT', 0, 10)) do
    call('ZREM', key.tombstones, old)
  end
end}

-- The letter of a blocked head is about to be deleted: nobody could ever decide about the head, so it goes, and its lane is due.
steps.passover = {2, function(at, position)
  local letter = call('HGET', key.letters, prefix .. at)
  if not isBlocking(letter) then
    return
  end
  local lane = string.sub(letter, 10, 17)
  for _, member in ipairs(call('ZRANGEBYLEX', key.parkedAt, '[' .. prefix .. at, '(' .. prefix .. at .. highest)) do
    if string.sub(member, -8) == lane and unpark(lane .. string.sub(member, -24, -9) .. at, position) then
      fewer()
      setDue(lane, longPast)
      clearDueIfEmpty(lane)
      return
    end
  end
end}

-- A parked event of a destination that is let go becomes a dead letter; a blocked head has its letter already, which says more.
steps.letgo = {4, function(place, at, position, letter)
  if unpark(place, position) then
    fewer()
    local found = call('HGET', key.letters, prefix .. at)
    if isBlocking(found) then
      call('HSET', key.letters, prefix .. at, string.sub(found, 1, 8) .. string.char(string.byte(found, 9) - 1) .. string.sub(found, 10))
    else
      bury(at, position, letter)
    end
  end
  clearDueIfEmpty(string.sub(place, 1, 8))
end}

steps.forget = {0, function()
  call('HSET', key.destinations, prefix .. 'f', '1', prefix .. 'k', '0')
  call('ZREM', key.pins, 'd:' .. name)
  local lanes = call('ZRANGEBYLEX', key.due, '[' .. prefix, '(' .. name .. '\1')
  for _, member in ipairs(lanes) do
    call('ZREM', key.due, member)
    call('HDEL', key.dueOf, prefix .. string.sub(member, -8))
  end
end}

steps.giveup = {3, function(range, keptSince, keptCount)
  local number = call('HINCRBY', key.state, 'givenUp', 1)
  call('ZADD', key.givenUp, 0, prefix .. bytes(number) .. range)
  -- Kept while someone may ask of the events: each new one takes some old ones along.
  for _, old in ipairs(call('ZRANGEBYLEX', key.givenUp, '[' .. prefix, '(' .. name .. '\1', 'LIMIT', 0, 10)) do
    local oldNumber, _, before, _, at = struct.unpack('>I8I8I8I8I8', old, #prefix + 1)
    if before <= truncated and (at < tonumber(keptSince) or oldNumber <= number - tonumber(keptCount)) then
      call('ZREM', key.givenUp, old)
    end
  end
end}

steps.route = {2, function(from, text)
  local place = prefix .. from
  call('ZREMRANGEBYLEX', key.routes, '[' .. place, '(' .. place .. '\255')
  call('ZADD', key.routes, 0, place .. text)
  -- Of the routes that were in force before the log begins, only the last says anything of what it holds.
  local past = call('ZREVRANGEBYLEX', key.routes, '[' .. prefix .. bytes(truncated) .. '\255', '[' .. prefix, 'LIMIT', 1, 100)
  for _, old in ipairs(past) do
    call('ZREM', key.routes, old)
  end
end}

steps.control = {1, function(control)
  call('HSET', key.destinations, prefix .. 'c', control)
end}

steps.addreplay = {4, function(id, replay, progress, next)
  if call('HEXISTS', key.replays, id) == 0 then
    local number = call('HINCRBY', key.state, 'replays', 1)
    call('HSET', key.replays, id, bytes(number) .. replay, id .. '\0p', progress)
    pin(id, next, string.byte(progress))
  end
end}

-- One that has ended stays as it ended, whatever is still on its way here. Without a destination: whosever it is.
steps.replayed = {4, function(id, destination, progress, next)
  local found = call('HMGET', key.replays, id, id .. '\0p')
  if not found[1] or string.byte(found[2]) ~= 0 then
    return
  end
  local _, _, _, owner = struct.unpack('>I8BI8I2c0', found[1])
  if destination == '' or destination == owner then
    call('HSET', key.replays, id .. '\0p', progress)
    pin(id, next, string.byte(progress))
  end
end}

-- Where it is only old (1), one over the log stays while the log holds what it replayed: it is part of those events' stories.
steps.dropreplay = {2, function(id, isOnlyOld)
  local found = call('HMGET', key.replays, id, id .. '\0p')
  if not found[1] or string.byte(found[2]) == 0 then
    return
  end
  local _, ofLetters = struct.unpack('>I8B', found[1])
  local _, next = struct.unpack('>BI8', found[2])
  if isOnlyOld == '0' or ofLetters == 1 or next <= truncated then
    call('HDEL', key.replays, id, id .. '\0p')
  end
end}

steps.reject = {2, function(entry, body)
  local number = call('HINCRBY', key.state, 'rejected', 1)
  call('HINCRBY', key.state, 'rejectedBytes', #body)
  call('ZADD', key.rejected, number, bytes(number) .. entry)
  call('HSET', key.rejectedBodies, bytes(number), body)
end}

-- Drops the oldest, some at a time; answers whether there is more to drop.
steps.prunerejected = {3, function(keptCount, keptBytes, keptSince)
  local surplus = call('ZCARD', key.rejected) - tonumber(keptCount)
  for i, member in ipairs(call('ZRANGE', key.rejected, 0, 999)) do
    local _, at = struct.unpack('>I8I8', member)
    if surplus < i and at >= tonumber(keptSince) and tonumber(call('HGET', key.state, 'rejectedBytes')) <= tonumber(keptBytes) then
      return
    end
    dropRejected(member)
    answer[2] = i == 1000 and 1 or 0
  end
end}

-- Drops what came from the source (empty: from anywhere), some at a time; answers how many, and where to go on (nothing: there is no more).
steps.dropsource = {2, function(after, source)
  local members = call('ZRANGEBYSCORE', key.rejected, '(' .. after, '+inf', 'LIMIT', 0, 1000)
  local dropped = 0
  for _, member in ipairs(members) do
    if source == '' or source == string.sub(member, 17) then
      dropRejected(member)
      dropped = dropped + 1
    end
  end
  answer[2] = dropped
  answer[3] = #members == 1000 and string.sub(members[1000], 1, 8) or false
end}

local i = 2
while i <= #ARGV do
  local step = steps[ARGV[i]]
  local refused = step[2](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6])
  if refused then
    return refused
  end
  i = i + 1 + step[1]
end

for position in pairs(loosened) do
  if tonumber(call('HGET', key.counts, position)) <= 0 then
    call('HDEL', key.counts, position)
    call('ZREM', key.references, position)
    call('HDEL', key.bodies, position)
  end
end
return answer
