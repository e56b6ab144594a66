#!lua flags=allow-oom
-- What had ended before the store went back ends again, whatever the store says of it now.
-- KEYS  1 audit  2 due  then record and blob of each
-- ARGV  ids, in the order of their keys
-- REPLY { 'reburned', how many were alive again }

local now, count = now_ms(), 0
for i, id in ipairs(ARGV) do
  local r = load(KEYS[2 * i + 1])
  local blob = KEYS[2 * i + 2]
  if r and LIVING[r.state] and r.fixed then
    finish(r, blob, KEYS[2], id, 'burned', now)
    note(r, KEYS[1], id, 'ended_again')
    count = count + 1
  elseif r and r.state ~= 'burned' then
    redis.call('DEL', blob) -- an open retry window
  end
end
return { 'reburned', count }
