#!lua flags=allow-oom
-- One courier at a time speaks of a secret: take its notice for a moment, and read what was said.
-- KEYS  1 notice  2 record
-- ARGV  1 courier  2 how long in ms
-- REPLY { 'held', channel or '', ts or '', newest entry told or '', '1' when given up before or '',
--         of a request: channel and ts of its message or '', '1' when that is gone or '',
--         '1' when a page made it or '' }
--       { 'busy', ms }   another courier has it   { 'missing' }   there is no such record

-- A record that vanished left its trail here, and there is something to tell of it.
if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('HEXISTS', KEYS[1], 'trail') == 0 then
  return { 'missing' }
end
local now = now_ms()
local v = redis.call('HMGET', KEYS[1], 'courier', 'until', 'channel', 'ts', 'told', 'gave_up',
  'asked_channel', 'asked_ts', 'gone')
local until_ms = tonumber(v[2]) or 0
if v[1] and v[1] ~= ARGV[1] and now < until_ms then return { 'busy', text(until_ms - now) } end
redis.call('HSET', KEYS[1], 'courier', ARGV[1], 'until', text(now + tonumber(ARGV[2])))
local composed = redis.call('HGET', KEYS[2], 'composed')
return { 'held', v[3] or '', v[4] or '', v[5] or '', v[6] or '', v[7] or '', v[8] or '',
  v[9] or '', composed or '' }
