#!lua flags=allow-oom
-- Slack has taken a notice, or there was nothing to say: remember where the message is and what it
-- told, take the stream's entries off the courier's list, and let go, all in one step.
-- KEYS  1 notice  2 record  3 audit
-- ARGV  1 courier  2 group  3 channel or ''  4 ts or ''  5 newest entry told or ''  6 '1' given up
--       7, 8 channel and ts of a request's message, or ''  9 the ts of the one that is gone, or ''
--       10... entries
-- REPLY { 'kept' }

if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('HEXISTS', KEYS[1], 'trail') == 1 then
  if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'channel', ARGV[3], 'ts', ARGV[4]) end
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'told', ARGV[5]) end
  if ARGV[6] == '1' then redis.call('HSET', KEYS[1], 'gave_up', '1') end
  if ARGV[7] ~= '' then
    redis.call('HSET', KEYS[1], 'asked_channel', ARGV[7], 'asked_ts', ARGV[8])
  end
  -- Not another one that turned up meanwhile.
  if ARGV[9] ~= '' and redis.call('HGET', KEYS[1], 'asked_ts') == ARGV[9] then
    redis.call('HSET', KEYS[1], 'gone', '1')
  end
end
if redis.call('HGET', KEYS[1], 'courier') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'courier', 'until')
end
for i = 10, #ARGV do redis.call('XACK', KEYS[3], ARGV[2], ARGV[i]) end
return { 'kept' }
