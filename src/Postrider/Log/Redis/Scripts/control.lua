-- Decides something of a destination for all processes.
-- KEYS: controls. ARGV: field, value, nudge channel, nudge
-- Redis at its maxmemory refuses what may take memory only until a script's first write. This one takes none: an operator who makes room is not refused.
redis.call('HDEL', KEYS[1], '')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], '\0v', 1)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
