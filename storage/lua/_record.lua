-- Shared by every script: put in front of each by scripts.py, after the #!lua line.
--
-- A record is a hash:  part, mac, key    written once (docs/protocol.md, "What the server stores"), and
--                                        anew by extend.lua
--   state                                active, viewed, burned, expired, lost, tampered
--                                        a request: waiting, received, collected, and the last four
--   views, last, reader                  how often opened, when last (ms), by whom (sealed)
--   nonce, claimed, retries, confirmed   the single-use claim: bound nonce, times in ms
--   sent, received                       a request's answer: the bound nonce of its submission, when (ms)
--   attempt, withheld                    the newest claim's token, and the one whose ciphertext is
--                                        known to have stayed with us: its change did not show itself
--                                        durable in time
--   collector                            the user who collected it
--   saved                                when (ms) the collector said that it is in the vault
--   language                             which one its agent chose for the customer, if any
--   composed                             1: a request whose page made it, so that the courier posts
--                                        its message
--   nudged                               the hard expiry (ms) of which its creator was warned
--   lifetime                             what it was first given (s), once its life was extended
--   ended                                when it reached its end (ms); the sweeper counts from it
--   born                                 the tag's generation when it was made (_guard.lua)
--   trail                                ids of its audit entries, at most 100
--   refused                              marks of refused openings, at most 20
--   guesses                              macs of wrong passphrase proofs, each counted once
-- Every reply is  { outcome, part, mac, key, ... }  or  { 'missing' }, inside _guard.lua's.

local TRAIL_MAX = 100
local REFUSED_MAX = 20
local RETRY_WINDOW_MS = 30000
local RETRIES_MAX = 3
local TRIES_MAX = 5
local CHECK_MS = 86400000 -- the sweeper looks at a living secret once a day: is it still there?
local NUDGE_SHARE = 10 -- the creator is warned in the last tenth of its life

-- What time, a loss or a person can still end; and what a reader's page has got, for share and
-- request alike.
local LIVING = { active = true, waiting = true, received = true }
local CLAIMED = { viewed = true, collected = true }

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function text(ms)
  return string.format('%.0f', ms)
end

-- The immutable part's fields; nil or an error when the lengths do not add up (it was altered).
local function parse(part)
  local f = { struct.unpack(string.rep('>I4c0', 20), part) }
  -- 20 fields and the position behind them, which must be the end.
  if f[21] ~= #part + 1 then return nil end
  return {
    id = f[2], workspace = f[3], creator = f[4], kind = f[5], single_use = f[11] == '\1',
    created = struct.unpack('>I8', f[12]) * 1000, expires = struct.unpack('>I8', f[13]) * 1000,
    link = f[15], passphrase = f[16], submit = f[17], collect_by = f[19], is_request = f[5] == 'r',
  }
end

local function load(key)
  local v = redis.call('HMGET', key, 'part', 'mac', 'key', 'state', 'views', 'nonce', 'claimed',
    'retries', 'confirmed', 'ended', 'trail', 'refused', 'guesses', 'sent', 'received', 'saved',
    'born', 'attempt', 'withheld', 'nudged', 'language')
  if not v[1] then return nil end
  local ok, parsed = pcall(parse, v[1])
  return {
    key = key, part = v[1], mac = v[2], key_name = v[3], state = v[4],
    views = tonumber(v[5]) or 0, nonce = v[6], claimed = tonumber(v[7]),
    retries = tonumber(v[8]) or 0, confirmed = v[9], ended = tonumber(v[10]),
    trail = v[11] or '', refused = v[12] or '', guesses = v[13] or '',
    sent = v[14], received = v[15], saved = v[16], born = tonumber(v[17]) or 0,
    attempt = v[18], withheld = v[19], nudged = v[20], language = v[21] or '',
    fixed = ok and parsed or nil,
  }
end

local function reply(outcome, r, ...)
  return { outcome, r.part, r.mac, r.key_name, ... }
end

