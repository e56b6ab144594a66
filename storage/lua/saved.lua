#!lua flags=allow-oom
-- The collector says that the answer is in the vault. On record once.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 sealed reader  3 whose session, or ''  4 '1' when its tickets name this request
--       then for each key: name, link verifier
-- REPLY { 'saved', part, mac, key }
--       { 'waiting', part, mac, key }       nothing was collected yet
--       { 'session' or 'stranger', part, mac, key }
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'unproven', part, mac, key }   { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if not proven(r, 5, 2) or not r.fixed.is_request then return reply('unproven', r) end
local bar = barred(r, ARGV[3], ARGV[4])
if bar then return reply(bar, r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if LIVING[state] then return reply('waiting', r) end
if state ~= 'collected' then return reply('gone', r, ending(r)) end
if not r.saved then
  redis.call('HSET', r.key, 'saved', text(now))
  note(r, KEYS[3], id, 'saved', user_of(ARGV[3]), ARGV[2])
end
return reply('saved', r)
