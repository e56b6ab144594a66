#!lua flags=allow-oom
-- A ticket is used once. With full memory too: without a session no answer is collected.
-- KEYS  1 ticket  2 fading
-- ARGV  1 how long to remember it, in seconds
-- REPLY { 'first' }   { 'used' }

if not redis.call('SET', KEYS[1], '1', 'NX') then return { 'used' } end
fade_at(memory(), KEYS[1], KEYS[2], text(now_ms() + ARGV[1] * 1000))
return { 'first' }
