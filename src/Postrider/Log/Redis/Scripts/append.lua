-- Stores events at the end of the partition's stream.
-- KEYS: meta, stream, repeats, ends of repeats
-- ARGV: generation, deadline (Redis time, ms), nudge channel, who appends, the partition's number, events n, n x event, then for each that has a repeat key:
--       its index among the n (from 1), and 16 bytes of id, 8 of body, 8 of the window's end (ms, little-endian)
-- Returns {'late', now} | {'stored', now, first position, events stored, then for each repeat: index, generation-position, 1 if the bodies are the same}.
if moved then return moved end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[2]) then return {'late', now} end

local count = tonumber(ARGV[6])
local first_repeat = 7 + count
local last = tonumber(meta[3])
local answer = {'stored', now, string.format('%.0f', last + 1), 0}

-- Twice as many as may come in keeps the windows' ends from piling up.
if redis.call('EXISTS', KEYS[4]) == 1 then
  local over = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 100 + #ARGV - first_repeat)
  for _, id in ipairs(over) do
    redis.call('HDEL', KEYS[3], id)
    redis.call('ZREM', KEYS[4], id)
  end
end

local at = first_repeat
for i = 1, count do
  local place = meta[1] .. '-' .. string.format('%.0f', last + 1)
  local known = false
  if ARGV[at] == tostring(i) then
    local key = ARGV[at + 1]
    at = at + 2
    local id, body, ends = string.sub(key, 1, 16), string.sub(key, 17, 24), string.sub(key, 25, 32)
    known = redis.call('HGET', KEYS[3], id)
    if known and struct.unpack('<i8', string.sub(known, 9, 16)) <= now then known = false end
    if known then
      local same = string.sub(known, 1, 8) == body and 1 or 0
      answer[#answer + 1] = i
      answer[#answer + 1] = string.sub(known, 17)
      answer[#answer + 1] = same
    else
      redis.call('HSET', KEYS[3], id, body .. ends .. place)
      redis.call('ZADD', KEYS[4], string.format('%.0f', struct.unpack('<i8', ends)), id)
    end
  end
  if not known then
    redis.call('XADD', KEYS[2], place, 'd', ARGV[6 + i])
    last = last + 1
    answer[4] = answer[4] + 1
  end
end

if answer[4] > 0 then
  redis.call('HSET', KEYS[1], 'last', string.format('%.0f', last))
  -- A reader elsewhere sleeps; the appender's own process is handed its events in memory.
  if meta[4] and meta[4] ~= ARGV[4] then
    redis.call('HDEL', KEYS[1], 'reader')
    redis.call('PUBLISH', ARGV[3], ARGV[5])
  end
end
return answer
