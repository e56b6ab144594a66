#!lua
-- Set or take away the team's own message templates; what they were stands nowhere any more.
-- KEYS  1 templates  2 audit
-- ARGV  1 workspace  2 who  then field and sealed text, '' to take it away, in turn
-- REPLY { 'changed' }
--       error OOM        no room: nothing was written

for i = 3, #ARGV - 1, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
-- Without an id: it concerns no secret.
redis.call('XADD', KEYS[2], '*', 'workspace', ARGV[1], 'id', '', 'event', 'templates_changed',
  'by', ARGV[2], 'reader', '')
return { 'changed' }
