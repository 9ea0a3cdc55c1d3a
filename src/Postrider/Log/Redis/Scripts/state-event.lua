-- What is known of one event for one destination: its first parked row, its lane's due time, its letter, its tombstone, its routes.
local prefix, position = ARGV[2] .. '\0', ARGV[3]
local place = prefix .. position
local parked, due = false, false
local at = call('ZRANGEBYLEX', key.parkedAt, '[' .. place, '(' .. place .. highest, 'LIMIT', 0, 1)[1]
if at then
  local lane = string.sub(at, -8)
  local member = prefix .. lane .. string.sub(at, -24, -9) .. position
  parked = call('ZRANGEBYLEX', key.parked, '[' .. member, '(' .. member .. highest, 'LIMIT', 0, 1)[1]
  due = call('HGET', key.dueOf, prefix .. lane)
end
return {
  'ok', parked, due,
  call('HGET', key.letters, place),
  call('ZSCORE', key.tombstones, place),
  call('ZREVRANGEBYLEX', key.routes, '(' .. place .. highest, '[' .. prefix, 'LIMIT', 0, 1)[1] or false,
}
