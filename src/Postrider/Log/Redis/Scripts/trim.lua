-- Cuts the stream's beginning off, a step at a time. Events that parked events or dead letters refer to keep their bodies.
-- KEYS: meta, stream, bodies, references, pins
-- ARGV: generation, position to cut below, generation of the events below it, most positions, most bodies to copy, token of the caller's lease
--       (empty: there are none), then for each generation that ended by then: the generation, the first position behind it
-- Returns {'trimmed', first position}, or {'lost'} where another owns the partition. All positions from the first held to the given one are of one generation.
if moved then return moved end
if ARGV[6] ~= '' and redis.call('HGET', KEYS[1], 'token') ~= ARGV[6] then return {'lost'} end

local first = tonumber(redis.call('HGET', KEYS[1], 'truncated') or '1')
local before = math.min(tonumber(ARGV[2]), first + tonumber(ARGV[4]), tonumber(meta[3]) + 1)

-- Asked here and not only by the caller, so that no destination or replay that begins meanwhile is overtaken.
local pin = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
if pin[2] then before = math.min(before, tonumber(pin[2])) end
if before <= first then return {'trimmed', string.format('%.0f', first)} end

local most = tonumber(ARGV[5])
local referenced = redis.call('ZRANGEBYSCORE', KEYS[4], first, '(' .. string.format('%.0f', before), 'LIMIT', 0, most)
for i, position in ipairs(referenced) do
  local id = ARGV[3] .. '-' .. position
  local found = redis.call('XRANGE', KEYS[2], id, id)
  if found[1] then redis.call('HSET', KEYS[3], position, found[1][2][2]) end
  if i == most then before = tonumber(position) + 1 end
end

before = string.format('%.0f', before)
redis.call('HSET', KEYS[1], 'truncated', before)

-- A generation that neither the stream nor anything parked or dead is of is never asked for again.
local lowest = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
for i = 7, #ARGV, 2 do
  local ended = tonumber(ARGV[i + 1])
  if ended <= tonumber(before) and not (lowest and tonumber(lowest) < ended) then redis.call('HDEL', KEYS[1], 'g' .. ARGV[i]) end
end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3] .. '-' .. before)
return {'trimmed', before}
