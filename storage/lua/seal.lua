#!lua flags=allow-oom
-- Append a checkpoint, if the one it follows is still the last, and let go what age has ended: one
-- step, so that the checkpoint which says what was let go is never without it.
-- KEYS  1 audit  2 seals
-- ARGV  1, 2 part and mac of the last checkpoint, or ''  3 number of the new one  4 its part  5 its mac
--       6 the first entry it covers, or ''
--       7 the last entry that is let go, or ''  8 the oldest checkpoint that stays, or ''
-- REPLY { 'sealed' }   { 'overtaken' }  another came first; nothing was written

local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local known = { part = '', mac = '' }
if last then
  for i = 1, #last[2], 2 do known[last[2][i]] = last[2][i + 1] end
  local number = tonumber(string.match(last[1], '^(%d+)%-'))
  if number >= tonumber(ARGV[3]) then return { 'overtaken' } end
end
if known.part ~= ARGV[1] or known.mac ~= ARGV[2] then return { 'overtaken' } end
-- Before the first checkpoint the sweeper may have trimmed since.
if ARGV[6] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[6], ARGV[6]) == 0 then
  return { 'overtaken' }
end

redis.call('XADD', KEYS[2], ARGV[3] .. '-0', 'part', ARGV[4], 'mac', ARGV[5])
if ARGV[7] ~= '' then
  local ms, seq = string.match(ARGV[7], '^(%d+)%-(%d+)$')
  redis.call('XTRIM', KEYS[1], 'MINID', '=', ms .. '-' .. text(tonumber(seq) + 1))
end
if ARGV[8] ~= '' then redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[8] .. '-0') end
return { 'sealed' }
