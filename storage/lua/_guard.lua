-- Around every script: put in front by scripts.py, before _record.lua. It refuses to run on a store
-- that went back, and says with every reply which generation the store is at.
--
-- The tag's generation is a hash (the last key of every script):
--   number       raised by every claim, burn, replacement and counted try
--   0 ... 255    "number:mark" of the newest 256 generations, each in the field of its number's
--                remainder. A mark is random: two histories that reached one number differ in it
--   back, at     quarantine: single-use records made below that number read lost; since when (ms)
-- A record's `born` is the number at which it was made.
--
-- The last arguments are always: the number and mark that the caller has noted ('' for none), and
-- a new mark.
-- REPLY { number, mark, { ids that this call ended }, what the script says }
--       { 'back' }    the store does not have what the caller has noted: nothing was run

local MARKS = 256
local generation = table.remove(KEYS)
local new_mark = table.remove(ARGV)
local noted_mark = table.remove(ARGV)
local noted_number = table.remove(ARGV)

local function slot(number)
  return string.format('%.0f', number % MARKS)
end

local function marked(number, mark)
  return string.format('%.0f:%s', number, mark)
end

local standing = redis.call('HMGET', generation, 'number', 'back', 'at')
local number, back = tonumber(standing[1]) or 0, tonumber(standing[2]) or 0
local back_since = tonumber(standing[3]) or 0
local ended = {}

-- Whether this store once was further than it is, or on another way: with a lower number, or with
-- another mark under the number that was noted. A mark that newer ones have written over says nothing.
local function went_back(noted, mark)
  noted = tonumber(noted)
  if not noted then return false end
  if number < noted then return true end
  local there = redis.call('HGET', generation, slot(noted))
  local same = there and string.match(there, '^%d+') == string.format('%.0f', noted)
  return same and there ~= marked(noted, mark)
end

-- What must not be undone has happened; to this id, where it ended a secret.
local function raise(id)
  number = number + 1
  redis.call('HSET', generation, 'number', string.format('%.0f', number),
    slot(number), marked(number, new_mark))
  if id then ended[#ended + 1] = id end
end

local function guarded(run)
  if went_back(noted_number, noted_mark) then return { 'back' } end
  local answer = run()
  if type(answer) == 'table' and answer.err then return answer end -- nothing was written
  local newest = redis.call('HGET', generation, slot(number)) or ''
  return { number, string.match(newest, ':(.*)$') or '', ended, answer }
end
