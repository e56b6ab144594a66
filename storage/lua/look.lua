#!lua flags=allow-oom
-- What a link holder may know before the click. Changes nothing while the secret lives. For a
-- request, the holder of its collect link.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 sealed reader  3 address mark  4 whose browser, or ''
--       5 whose session, or ''  6 '1' when its tickets name this request
--       then for each key: name, link verifier
-- REPLY { 'active' or 'waiting' or 'received', part, mac, key, views, tries left or '',
--         language or '' }
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'unproven', part, mac, key }        { 'missing' }

local r = load(KEYS[1])
if not r then return { 'missing' } end
if not proven(r, 7, 2) then return reply('unproven', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], ARGV[1], now)
if LIVING[state] then return reply(state, r, text(r.views), tries_left(r), r.language) end
-- Whoever may collect may look what became of it.
if r.fixed.is_request and not barred(r, ARGV[5], ARGV[6]) then return reply('gone', r, ending(r)) end
refuse(r, KEYS[3], ARGV[1], now, ARGV[2], ARGV[3], ARGV[4])
return reply('gone', r, ending(r))
