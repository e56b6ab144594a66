#!lua
-- Before a secret whose link takes a while: this press of Submit is ours, and nothing is known
-- against it. A full store refuses here already, while the agent's text is still on the screen.
-- KEYS  1 submission  2 audit  3 creates  4 fading
-- ARGV  1 trigger  2 submission ms  3 creates an hour or ''  4 workspace  5 user  6 pressed
-- REPLY { 'reserved' }   { 'duplicate' }  this press is known   { 'limited', ms to try again at }
--       error OOM

local now = now_ms()
local seen = redis.call('HMGET', KEYS[1], ARGV[1], 'pressed', 'id')
if known_press(seen[1], seen[2], ARGV[6]) then return { 'duplicate' } end
-- A view that has made a secret asks for another in its place; put.lua looks whether it lives.
local again = not seen[3] and over_limit(KEYS[3], ARGV[3], now)
if again then
  refused_by_policy(KEYS[2], ARGV[4], ARGV[5])
  return { 'limited', text(again) }
end
local m = memory()
local full = no_room(m)
if full then return full end
redis.call('HSET', KEYS[1], ARGV[1], 1, 'pressed', ARGV[6], 'holder', ARGV[1])
fade_at(m, KEYS[1], KEYS[4], text(now + ARGV[2]))
return { 'reserved' }
