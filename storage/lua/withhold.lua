#!lua flags=allow-oom
-- A claim's ciphertext has stayed with us, since the claim did not show itself durable in time. The
-- same page may ask again while its window is open; after that the secret is lost, seen by nobody.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 the attempt's token  3 '1' after the window, by whoever knows that it had claimed:
--       then it is lost also where the store went back behind the claim (a replica was promoted)
-- REPLY { 'withheld' }   lost by this call       { 'lost' }   before it
--       { 'marked' }     the page may ask again
--       { 'kept' }       another attempt has come since, it has ended otherwise, or it is gone

local id = ARGV[1]
local r = load(KEYS[1])
if not r or not r.fixed or not r.fixed.single_use then return { 'kept' } end

local now = now_ms()
if CLAIMED[r.state] and r.attempt == ARGV[2] and not r.confirmed then
  redis.call('HSET', r.key, 'withheld', r.attempt)
  r.withheld = r.attempt
  if settle(r, KEYS[3], KEYS[2], KEYS[4], id, now) == 'lost' then return { 'withheld' } end
  redis.call('ZADD', KEYS[4], text(window_end(r, r.claimed)), id)
  return { 'marked' }
end
-- Here nobody has claimed it, and somewhere else its claim may yet stand: it must not be open here
-- and viewed there.
local open = r.state == 'active' or r.state == 'received'
if ARGV[3] == '1' and open and now < r.fixed.expires then
  lose_withheld(r, KEYS[3], KEYS[2], KEYS[4], id, now)
  return { 'withheld' }
end
if r.state == 'lost' then
  vouched('lost', r)
  return { 'lost' }
end
return { 'kept' }
