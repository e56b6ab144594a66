#!lua flags=no-writes
-- Read records and their ciphertext as of one moment. A script, because a MULTI is refused when
-- memory is full, and a burn has to read first.
-- KEYS  record and blob of each secret, in turn
-- REPLY { now ms, quarantine's number or 0, since when in ms or 0,
--         { part, mac, key, state, views, confirmed, claimed, ended, last, reader, trail,
--           received, collector, born, lifetime, language }, blob or false, ... }

local found = { text(now_ms()), back, back_since }
for i = 1, #KEYS, 2 do
  found[#found + 1] = redis.call('HMGET', KEYS[i], 'part', 'mac', 'key', 'state', 'views',
    'confirmed', 'claimed', 'ended', 'last', 'reader', 'trail', 'received', 'collector',
    'born', 'lifetime', 'language')
  found[#found + 1] = redis.call('GET', KEYS[i + 1])
end
return found
