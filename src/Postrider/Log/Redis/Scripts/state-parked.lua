-- Which of the positions a destination has parked.
local found = {'ok'}
for i = 3, #ARGV do
  local member = ARGV[2] .. '\0' .. ARGV[i]
  if #call('ZRANGEBYLEX', key.parkedAt, '[' .. member, '(' .. member .. highest, 'LIMIT', 0, 1) > 0 then
    found[#found + 1] = ARGV[i]
  end
end
return found
