-- Makes the log's own meta where there is none.
-- KEYS: the log's meta
-- ARGV: log id of a log to be made, partitions, version of the key hash, version of the format of everything else
-- Returns {log id, partitions, version of the key hash, version of the format}. A log without the last is of version 1.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'log', ARGV[1], 'partitions', ARGV[2], 'hash', ARGV[3], 'format', ARGV[4])
end
return redis.call('HMGET', KEYS[1], 'log', 'partitions', 'hash', 'format')