-- Append to the stream and remember the entry's id in the record: one step with the change.
-- A full trail keeps its first entry (created) and the newest ones. Further fields may follow.
local function note(r, stream, id, event, by, reader, ...)
  local entry = redis.call('XADD', stream, '*', 'workspace', r.fixed.workspace, 'id', id,
    'event', event, 'by', by or '', 'reader', reader or '', ...)
  local ids = {}
  for known in string.gmatch(r.trail, '%S+') do ids[#ids + 1] = known end
  if #ids >= TRAIL_MAX then table.remove(ids, 2) end
  ids[#ids + 1] = entry
  r.trail = table.concat(ids, ' ')
  redis.call('HSET', r.key, 'trail', r.trail)
end

-- The secret's end: the ciphertext goes in the same step that says why.
local function finish(r, blob, due, id, state, now)
  redis.call('DEL', blob)
  redis.call('HSET', r.key, 'state', state, 'ended', text(now))
  redis.call('ZADD', due, text(now), id)
  r.state, r.ended = state, now
end

-- Whether it is held back: single use, and made before the store was seen to have gone back, so that
-- nobody knows whether it has been shown since.
local function quarantined(r)
  return r.fixed.single_use and r.born < back
end

-- Whether nobody has got anything of it yet: no reader, no answer.
local function untouched(r, state)
  return state == 'waiting' or state == 'active' and r.views == 0
end

-- Whether its creator has yet to hear that it is about to end like that. An extension is a new end.
local function awaits_nudge(r, state)
  return untouched(r, state) and r.nudged ~= text(r.fixed.expires)
end

local function nudge_at(r)
  return r.fixed.expires - (r.fixed.expires - r.fixed.created) / NUDGE_SHARE
end

-- When the sweeper is to look at what lives.
local function next_look(r, state, now)
  local at = math.min(r.fixed.expires, now + CHECK_MS)
  return text(awaits_nudge(r, state) and math.min(at, nudge_at(r)) or at)
end

-- Until when the page that claimed may ask again; the hard expiry holds for it too.
local function window_end(r, claimed)
  return math.min(claimed + RETRY_WINDOW_MS, r.fixed.expires)
end

-- Whether the newest claim is known to have handed nothing out.
local function is_withheld(r)
  return CLAIMED[r.state] and r.withheld and r.withheld == r.attempt and not r.confirmed
end

-- The reply stands for a change that was made before, perhaps a moment ago and not yet durable: it
-- is written once more, so that the wait for this reply covers it.
local function vouched(outcome, r, ...)
  if r.state then redis.call('HSET', r.key, 'state', r.state) end
  return reply(outcome, r, ...)
end

-- Claimed, and nobody saw it: the reveal could not be made durable while its page asked. The trail
-- keeps who had asked.
local function lose_withheld(r, stream, blob, due, id, now)
  finish(r, blob, due, id, 'lost', now)
  redis.call('HDEL', r.key, 'withheld', 'claimed', 'collector', 'last', 'reader')
  redis.call('HSET', r.key, 'views', 0)
  r.claimed = nil
  note(r, stream, id, 'withheld')
  r.news = 'withheld'
end

-- What a record's state is at this moment. In quarantine it reads lost, and nothing is written: an
-- operator may accept the restore. Expiry is decided by the store's clock and the
-- record, never by a key's absence; a missing blob before its time is a loss and is said so.
local function settle(r, stream, blob, due, id, now)
  if is_withheld(r) and now >= window_end(r, r.claimed or 0) then
    lose_withheld(r, stream, blob, due, id, now)
  end
  if not LIVING[r.state] then return r.state end
  if now >= r.fixed.expires then
    -- Said once, it stays so: a clock that is set back must not revive what somebody saw end.
    finish(r, blob, due, id, 'expired', r.fixed.expires)
    note(r, stream, id, 'expired')
    return r.state
  end
  if quarantined(r) then
    r.held_back = true
    return 'lost'
  end
  if r.state ~= 'waiting' and redis.call('EXISTS', blob) == 0 then
    finish(r, blob, due, id, 'lost', now)
    note(r, stream, id, 'lost')
    r.news = 'lost'
  end
  return r.state
end

-- What a person may still end: what lives, also what is held back.
local function can_end(r, stream, blob, due, id, now)
  settle(r, stream, blob, due, id, now)
  return LIVING[r.state]
end

-- The end that must not be undone, by a person or by wrong guesses.
local function burn(r, blob, due, id, now)
  finish(r, blob, due, id, 'burned', now)
  raise(id)
end

-- { reason, at, 'lost' or 'withheld' if this very call found it so, else '' } for a caller who proved the fragment.
local function ending(r)
  if r.held_back then return 'lost', text(back_since), '' end
  return r.state, text(r.ended or r.claimed or r.fixed.expires), r.news or ''
end

-- nil when this browser may collect the request's answer, else what is missing: 'session', or
-- 'stranger' whom no session helps. `person` is whose session it is ("workspace|user", '' for none),
-- `granted` is '1' when a ticket of it names this request: for a channel's request that shows that
-- the button there was pressed.
local function barred(r, person, granted)
  if person == '' then return 'session' end
  local room, user = string.match(person, '^(.-)|(.*)$')
  if room ~= r.fixed.workspace then return 'stranger' end
  if r.fixed.collect_by == 'me' and user ~= r.fixed.creator then return 'stranger' end
  return granted ~= '1' and 'session' or nil
end

-- The user of "workspace|user".
local function user_of(person)
  return string.match(person, '|(.*)$')
end

-- One entry for a client address and hour, so that a look and a click count once. Not for the
-- creator's own browser: they may look after their links.
local function refuse(r, stream, id, now, reader, mark, viewer, event)
  if viewer == r.fixed.workspace .. '|' .. r.fixed.creator then return end
  local this = mark .. math.floor(now / 3600000)
  local count = 0
  for known in string.gmatch(r.refused, '%S+') do
    count = count + 1
    if known == this then return end
  end
  if count >= REFUSED_MAX then return end
  redis.call('HSET', r.key, 'refused', r.refused .. this .. ' ')
  note(r, stream, id, event or 'refused', '', reader)
end

-- How many wrong passphrases are left; '' when there is none to type.
local function tries_left(r)
  if r.fixed.passphrase == '' then return '' end
  return text(TRIES_MAX - #r.guesses / 32)
end

-- 'right', 'new' (wrong, and counted now) or 'known' (a wrong one that was counted before). Counted
-- first, then compared: a try that can't be written down is an error, not a free guess. A page
-- that asks again after its claim has shown the right one, so its tries are not counted.
local function try_passphrase(r, guess, counts)
  for i = 1, #r.guesses, 32 do
    if string.sub(r.guesses, i, i + 31) == guess then return 'known' end
  end
  local before = r.guesses
  if counts then
    r.guesses = before .. guess
    redis.call('HSET', r.key, 'guesses', r.guesses)
  end
  if guess ~= r.fixed.passphrase then return counts and 'new' or 'known' end
  if counts then
    r.guesses = before
    redis.call('HSET', r.key, 'guesses', before)
  end
  return 'right'
end

-- Whether a press of Submit was seen before, or was pressed before the one that made the link
-- which the agent now has. `pressed` is by Slack's clock.
local function known_press(seen, last, pressed)
  return seen or tonumber(pressed) < (tonumber(last) or 0)
end

-- Before a press of Submit makes its secret: nil, or the reply that ends the matter; and the id of
-- what the same view made before, which the new one replaces. `reserved` is '1' when reserve.lua has
-- taken this press.
local function check_press(key, trigger, pressed, reserved, old_id)
  local seen = redis.call('HMGET', key, trigger, 'pressed', 'id', 'holder')
  if reserved == '1' then
    if seen[4] ~= trigger then return { 'duplicate' } end -- a later press took its place
  elseif known_press(seen[1], seen[2], pressed) then
    return { 'duplicate' }
  end
  if seen[3] and seen[3] ~= old_id then return { 'replaces', seen[3] } end
  return nil, seen[3]
end

local function remember_press(m, key, fading, trigger, pressed, ends, id)
  redis.call('HSET', key, trigger, 1, 'pressed', pressed, 'id', id, 'holder', trigger)
  fade_at(m, key, fading, text(ends))
end

-- How many secrets an agent makes in an hour, counted as a GCRA in one number: the moment (ms) at
-- which what was made is worked off. Nil, or when to try again.
local function over_limit(key, per_hour, now)
  if per_hour == '' then return nil end
  local worked_off = math.max(now, tonumber(redis.call('GET', key)) or 0)
  local again = worked_off + 3600000 / per_hour - 3600000
  return again > now and again or nil
end

-- One key for each agent: where the store may not end it, it stays.
local function count_create(m, key, per_hour, now)
  if per_hour == '' then return end
  local worked_off = math.max(now, tonumber(redis.call('GET', key)) or 0) + 3600000 / per_hour
  set_until(m, key, text(worked_off), text(worked_off))
end

-- An entry without an id: nothing was made. What was wished for stands in no store, save the rule
-- that forbade it.
local function refused_by_policy(stream, workspace, by)
  redis.call('XADD', stream, '*', 'workspace', workspace, 'id', '', 'event', 'refused_by_policy',
    'by', by, 'reader', '', 'rule', 'creates_per_hour')
end

-- Candidates come in groups, one for each configured key: name, link verifier, nonce, passphrase
-- verifier, as far as the script needs them.
-- Comparing HMACs under a key the caller doesn't know needs no constant time.
local function proven(r, from, width)
  if not r.fixed then return nil end
  for i = from, #ARGV, width do
    if ARGV[i] == r.key_name then
      if ARGV[i + 1] ~= r.fixed.link then return nil end
      return { nonce = ARGV[i + 2], passphrase = ARGV[i + 3] }
    end
  end
  return nil
end

-- The same for whoever has a request's own link: name, submit verifier.
local function may_submit(r, from)
  if not r.fixed or not r.fixed.is_request then return false end
  for i = from, #ARGV, 2 do
    if ARGV[i] == r.key_name then return ARGV[i + 1] == r.fixed.submit end
  end
  return false
end
