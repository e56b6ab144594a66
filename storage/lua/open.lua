#!lua flags=allow-oom
-- The claim. A single-use secret is bound to the first nonce; the same nonce gets the same bytes
-- again for 30 seconds and at most 3 more times; any other is refused and recorded.
-- Each answer is an attempt with a token: should it be withheld, withhold.lua says so by that.
-- With a passphrase, its proof is checked first: five wrong ones destroy the secret. A try is
-- counted before it is compared, the same wrong proof once, and only behind the right link proof.
-- A request's answer is collected: its link alone is not enough, a session must allow it too.
-- KEYS  1 record  2 blob  3 audit  4 due
-- ARGV  1 id  2 sealed reader  3 address mark  4 whose browser, or ''
--       5 whose session, or ''  6 '1' when its tickets name this request  7 the attempt's token
--       then for each key: name, link verifier, nonce mac, passphrase verifier or ''
-- REPLY { 'opened', part, mac, key, stored, views, retry until ms or '' }
--       { 'waiting', part, mac, key }       a request that nobody has answered yet
--       { 'session' or 'stranger', part, mac, key }    not with this session; it may not collect
--       { 'passphrase', part, mac, key }    it wants one (not a try)
--       { 'wrong', part, mac, key, tries left }
--       { 'gone', part, mac, key, reason, at ms, 'lost' or 'withheld' if found so just now or '' }
--       { 'unproven', part, mac, key }   { 'missing' }

local id, reader = ARGV[1], ARGV[2]
local r = load(KEYS[1])
if not r then return { 'missing' } end
local caller = proven(r, 8, 4)
if not caller then return reply('unproven', r) end

local now = now_ms()
local state = settle(r, KEYS[3], KEYS[2], KEYS[4], id, now)
local again = CLAIMED[state] and r.nonce == caller.nonce and not quarantined(r)
local asks = LIVING[state] or again
local bar = r.fixed.is_request and barred(r, ARGV[5], ARGV[6])
if asks and bar then return reply(bar, r) end
if state == 'waiting' then return reply('waiting', r) end
if asks and r.fixed.passphrase ~= '' then
  if caller.passphrase == '' then return reply('passphrase', r) end
  local verdict = try_passphrase(r, caller.passphrase, state == 'active')
  if verdict == 'new' then
    note(r, KEYS[3], id, 'wrong_passphrase', '', reader)
    raise()
  end
  if #r.guesses >= TRIES_MAX * 32 then
    burn(r, KEYS[2], KEYS[4], id, now)
    note(r, KEYS[3], id, 'destroyed')
    return reply('gone', r, ending(r))
  end
  if verdict ~= 'right' then return reply('wrong', r, tries_left(r)) end
end

-- Who collects has a name, and their words are other ones than a customer's.
local by = r.fixed.is_request and user_of(ARGV[5]) or ''
if LIVING[state] then
  local stored = redis.call('GET', KEYS[2])
  r.views = r.views + 1
  if not r.fixed.single_use then
    redis.call('HSET', r.key, 'views', r.views, 'last', text(now), 'reader', reader)
    note(r, KEYS[3], id, 'opened', '', reader)
    return reply('opened', r, stored, text(r.views), '')
  end
  local claimed = r.fixed.is_request and 'collected' or 'viewed'
  redis.call('HSET', r.key, 'state', claimed, 'views', r.views, 'last', text(now),
    'reader', reader, 'nonce', caller.nonce, 'claimed', text(now), 'attempt', ARGV[7])
  -- The store itself ends the window, should every process of ours be dead by then. Where it was not
  -- to end the secret, since it takes a TTL for leave to drop what has one, the sweeper does.
  local window = window_end(r, now)
  redis.call('PEXPIREAT', KEYS[2], text(window), 'XX')
  redis.call('ZADD', KEYS[4], text(window), id)
  if by ~= '' then redis.call('HSET', r.key, 'collector', by) end
  note(r, KEYS[3], id, r.fixed.is_request and 'collected' or 'opened', by, reader)
  raise(id)
  return reply('opened', r, stored, text(r.views), text(window))
end

if again then
  local stored = redis.call('GET', KEYS[2])
  local window = window_end(r, r.claimed or 0)
  -- What was withheld was no answer: asking again after it is not counted.
  local held = is_withheld(r)
  if stored and now < window and (held or r.retries < RETRIES_MAX) then
    redis.call('HSET', r.key, 'retries', r.retries + (held and 0 or 1), 'attempt', ARGV[7])
    redis.call('HDEL', r.key, 'withheld')
    note(r, KEYS[3], id, 'retried', by, reader)
    ended[#ended + 1] = id -- the process that claimed may have died before it noted that
    return reply('opened', r, stored, text(r.views), text(window))
  end
  return reply('gone', r, ending(r))
end
if r.fixed.is_request and not bar then return reply('gone', r, ending(r)) end -- as in look.lua
-- The page whose reveal was withheld, a moment too late: it is no second opening.
if r.nonce == caller.nonce then return reply('gone', r, ending(r)) end
refuse(r, KEYS[3], id, now, reader, ARGV[3], ARGV[4])
return reply('gone', r, ending(r))
