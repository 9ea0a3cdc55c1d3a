-- Looks at partitions of one server, and takes, renews or releases their leases on the way: one call a second for all of them.
-- KEYS: meta of each. ARGV: who asks, how long a lease lasts (ms), then for each key: the generation that the caller knows, what to do
-- ('look', 'renew', 'take', 'release'), the token that it holds or will hold.
-- Meta's fields of the lease: owner, epoch (grows with every owner), token ({epoch}-{random}), until (Redis time, ms).
-- A lease that is over stays its owner's until someone takes it: then its owner may renew it, because nobody was owner in between.
-- Nothing is done to a partition in another generation, or under another run id than the server's: its owner must learn of that first.
-- Returns {now, then for each key: {generation (nothing: there is none, or another run id), last, truncated, reader, owner, token, until}}.
-- Redis at its maxmemory refuses what may take memory only until a script's first write. This one takes none: without a lease nobody would deliver, and nothing become free.
redis.call('HDEL', KEYS[1], '')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = string.format('%.0f', now + tonumber(ARGV[2]))
local answer = {string.format('%.0f', now)}

for i, key in ipairs(KEYS) do
  local at = 3 * i
  local generation, what, token = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local meta = redis.call('HMGET', key, 'generation', 'run', 'last', 'truncated', 'reader', 'owner', 'token', 'until')
  if meta[2] ~= run then meta[1] = false end
  if what ~= 'look' and meta[1] == generation then
    local mine = meta[7] and meta[7] == token
    local free = not meta[7] or not meta[8] or tonumber(meta[8]) <= now
    if what == 'renew' and mine then
      meta[8] = ends
      redis.call('HSET', key, 'until', ends)
    elseif what == 'take' and free then
      local epoch = redis.call('HINCRBY', key, 'epoch', 1)
      meta[6], meta[7], meta[8] = ARGV[1], string.format('%.0f', epoch) .. '-' .. token, ends
      redis.call('HSET', key, 'owner', meta[6], 'token', meta[7], 'until', ends)
    elseif what == 'release' and mine then
      meta[6], meta[7], meta[8] = false, false, false
      redis.call('HDEL', key, 'owner', 'token', 'until')
    end
  end
  answer[i + 1] = {meta[1], meta[3], meta[4], meta[5], meta[6], meta[7], meta[8]}
end
return answer
