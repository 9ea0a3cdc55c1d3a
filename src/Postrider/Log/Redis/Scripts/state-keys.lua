-- Stands behind the prelude of every script of the state store. All of them are called with the same keys, in this order.
-- What is sorted is sorted as bytes: a destination's name, a zero byte, then numbers of eight bytes, high bytes first.
if moved then
  return moved
end
local key = {
  meta = KEYS[1], references = KEYS[2], counts = KEYS[3], bodies = KEYS[4],
  -- A hash: the last save's writer and sequence, the highest number of each kind of record, the bytes of rejected ingest.
  state = KEYS[5],
  -- A hash: name \0 letter → s start, l listed at, c control, p progress and counters, k parked events, d dead letters, f forgotten.
  destinations = KEYS[6],
  -- By position: what needs the log from there on. 'd:' name: a cursor; 'r:' replay: what a replay of the log reads next.
  pins = KEYS[7],
  -- By bytes: name \0 lane after turn position, then the details.
  parked = KEYS[8],
  -- By bytes: name \0 position after turn lane.
  parkedAt = KEYS[9],
  -- By bytes: name \0 due lane. A hash: name \0 lane → due.
  due = KEYS[10], dueOf = KEYS[11],
  -- A hash: name \0 position → number, then the letter. By bytes: name \0 number position. By number: name \0 position. By bytes: name \0 position.
  letters = KEYS[12], lettersByNumber = KEYS[13], allLetters = KEYS[14], lettersByPosition = KEYS[15],
  -- By position: name \0 position of the letters that someone deleted.
  tombstones = KEYS[16],
  -- By bytes: name \0 number from before events at, then the reason.
  givenUp = KEYS[17],
  -- By bytes: name \0 from, then the routes' text.
  routes = KEYS[18],
  -- A hash: id → number, then the replay; id \0p → state, then its progress.
  replays = KEYS[19],
  -- By number: number at, then the source. A hash: number → reason and body.
  rejected = KEYS[20], rejectedBodies = KEYS[21],
}
local call = redis.call
-- Behind every member that begins with what it is appended to: no tail of numbers is longer.
local highest = string.rep('\255', 40)
