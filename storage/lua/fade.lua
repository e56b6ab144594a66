#!lua flags=allow-oom
-- What was only to be remembered for a while goes, where the store may not end it by itself.
-- KEYS  1 fading  2... names from it
-- REPLY { 'faded', how many }

local now, count = now_ms(), 0
for i = 2, #KEYS do
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], KEYS[i]))
  if ends and ends <= now then -- else somebody has prolonged it meanwhile
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', KEYS[1], KEYS[i])
    count = count + 1
  end
end
return { 'faded', count }
