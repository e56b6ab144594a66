#!lua flags=allow-oom
-- An operator has looked and accepts the restore: what came back may be opened again, save what the
-- journals of burned ids have ended.
-- KEYS  1 audit
-- REPLY { 'accepted', since when it was held back, in ms }   { 'nothing' }

if back == 0 then return { 'nothing' } end
redis.call('HDEL', generation, 'back', 'at')
redis.call('XADD', KEYS[1], '*', 'workspace', '', 'id', '', 'event', 'restore_accepted', 'by', '',
  'reader', '')
return { 'accepted', back_since }
