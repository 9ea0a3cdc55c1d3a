-- Stands before every script that changes a partition, and says whether the partition is in the generation that the caller knows.
-- The server tells its run id itself: another one than the meta's means that it was restarted, restored or replaced, so acknowledged
-- positions may be gone. Then the partition gets a new generation, and the caller learns it instead of having its way.
-- A generation is at least the tens of minutes from 2026 to its birth: a log restored from an older copy, which cannot know what came after
-- that copy, gives no number again, unless it is restored within the ten minutes and no running process remembers the number.
-- Meta's field g{generation} holds the first position of each generation.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')

local function begin_generation(key, meta, known, last)
  local tens = math.floor((tonumber(redis.call('TIME')[1]) - 1767225600) / 600)
  local next = math.max(tonumber(meta[1] or 0) + 1, tonumber(known) + 1, tens)
  meta[1] = string.format('%.0f', next)
  meta[2] = run
  meta[3] = last
  redis.call('HSET', key, 'generation', meta[1], 'run', run, 'last', last, 'g' .. meta[1], string.format('%.0f', last + 1))
end

-- Returns the partition's meta {generation, run id, last position, reader}, and true where the generation is not the one known.
local function enter(key, known)
  local meta = redis.call('HMGET', key, 'generation', 'run', 'last', 'reader')
  if meta[1] and meta[2] ~= run then
    begin_generation(key, meta, known, meta[3] or '0')
  end
  return meta, meta[1] ~= known
end
