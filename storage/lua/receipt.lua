#!lua flags=allow-oom
-- What became of a request, for whoever has its own link: as long as the history has it, also after
-- the end. Looking at a receipt is no refused opening.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  then for each key: name, submit verifier
-- REPLY { 'receipt', part, mac, key, state, received ms or '', collected ms or '',
--         'lost' or 'withheld' if found so just now or '', language or '' }
--       { 'unproven', part, mac, key }   { 'missing' }

local r = load(KEYS[1])
if not r then return { 'missing' } end
if not may_submit(r, 2) then return reply('unproven', r) end
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], ARGV[1], now_ms())
local collected = r.claimed and text(r.claimed) or ''
return reply('receipt', r, state, r.received or '', collected, r.news or '', r.language)
