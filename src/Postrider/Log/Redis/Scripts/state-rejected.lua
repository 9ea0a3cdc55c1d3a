-- A page of rejected ingest, newest first. ARGV: generation, score behind it, source (empty: all), limit, about how many bytes at most.
-- Answers the score behind the next page (nothing: there is none), then pairs of member and body.
local before, source, limit, bytes = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local members = call('ZREVRANGEBYSCORE', key.rejected, '(' .. before, '-inf', 'LIMIT', 0, 1000)
local answer = {'ok', false}
for i = 1, #members do
  local number = string.sub(members[i], 1, 8)
  if source == '' or source == string.sub(members[i], 17) then
    local body = call('HGET', key.rejectedBodies, number)
    answer[#answer + 1] = members[i]
    answer[#answer + 1] = body
    limit = limit - 1
    bytes = bytes - #body
  end
  if limit <= 0 or bytes <= 0 or i == 1000 then
    answer[2] = number
    break
  end
end
return answer
