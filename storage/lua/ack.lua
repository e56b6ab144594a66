#!lua flags=allow-oom
-- The page has decrypted: the retry window ends and the ciphertext goes.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  then for each key: name, link verifier, nonce mac
-- REPLY { 'acknowledged', part, mac, key }
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'unproven', part, mac, key }                { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
local caller = proven(r, 2, 3)
if not caller then return reply('unproven', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if state == 'active' and not r.fixed.single_use then return reply('acknowledged', r) end
if not CLAIMED[state] or r.nonce ~= caller.nonce then
  if LIVING[state] then return reply('unproven', r) end
  return reply('gone', r, ending(r))
end
if not r.confirmed then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', r.key, 'confirmed', text(now))
  redis.call('ZADD', KEYS[4], text(now), id)
  note(r, KEYS[3], id, 'confirmed')
end
return reply('acknowledged', r)
