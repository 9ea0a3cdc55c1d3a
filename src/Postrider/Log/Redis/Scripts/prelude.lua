-- For a script of one partition: KEYS[1] is its meta, ARGV[1] the generation that the caller knows.
-- `moved` is nil when the script may go on; else the script returns it at once: {'moved', generation, last position}.
local meta, has_moved = enter(KEYS[1], ARGV[1])
local moved
if has_moved then
  moved = {'moved', meta[1] or '0', meta[3] or '0'}
end
