#!lua flags=no-writes
-- Which records a page of the history may show: no ciphertext is read, and what is surely not wanted
-- is left out. The caller reads the rest and decides; what can't be told here is for the caller too.
-- KEYS  the record of each secret; for a living state, record and blob of each in turn
-- ARGV  1 state or ''  2 '1' when the caller will look at whose each is
-- REPLY for each  '' left out  '1' perhaps  { part, mac, key name } perhaps, when asked whose it is

local wanted, now = ARGV[1], now_ms()
-- What reads lost for want of its ciphertext is nothing that has ended otherwise, either.
local step = LIVING[wanted] and 2 or 1

-- As `settle` says, without changing anything; nil when the record does not tell.
local function reads(state, part, born, blob)
  if not LIVING[state] then return state end
  local ok, fixed = pcall(parse, part)
  if not ok or not fixed then return nil end
  if now >= fixed.expires then return 'expired' end
  if fixed.single_use and (tonumber(born) or 0) < back then return 'lost' end
  if step == 2 and state ~= 'waiting' and redis.call('EXISTS', blob) == 0 then return 'lost' end
  return state
end

local found = {}
for i = 1, #KEYS, step do
  local v = redis.call('HMGET', KEYS[i], 'state', 'part', 'mac', 'key', 'born')
  local state = v[1] and v[2] and wanted ~= '' and reads(v[1], v[2], v[5], KEYS[i + 1])
  if state and state ~= wanted then
    found[#found + 1] = ''
  elseif ARGV[2] == '1' and v[2] and v[3] and v[4] then
    found[#found + 1] = { v[2], v[3], v[4] }
  else
    found[#found + 1] = '1'
  end
end
return found
