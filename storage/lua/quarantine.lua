#!lua flags=allow-oom
-- The store went back: from now on no single-use secret that it holds is handed out, until somebody
-- accepts the restore. Its generation goes on above everything that was noted, so that what is made
-- from now on is told from what came back.
-- KEYS  1 audit
-- ARGV  1 the number that was noted  2 its mark
-- REPLY { 'quarantined', number of the quarantine }
--       { 'known', number of the quarantine }   another process was here first

local noted = tonumber(ARGV[1])
if not went_back(noted, ARGV[2]) then return { 'known', back } end
redis.call('HSET', generation, 'number', text(noted), slot(noted), marked(noted, ARGV[2]))
number = math.max(number, noted)
raise()
redis.call('HSET', generation, 'back', text(number), 'at', text(now_ms()))
redis.call('XADD', KEYS[1], '*', 'workspace', '', 'id', '', 'event', 'went_back', 'by', '',
  'reader', '')
return { 'quarantined', number }
