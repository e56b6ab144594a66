#!lua flags=no-writes
-- The guard's own look, while nothing else happens. What it noted is compared as for every script.
-- KEYS  none but the generation
-- REPLY { quarantine's number or 0, since when in ms or 0 }

return { back, back_since }
