#!lua
-- The agent who made a secret or a request says which language its customer reads. It binds nobody
-- and opens nothing, so it stands in the mutable part, and the trail has no entry for it.
-- KEYS  1 record  2 blob  3 audit  4 due
--       5 languages, where it becomes the agent's last choice too
-- ARGV  1 workspace  2 user  3 language, or '' to leave it to the customer's browser
-- REPLY { 'spoken', part, mac, key }   { 'stranger', part, mac, key }   { 'missing' }

local r = load(KEYS[1])
if not r then return { 'missing' } end
if not r.fixed or r.fixed.workspace ~= ARGV[1] or r.fixed.creator ~= ARGV[2] then
  return reply('stranger', r)
end
local agent = ARGV[1] .. '|' .. ARGV[2]
if ARGV[3] == '' then
  redis.call('HDEL', r.key, 'language')
  if KEYS[5] then redis.call('HDEL', KEYS[5], agent) end
else
  redis.call('HSET', r.key, 'language', ARGV[3])
  if KEYS[5] then redis.call('HSET', KEYS[5], agent, ARGV[3]) end
end
return reply('spoken', r)
