-- The newest entries of the audit log, newest first.
-- KEYS: the audit log
-- ARGV: most entries
-- Returns {entry, time, …}.
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[1])
