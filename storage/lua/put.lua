#!lua
-- Store a new secret; when its Slack view made one before, destroy that one ("replaced").
-- KEYS  1 record  2 blob  3 audit  4 index  5 due  6 creates  7 presets
--       8 submission  9 old record  10 old blob  11 fading       none of them without a trigger
-- ARGV  1 id  2 part  3 mac  4 key name  5 stored blob  6 creator  7 trigger  8 submission ms
--       9 old id or ''  10 clock tolerance ms  11 when Submit was pressed, by Slack's clock
--       12 creates an hour or ''  13 preset  14 '1' when the press was reserved
-- REPLY { 'created' }                   { 'exists', part, mac, key }   the id is taken
--       { 'duplicate' }                 this press, or a later one in its view, made a secret
--       { 'replaces', id }              call again with that secret's keys
--       { 'clock', now }                the caller's clock is off: nothing was written
--       { 'limited', ms }               this agent has made enough; when to try again
--       error OOM                       no room: nothing was written

local id, creator, trigger, old_id = ARGV[1], ARGV[6], ARGV[7], ARGV[9]
local now = now_ms()
local taken = load(KEYS[1])
if taken then return vouched('exists', taken) end -- the same again is told that it is kept

local r = { key = KEYS[1], part = ARGV[2], trail = '', views = 0, fixed = parse(ARGV[2]) }
if math.abs(r.fixed.created - now) > tonumber(ARGV[10]) then return { 'clock', text(now) } end

local old
if trigger ~= '' then
  local known, made = check_press(KEYS[8], trigger, ARGV[11], ARGV[14], old_id)
  if known then return known end
  old = made and load(KEYS[9])
end
-- What takes a living secret's place is not one more: the agent whose link got lost is not turned
-- away, however many they have made.
local replaced = old and old.fixed
  and can_end(old, KEYS[3], KEYS[10], KEYS[5], old_id, now)
local again = not replaced and over_limit(KEYS[6], ARGV[12], now)
if again then
  refused_by_policy(KEYS[3], r.fixed.workspace, creator)
  return { 'limited', text(again) }
end

local m = memory()
local full = no_room(m)
if full then return full end
if not replaced then count_create(m, KEYS[6], ARGV[12], now) end
redis.call('HSET', KEYS[7], r.fixed.workspace .. '|' .. creator, ARGV[13])
redis.call('HSET', KEYS[1], 'part', ARGV[2], 'mac', ARGV[3], 'key', ARGV[4], 'state', 'active',
  'views', 0, 'born', text(number))
set_until(m, KEYS[2], ARGV[5], text(r.fixed.expires))
note(r, KEYS[3], id, 'created', creator)
redis.call('ZADD', KEYS[4], text(now), id)
redis.call('ZADD', KEYS[5], next_look(r, 'active', now), id)
if trigger ~= '' then remember_press(m, KEYS[8], KEYS[11], trigger, ARGV[11], now + ARGV[8], id) end
if replaced then
  burn(old, KEYS[10], KEYS[5], old_id, now)
  note(old, KEYS[3], old_id, 'replaced', creator)
end
return { 'created' }
