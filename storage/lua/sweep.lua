#!lua flags=allow-oom
-- What time does to a secret, for one id whose moment has come. Finishes what a crash left.
-- KEYS  1 record  2 blob  3 audit  4 due  5 index  6 notice
-- ARGV  1 id  2 retention ms
-- REPLY { 'expired' }  { 'lost' }  { 'withheld' }  { 'forgotten' }
--       { 'nudged' }  its creator is to hear that it ends soon   { 'kept' }  nothing to do yet
--       { 'vanished', created ms }  the record is gone before its time: vanish.lua says so

local id = ARGV[1]
local now = now_ms()
local r = load(KEYS[1])
if not r then
  -- What we forget leaves the index too: a record that is gone before that was lost. Its row stays
  -- as long as a record would, and says so.
  local created = tonumber(redis.call('ZSCORE', KEYS[5], id))
  if created and now < created + tonumber(ARGV[2]) then
    if redis.call('HEXISTS', KEYS[6], 'trail') == 0 then return { 'vanished', text(created) } end
    redis.call('ZADD', KEYS[4], text(created + tonumber(ARGV[2])), id)
    return { 'kept' }
  end
  redis.call('DEL', KEYS[2], KEYS[6])
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
  return { 'forgotten' }
end

local changed = 'kept'
if LIVING[r.state] then
  if not r.fixed then -- altered: the next reader marks it
    redis.call('ZADD', KEYS[4], text(now + CHECK_MS), id)
    return { 'kept' }
  end
  local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
  if LIVING[state] or r.held_back then
    end_at(memory(), KEYS[2], text(r.fixed.expires)) -- the policy may be another one since
    local nudges = awaits_nudge(r, state) and now >= nudge_at(r)
    if nudges then
      r.nudged = text(r.fixed.expires)
      redis.call('HSET', r.key, 'nudged', r.nudged)
      note(r, KEYS[3], id, 'nudged')
    end
    redis.call('ZADD', KEYS[4], next_look(r, state, now), id)
    return { nudges and 'nudged' or 'kept' }
  end
  changed = state
elseif CLAIMED[r.state] and r.fixed and settle(r, KEYS[3], KEYS[2], KEYS[4], id, now) == 'lost' then
  changed = 'withheld'
elseif CLAIMED[r.state] then
  local window = (r.claimed or 0) + RETRY_WINDOW_MS
  if now < window and not r.confirmed then
    redis.call('ZADD', KEYS[4], text(window), id)
    return { 'kept' }
  end
  redis.call('DEL', KEYS[2])
end

local forget = (r.ended or r.claimed or now) + tonumber(ARGV[2])
if now < forget then
  redis.call('ZADD', KEYS[4], text(forget), id)
  return { changed }
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[6])
redis.call('ZREM', KEYS[4], id)
redis.call('ZREM', KEYS[5], id)
return { 'forgotten' }
