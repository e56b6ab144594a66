#!lua flags=allow-oom
-- A ticket is used once. With full memory too: without a session no answer is collected.
-- KEYS  1 ticket
-- ARGV  1 how long to remember it, in seconds
-- REPLY { 'first' }   { 'used' }

if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return { 'first' } end
return { 'used' }
