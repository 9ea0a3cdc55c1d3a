-- Begins to work with a partition: makes its meta where there is none, gives it a new generation where Redis was restarted.
-- KEYS: meta
-- ARGV: generation that the caller knows or 0, log id, last position of a meta to be made, 1 if it may be made
-- Returns {'none'} where there is no meta and none may be made; {'other', log id} where the partition belongs to another log; else {'open', 1 if it was made, Redis time in ms, then all of meta's fields and values}.
local made = 0
if not meta[1] then
  if ARGV[4] ~= '1' then return {'none'} end
  made = 1
  redis.call('HSET', KEYS[1], 'log', ARGV[2], 'truncated', string.format('%.0f', ARGV[3] + 1))
  begin_generation(KEYS[1], meta, ARGV[1], ARGV[3])
end
local log = redis.call('HGET', KEYS[1], 'log')
if log ~= ARGV[2] then return {'other', tostring(log)} end
local answer = redis.call('HGETALL', KEYS[1])
local time = redis.call('TIME')
table.insert(answer, 1, time[1] * 1000 + math.floor(time[2] / 1000))
table.insert(answer, 1, made)
table.insert(answer, 1, 'open')
return answer
