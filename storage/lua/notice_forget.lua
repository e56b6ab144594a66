#!lua flags=allow-oom
-- Couriers that are long gone and owe nothing leave the group. One step, so that none of them can
-- be given an entry between the look and the removal.
-- KEYS  1 audit
-- ARGV  1 group  2 idle for at least ms
-- REPLY { 'forgotten', how many }

local count = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local about = {}
  for i = 1, #consumer, 2 do about[consumer[i]] = consumer[i + 1] end
  if about['pending'] == 0 and about['idle'] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], about['name'])
    count = count + 1
  end
end
return { 'forgotten', count }
