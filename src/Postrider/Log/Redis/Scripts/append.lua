-- Stores events at the ends of the streams of one or several partitions: all of them, or none.
-- KEYS: for each partition its meta, stream, repeats, ends of repeats
-- ARGV: deadline (Redis time, ms), nudge channel, who appends, how many repeat keys a partition has room for, then for each partition: generation, the partition's number, events n, repeat keys r,
--       n x event, and r x: its event's index among the n (from 1), and 16 bytes of id, 8 of body, 8 of the window's end (ms, little-endian)
-- Returns {'late', now} | {'moved', the partition's place among the keys (from 1)}
--       | {'stored', now, and for each partition: {first position, events stored, then for each repeat: index, generation-position, 1 if the bodies are the same}}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then return {'late', now} end

local metas = {}
local at = 5
for part = 1, #KEYS / 4 do
  local meta, has_moved = enter(KEYS[4 * part - 3], ARGV[at])
  if has_moved then return {'moved', part} end
  metas[part] = meta
  at = at + 4 + ARGV[at + 2] + 2 * ARGV[at + 3]
end

-- Whether the event of this repeat key is known; adds what to tell of it to the answer, or remembers it at its place.
local function repeats(known_key, ends_key, key, index, place, answer)
  local id, body, ends = string.sub(key, 1, 16), string.sub(key, 17, 24), string.sub(key, 25, 32)
  local known = redis.call('HGET', known_key, id)
  if known and struct.unpack('<i8', string.sub(known, 9, 16)) > now then
    answer[#answer + 1] = index
    answer[#answer + 1] = string.sub(known, 17)
    answer[#answer + 1] = string.sub(known, 1, 8) == body and 1 or 0
    return true
  end
  redis.call('HSET', known_key, id, body .. ends .. place)
  redis.call('ZADD', ends_key, string.format('%.0f', struct.unpack('<i8', ends)), id)
  return false
end

local answers = {'stored', now}
at = 5
for part, meta in ipairs(metas) do
  local meta_key, stream, known_key, ends_key = KEYS[4 * part - 3], KEYS[4 * part - 2], KEYS[4 * part - 1], KEYS[4 * part]
  local number, count, keyed = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local events = at + 3
  local repeat_at = events + count + 1
  at = repeat_at + 2 * keyed

  local last = tonumber(meta[3])
  local answer = {string.format('%.0f', last + 1), 0}
  for i = 1, count do
    local place = meta[1] .. '-' .. string.format('%.0f', last + 1)
    local known = false
    if repeat_at < at and ARGV[repeat_at] == tostring(i) then
      known = repeats(known_key, ends_key, ARGV[repeat_at + 1], i, place, answer)
      repeat_at = repeat_at + 2
    end
    if not known then
      redis.call('XADD', stream, place, 'd', ARGV[events + i])
      last = last + 1
      answer[2] = answer[2] + 1
    end
  end

  if answer[2] > 0 then
    redis.call('HSET', meta_key, 'last', string.format('%.0f', last))
    -- A reader elsewhere sleeps; the appender's own process is handed its events in memory.
    if meta[4] and meta[4] ~= ARGV[3] then
      redis.call('HDEL', meta_key, 'reader')
      redis.call('PUBLISH', ARGV[2], number)
    end
  end
  answers[#answers + 1] = answer
end

-- Behind all that may be refused: Redis asks for room only until a script's first write, and a full one must not be filled further.
-- Twice as many as came in keeps the windows' ends from piling up.
at = 5
for part = 1, #metas do
  local count, keyed = ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4 + count + 2 * keyed
  if keyed > 0 then
    forget(KEYS[4 * part - 3], KEYS[4 * part - 1], KEYS[4 * part], now, tonumber(ARGV[4]), 100 + 2 * keyed)
  end
end
return answers
