#!lua
-- A later hard expiry for what nobody has opened or answered. The server has verified the record
-- whose mac it sends, and made it anew, with the later expiry and nothing else changed, under the
-- key it had: no script could. Whatever has happened since is decided here: the dead stay dead.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 mac  3 the new part  4 its mac  5 the ciphertext sealed to that, '' of a request
--       6 user  7 the lifetime it was first given, in seconds
-- REPLY { 'extended', part, mac, key }
--       { 'late', part, mac, key, 'lost' or 'withheld' if found so just now or '' }
--                                     opened, answered, or over
--       { 'changed', part, mac, key }  the record is not the one that was verified
--       { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if r.mac ~= ARGV[2] or not r.fixed then return reply('changed', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if not untouched(r, state) then return reply('late', r, r.news or '') end

r.part, r.mac, r.fixed = ARGV[3], ARGV[4], parse(ARGV[3])
redis.call('HSET', r.key, 'part', r.part, 'mac', r.mac)
redis.call('HSETNX', r.key, 'lifetime', ARGV[7])
if ARGV[5] ~= '' then set_until(memory(), KEYS[2], ARGV[5], text(r.fixed.expires)) end
redis.call('ZADD', KEYS[4], next_look(r, state, now), id)
note(r, KEYS[3], id, 'extended', ARGV[6])
return reply('extended', r)
