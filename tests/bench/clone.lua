#!lua
-- Copies one secret under new ids, all that belongs to it included, so that a store is full within
-- seconds. Nobody can open the copies, since their macs are another id's; they weigh the same.
-- KEYS  1 record  2 ciphertext  3 audit  4 index  5 due
-- ARGV  1 its id  2 when it was made (ms)  3 when it ends (ms)  then the new ids
local record = redis.call('HGETALL', KEYS[1])
local blob = redis.call('GET', KEYS[2])
local entry = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1][2]
for i = 4, #ARGV do
  local id = ARGV[i]
  for field = 1, #entry, 2 do
    if entry[field] == 'id' then entry[field + 1] = id end
  end
  local place = redis.call('XADD', KEYS[3], '*', unpack(entry))
  for field = 1, #record, 2 do
    if record[field] == 'trail' then record[field + 1] = place end
  end
  local named = function(name)
    local at = string.find(name, ARGV[1], 1, true)
    return string.sub(name, 1, at - 1) .. id .. string.sub(name, at + #ARGV[1])
  end
  redis.call('HSET', named(KEYS[1]), unpack(record))
  redis.call('SET', named(KEYS[2]), blob, 'PXAT', ARGV[3])
  redis.call('ZADD', KEYS[4], ARGV[2], id)
  redis.call('ZADD', KEYS[5], ARGV[3], id)
end
return #ARGV - 3
