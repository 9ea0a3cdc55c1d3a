-- Looks through one window of dead letters. ARGV: generation, order, destination, start, window, limit (-1: only count),
-- then the filter: class, key, type ('=' and the text), since, before (as letters tell time), position; empty does not narrow.
-- Answers how many fit, where the next window starts (nothing: there is none), and pairs of name \0 position and letter.
local order, prefix, start, window, limit = ARGV[2], ARGV[3] .. '\0', ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local class, name, type, since, before, position = ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12]

local members
if order == 'all' then
  members = call('ZREVRANGEBYSCORE', key.allLetters, '(' .. start, '-inf', 'LIMIT', 0, window)
elseif order == 'number' then
  local from = start == '' and ARGV[3] .. '\1' or prefix .. start
  members = call('ZREVRANGEBYLEX', key.lettersByNumber, '(' .. from, '[' .. prefix, 'LIMIT', 0, window)
else
  members = call('ZRANGEBYLEX', key.lettersByPosition, '[' .. prefix .. start, '(' .. ARGV[3] .. '\1', 'LIMIT', 0, window)
end

local function fits(place, letter)
  if class == '' and name == '' and type == '' and not since and not before and position == '' then
    return true
  end
  -- number, flags (1 blocking, 2 has a key, 4 has a type), lane, at, class, key, type
  local flags, _, at, c, k, t = struct.unpack('>BI8I8I2c0I2c0I2c0', letter, 9)
  return (class == '' or class == '=' .. c)
    and (name == '' or (math.floor(flags / 2) % 2 == 1 and name == '=' .. k))
    and (type == '' or (math.floor(flags / 4) % 2 == 1 and type == '=' .. t))
    and not (since and at < since)
    and not (before and at >= before)
    and (position == '' or position == string.sub(place, -8))
end

local answer = {'ok', 0, false}
local count = 0
for i = 1, #members do
  local place = order == 'number' and prefix .. string.sub(members[i], -8) or members[i]
  local letter = call('HGET', key.letters, place)
  local full = false
  if fits(place, letter) then
    count = count + 1
    full = count == limit
    if limit >= 0 then
      answer[#answer + 1] = place
      answer[#answer + 1] = letter
    end
  end
  if full or (i == #members and i == window) then
    answer[3] = order == 'position' and string.sub(place, -8) or string.sub(letter, 1, 8)
    break
  end
end
answer[2] = count
return answer
