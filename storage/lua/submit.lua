#!lua
-- The customer's answer. The server has verified the record whose mac it sends, and the proof for
-- it. The first nonce is bound: the same one again is the same submission, whose answer got lost.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 mac  3 stored blob  4 nonce mac  5 sealed reader  6 address mark
-- REPLY { 'submitted', part, mac, key }
--       { 'already', part, mac, key }       somebody else's answer is there, or was collected
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'changed', part, mac, key }       the record is not the one that was verified
--       { 'missing' }

local id, reader, mark = ARGV[1], ARGV[5], ARGV[6]
local r = load(KEYS[1])
if not r then return { 'missing' } end
if r.mac ~= ARGV[2] or not r.fixed then return reply('changed', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
if state == 'waiting' then
  -- Until the very end of the room: a customer does not come twice.
  set_until(memory(), KEYS[2], ARGV[3], text(r.fixed.expires))
  redis.call('HSET', r.key, 'state', 'received', 'sent', ARGV[4], 'received', text(now))
  redis.call('ZADD', KEYS[4], next_look(r, 'received', now), id)
  note(r, KEYS[3], id, 'submitted', '', reader)
  return reply('submitted', r)
end
if state == 'received' or state == 'collected' then
  if r.sent == ARGV[4] then return vouched('submitted', r) end
  refuse(r, KEYS[3], id, now, reader, 's' .. mark, '', 'second_attempt')
  return reply('already', r)
end
refuse(r, KEYS[3], id, now, reader, mark, '')
return reply('gone', r, ending(r))
