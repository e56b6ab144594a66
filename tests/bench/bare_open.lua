#!lua
-- What a reveal takes at the very least: the proof compared, the secret bound to its first reader,
-- the ciphertext gone when their half minute to ask again is over, a line of audit.
-- KEYS  1 record  2 ciphertext  3 audit
-- ARGV  1 id  2 proof  3 nonce
local t = redis.call('TIME')
local r = redis.call('HMGET', KEYS[1], 'proof', 'state', 'expires')
if r[1] ~= ARGV[2] or r[2] ~= 'active' or tonumber(r[3]) < tonumber(t[1]) then return false end
local stored = redis.call('GET', KEYS[2])
redis.call('HSET', KEYS[1], 'state', 'viewed', 'nonce', ARGV[3], 'claimed', t[1])
redis.call('PEXPIREAT', KEYS[2], (t[1] + 30) * 1000)
redis.call('XADD', KEYS[3], '*', 'id', ARGV[1], 'event', 'opened')
return stored
