#!lua flags=allow-oom
-- Drop entries by age while nothing seals the trail. Where something does, it trims with its next
-- checkpoint, which says so: else what age took and what a hand took would look the same.
-- KEYS  1 audit  2 seals
-- ARGV  1 retention ms
-- REPLY { 'trimmed' }   { 'sealed' }

if redis.call('EXISTS', KEYS[2]) == 1 then return { 'sealed' } end
redis.call('XTRIM', KEYS[1], 'MINID', '=', text(math.max(0, now_ms() - tonumber(ARGV[1]))))
return { 'trimmed' }
