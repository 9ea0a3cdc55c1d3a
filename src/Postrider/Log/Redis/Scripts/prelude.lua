-- For a script of one partition: KEYS[1] is its meta, ARGV[1] the generation that the caller knows.
-- `moved` is nil when the script may go on; else the script returns it at once: {'moved', generation, last position}.
-- Redis at its maxmemory refuses what may take memory only until a script's first write. This one takes none, so saves and trims, without
-- which nothing would ever become free, are never refused.
redis.call('HDEL', KEYS[1], '')
local meta, has_moved = enter(KEYS[1], ARGV[1])
local moved
if has_moved then
  moved = {'moved', meta[1] or '0', meta[3] or '0'}
end
