#!lua flags=no-writes
-- Entries of the trail, each with names and values in the order they were written and with doubled
-- names kept, which a client's dictionary would fold.
-- KEYS  1 audit or seals
-- ARGV  1 from  2 to  3 at most so many
-- REPLY entries, oldest first

return redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])
