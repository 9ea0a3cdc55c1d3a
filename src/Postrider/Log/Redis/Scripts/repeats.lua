-- Stands before the scripts that let go of repeat keys.
-- Forgets what may be forgotten, so much at most: keys whose window is over, then those above the number that there is room for, those whose
-- windows end next first. What goes early is counted in meta's field `forgotten`. Returns how many went.
local function forget(meta_key, known_key, ends_key, now, room, most)
  local function drop(ids)
    for _, id in ipairs(ids) do
      redis.call('HDEL', known_key, id)
      redis.call('ZREM', ends_key, id)
    end
    return #ids
  end

  local over = drop(redis.call('ZRANGEBYSCORE', ends_key, '-inf', now, 'LIMIT', 0, most))
  local surplus = math.min(redis.call('ZCARD', ends_key) - room, most - over)
  if surplus <= 0 then return over end
  drop(redis.call('ZRANGE', ends_key, 0, surplus - 1))
  redis.call('HINCRBY', meta_key, 'forgotten', surplus)
  return over + surplus
end
