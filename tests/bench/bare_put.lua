#!lua
-- What storing a secret takes at the very least: record and ciphertext with their end, a line of
-- audit and one of history. Nothing is checked.
-- KEYS  1 record  2 ciphertext  3 audit  4 index
-- ARGV  1 id  2 proof  3 ciphertext  4 seconds to live
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'proof', ARGV[2], 'state', 'active', 'expires', t[1] + ARGV[4])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
redis.call('XADD', KEYS[3], '*', 'id', ARGV[1], 'event', 'created')
redis.call('ZADD', KEYS[4], t[1], ARGV[1])
return 'created'
