#!lua flags=allow-oom
-- A person destroys a secret. The server has verified the record whose mac it sends.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 mac  3 user  4 event: 'burned', or 'replaced' when its link never arrived
-- REPLY { 'burned', part, mac, key }
--       { 'ended', part, mac, key, '1' if found lost just now or '' }   nothing left to destroy
--       { 'changed', part, mac, key }  the record is not the one that was verified
--       { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if r.mac ~= ARGV[2] or not r.fixed then return reply('changed', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if state == 'active' then
  finish(r, KEYS[2], KEYS[4], id, 'burned', now)
  note(r, KEYS[3], id, ARGV[4], ARGV[3])
  return reply('burned', r)
end
-- A viewed secret stays viewed: somebody has it. Only its retry window ends.
if state == 'viewed' and redis.call('DEL', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[4], text(now), id)
  note(r, KEYS[3], id, 'closed', ARGV[3])
end
return reply('ended', r, r.news or '')
