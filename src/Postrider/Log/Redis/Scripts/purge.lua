-- Forgets repeat keys, a step at a time; where nothing is appended nothing else would.
-- KEYS: meta, repeats, ends of repeats
-- ARGV: generation, how many keys there is room for, most to forget
-- Returns {'purged', how many went, how many are left, how many ever went before their window was over}.
if moved then return moved end

local time = redis.call('TIME')
local gone = 0
if redis.call('EXISTS', KEYS[3]) == 1 then
  gone = forget(KEYS[1], KEYS[2], KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[2]), tonumber(ARGV[3]))
end
return {'purged', gone, redis.call('ZCARD', KEYS[3]), tonumber(redis.call('HGET', KEYS[1], 'forgotten') or 0)}
