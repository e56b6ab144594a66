#!lua
-- Store a new request; when its Slack view made one before, destroy that one ("replaced"). put.lua's
-- twin: the public key is in the record, and there is no ciphertext before somebody answers.
-- KEYS  1 record  2 audit  3 index  4 due  5 creates
--       6 submission  7 old record  8 old blob  9 fading         none of them without a trigger
-- ARGV  1 id  2 part  3 mac  4 key name  5 creator  6 trigger  7 submission ms  8 old id or ''
--       9 clock tolerance ms  10 when Submit was pressed, by Slack's clock  11 creates an hour or ''
--       12 '1' when a page made it: then its message is the courier's to post
-- REPLY as put.lua's: { 'created' }  { 'exists', part, mac, key }  { 'duplicate' }
--       { 'replaces', id }  { 'clock', now }  { 'limited', ms }  error OOM

local id, creator, trigger, old_id = ARGV[1], ARGV[5], ARGV[6], ARGV[8]
local now = now_ms()
local taken = load(KEYS[1])
if taken then return vouched('exists', taken) end -- the same again is told that it is kept

local r = { key = KEYS[1], part = ARGV[2], trail = '', fixed = parse(ARGV[2]) }
if math.abs(r.fixed.created - now) > tonumber(ARGV[9]) then return { 'clock', text(now) } end

local old
if trigger ~= '' then
  local known, made = check_press(KEYS[6], trigger, ARGV[10], '', old_id)
  if known then return known end
  old = made and load(KEYS[7])
end
local replaced = old and old.fixed
  and can_end(old, KEYS[2], KEYS[8], KEYS[4], old_id, now)
local again = not replaced and over_limit(KEYS[5], ARGV[11], now)
if again then
  refused_by_policy(KEYS[2], r.fixed.workspace, creator)
  return { 'limited', text(again) }
end

local m = memory()
local full = no_room(m)
if full then return full end
if not replaced then count_create(m, KEYS[5], ARGV[11], now) end
redis.call('HSET', KEYS[1], 'part', ARGV[2], 'mac', ARGV[3], 'key', ARGV[4], 'state', 'waiting',
  'views', 0, 'born', text(number))
if ARGV[12] == '1' then
  redis.call('HSET', KEYS[1], 'composed', 1)
  note(r, KEYS[2], id, 'created', creator, '', 'composed', '1')
else
  note(r, KEYS[2], id, 'created', creator)
end
redis.call('ZADD', KEYS[3], text(now), id)
redis.call('ZADD', KEYS[4], next_look(r, 'waiting', now), id)
if trigger ~= '' then remember_press(m, KEYS[6], KEYS[9], trigger, ARGV[10], now + ARGV[7], id) end
if replaced then
  burn(old, KEYS[8], KEYS[4], old_id, now)
  note(old, KEYS[2], old_id, 'replaced', creator)
end
return { 'created' }
