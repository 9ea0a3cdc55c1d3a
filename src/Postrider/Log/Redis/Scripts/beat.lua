-- A process tells the others of itself, and hears what they told: once a second.
-- KEYS: members, statuses, controls, requests, answers
-- ARGV: who tells, for how long a member is believed to live (ms), what it tells of itself (empty: it leaves), its status (empty: as before),
--       the version of the controls that it knows, for how long answers are kept (ms)
-- Members: a hash, member → Redis time (ms), a blank, what it tells. Statuses: member → status. Controls: name \0c → control, name \0h → hold,
-- and \0v → the version, which grows with every change. Requests: id → partition, a blank, request. Answers: id → Redis time, a blank, answer.
-- Returns {now, version, 1 if there are requests, {member, what it told last, …}, {control's field, value, …} or nothing when the version is known}.
-- Redis at its maxmemory refuses what may take memory only until a script's first write. This one takes none: without members nobody would deliver, and nothing become free.
redis.call('HDEL', KEYS[1], '')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. ' ' .. ARGV[3])
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], ARGV[4]) end
end

local members = redis.call('HGETALL', KEYS[1])
local alive = {}
for i = 1, #members, 2 do
  local seen = tonumber(string.match(members[i + 1], '^%d+') or '0')
  if now - seen > tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], members[i])
    redis.call('HDEL', KEYS[2], members[i])
  else
    alive[#alive + 1] = members[i]
    alive[#alive + 1] = members[i + 1]
  end
end

if redis.call('EXISTS', KEYS[5]) == 1 then
  local answers = redis.call('HGETALL', KEYS[5])
  for i = 1, #answers, 2 do
    local at = tonumber(string.match(answers[i + 1], '^%d+') or '0')
    if now - at > tonumber(ARGV[6]) then redis.call('HDEL', KEYS[5], answers[i]) end
  end
end

local version = redis.call('HGET', KEYS[3], '\0v') or '0'
local controls = false
if version ~= ARGV[5] then controls = redis.call('HGETALL', KEYS[3]) end
return {string.format('%.0f', now), version, redis.call('EXISTS', KEYS[4]), alive, controls}
