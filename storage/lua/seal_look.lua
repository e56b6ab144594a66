#!lua flags=allow-oom
-- What the sealer decides by, as it is at one moment; and its lease, so that of many one seals.
-- KEYS  1 audit  2 seals  3 sealer
-- ARGV  1 who looks, or '' for whoever only looks  2 lease in ms, 0 to give it up
--       3 entries at most
-- REPLY { now, '1' if the lease is theirs or '', name, part and mac of the last checkpoint or '',
--         entries up to it, or -1 when more than asked for follow, '1' if its last entry is there,
--         '1' if there are entries that age had let go, entries after it }

-- Not yet believed, and what is no name of an entry would be an error of this script.
local function entry(name)
  local ms, seq = string.match(name, '^(%d+)%-(%d+)$')
  return ms and #ms <= 16 and #seq <= 16 and name or '0-0'
end

local now = now_ms()
local held = ''
if ARGV[1] ~= '' then
  local v = redis.call('HMGET', KEYS[3], 'who', 'until')
  local left = (tonumber(v[2]) or 0) - now
  -- A lease that is longer than any was given under a clock that has been set back since.
  if ARGV[2] == '0' then
    if v[1] == ARGV[1] then redis.call('DEL', KEYS[3]) end
  elseif v[1] == ARGV[1] or left <= 0 or left > tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[3], 'who', ARGV[1], 'until', text(now + tonumber(ARGV[2])))
    held = '1'
  end
end

local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local name, part, mac, ending, floor = '', '', '', '0-0', '0-0'
if last then
  name = last[1]
  for i = 1, #last[2], 2 do
    if last[2][i] == 'part' then part = last[2][i + 1] end
    if last[2][i] == 'mac' then mac = last[2][i + 1] end
  end
  local ok, f = pcall(function() return { struct.unpack(string.rep('>I4c0', 13), part) } end)
  if ok then ending, floor = entry(f[6]), entry(f[10]) end
end
local most = tonumber(ARGV[3])
local news = redis.call('XRANGE', KEYS[1], '(' .. ending, '+', 'COUNT', most + 1)
local before = redis.call('XLEN', KEYS[1]) - #news
if #news > most then
  news[#news] = nil
  before = -1
end
local there = #redis.call('XRANGE', KEYS[1], ending, ending)
local old = floor == '0-0' and {} or redis.call('XRANGE', KEYS[1], '-', floor, 'COUNT', 1)
return { text(now), held, name, part, mac, before, there == 1 and '1' or '', old[1] and '1' or '',
  news }
