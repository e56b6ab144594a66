#!lua flags=allow-oom
-- A request's message is in Slack: remember where, so that news can go below it and the end can take
-- it away, seed and all. The first place stays while the request lives. One that turns up after the
-- end (we died before it was remembered) goes on record, which has the courier take it away.
-- KEYS  1 notice  2 record  3 audit
-- ARGV  1 id  2 channel  3 ts  4 workspace
-- REPLY { 'posted' }   { 'known' }
--       { 'missing' }   there is no such request in this workspace

local r = load(KEYS[2])
if not r then return { 'missing' } end
if r.fixed and (not r.fixed.is_request or r.fixed.workspace ~= ARGV[4]) then
  return { 'missing' }
end
local known = redis.call('HGET', KEYS[1], 'asked_ts')
if known and (known == ARGV[3] or LIVING[r.state]) then return { 'known' } end

redis.call('HSET', KEYS[1], 'asked_channel', ARGV[2], 'asked_ts', ARGV[3])
redis.call('HDEL', KEYS[1], 'gone')
if not LIVING[r.state] then
  r.fixed = r.fixed or { workspace = '' } -- as in taint.lua
  note(r, KEYS[3], ARGV[1], 'posted')
end
return { 'posted' }
