#!lua flags=allow-oom
-- Whoever has a request's own link ends it before anybody has collected the answer.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 event: 'withdrawn' or 'unexpected'  3 sealed reader
--       then for each key: name, submit verifier
-- REPLY { 'burned', part, mac, key }
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'unproven', part, mac, key }   { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if not may_submit(r, 4) then return reply('unproven', r) end

local now = now_ms()
if LIVING[settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)] then
  burn(r, KEYS[2], KEYS[4], id, now)
  note(r, KEYS[3], id, ARGV[2], '', ARGV[3])
  return reply('burned', r)
end
return reply('gone', r, ending(r))
