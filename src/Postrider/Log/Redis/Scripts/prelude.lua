-- Stands before every script that changes a partition. KEYS[1] is the partition's meta; ARGV[1] the generation that the caller knows.
-- The server tells its run id itself: another one than the meta's means that it was restarted, restored or replaced, so acknowledged
-- positions may be gone. Then the partition gets a new generation, and the caller learns it instead of having its way.
-- A generation is at least the tens of minutes from 2026 to its birth: a log restored from an older copy, which cannot know what came after
-- that copy, gives no number again, unless it is restored within the ten minutes and no running process remembers the number.
-- Meta's field g{generation} holds the first position of each generation.
-- `moved` is nil when the script may go on; else the script returns it at once: {'moved', generation, last position}.
local meta = redis.call('HMGET', KEYS[1], 'generation', 'run', 'last', 'reader')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local moved

local function begin_generation(last)
  local tens = math.floor((tonumber(redis.call('TIME')[1]) - 1767225600) / 600)
  local next = math.max(tonumber(meta[1] or 0) + 1, tonumber(ARGV[1]) + 1, tens)
  meta[1] = string.format('%.0f', next)
  meta[2] = run
  meta[3] = last
  redis.call('HSET', KEYS[1], 'generation', meta[1], 'run', run, 'last', last, 'g' .. meta[1], string.format('%.0f', last + 1))
end

if meta[1] and meta[2] ~= run then
  begin_generation(meta[3] or '0')
end
if meta[1] ~= ARGV[1] then
  moved = {'moved', meta[1] or '0', meta[3] or '0'}
end
