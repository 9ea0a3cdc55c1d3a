-- Keeps an entry of the audit log, and lets the oldest go.
-- KEYS: the audit log
-- ARGV: time, entry, most entries, time before which entries go
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4], 'LIMIT', 0, 100)
local surplus = redis.call('ZCARD', KEYS[1]) - #old - tonumber(ARGV[3])
for _, entry in ipairs(old) do redis.call('ZREM', KEYS[1], entry) end
if surplus > 0 then
  for _, entry in ipairs(redis.call('ZRANGE', KEYS[1], 0, surplus - 1)) do redis.call('ZREM', KEYS[1], entry) end
end
return 'ok'
