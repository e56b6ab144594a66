#!lua flags=allow-oom
-- A record that is gone before its time: on record, with what the stream still knows of it, so that
-- its creator can be told. The record is not made again.
-- KEYS  1 record  2 blob  3 audit  4 due  5 index  6 notice
-- ARGV  1 id  2 its workspace, or '' when the stream doesn't know it  3 retention ms
--       4... ids of its entries in the stream, oldest first
-- REPLY { 'lost' }   { 'known' }  told before, forgotten meanwhile, or there again

local id = ARGV[1]
local created = tonumber(redis.call('ZSCORE', KEYS[5], id))
if not created or redis.call('EXISTS', KEYS[1]) == 1 then return { 'known' } end
if redis.call('HEXISTS', KEYS[6], 'trail') == 1 then return { 'known' } end

redis.call('DEL', KEYS[2])
local r = { key = KEYS[6], trail = table.concat(ARGV, ' ', 4), fixed = { workspace = ARGV[2] } }
note(r, KEYS[3], id, 'lost') -- which keeps the trail where the notice is, since the record is gone
redis.call('ZADD', KEYS[4], text(created + tonumber(ARGV[3])), id)
return { 'lost' }
