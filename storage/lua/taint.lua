#!lua flags=allow-oom
-- The server found that a record or its blob is not what it wrote: mark it, once.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id
-- REPLY { 'tainted' }   { 'known' }   { 'missing' }

local r = load(KEYS[1])
if not r then return { 'missing' } end
if r.state == 'tampered' then return { 'known' } end
-- Without a workspace: the record's own word about whose it is may be what was altered. Its other
-- entries say it.
r.fixed = { workspace = '' }
finish(r, KEYS[2], KEYS[4], ARGV[1], 'tampered', now_ms())
note(r, KEYS[3], ARGV[1], 'tampered')
return { 'tainted' }
