-- Answers a request, once: nobody waits for one that is gone.
-- KEYS: requests, answers. ARGV: id, answer, nudge channel, nudge
if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) .. ' ' .. ARGV[2])
  redis.call('PUBLISH', ARGV[3], ARGV[4])
end
return 1
