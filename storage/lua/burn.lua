#!lua flags=allow-oom
-- A person destroys a secret or a request. The server has verified the record whose mac it sends.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 mac  3 user  4 event: 'burned', or 'replaced' when its link never arrived
--       of a request that is still waiting, 'burned' goes on record as 'cancelled'
-- REPLY { 'burned', part, mac, key, ms when the answer came that went with it, or '' }
--       { 'ended', part, mac, key, 'lost' or 'withheld' if found so just now or '' }   nothing left to destroy
--       { 'changed', part, mac, key }  the record is not the one that was verified
--       { 'missing' }

local id = ARGV[1]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if r.mac ~= ARGV[2] or not r.fixed then return reply('changed', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if LIVING[r.state] then
  local cancels = state == 'waiting' and ARGV[4] == 'burned'
  burn(r, KEYS[2], KEYS[4], id, now)
  note(r, KEYS[3], id, cancels and 'cancelled' or ARGV[4], ARGV[3])
  return reply('burned', r, r.received or '')
end
-- A viewed secret stays viewed, a collected answer collected: somebody has it. Only its retry
-- window ends.
if CLAIMED[state] and redis.call('DEL', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[4], text(now), id)
  note(r, KEYS[3], id, 'closed', ARGV[3])
  raise(id)
end
return vouched('ended', r, r.news or '')
