-- Shared by every script, as _record.lua is: what the store does when its memory is full. Asked in the
-- step that writes, of the very server that is written to: its answer can't be old or another's.

local NO_ROOM = 0.95 -- the rest is for revealing, burning and counting, which go on

-- A line's value. By a plain search: this is on the way of every reveal.
local function said(info, name)
  local _, at = string.find(info, '\n' .. name .. ':', 1, true)
  return at and string.match(info, '^[%w-]+', at + 1)
end

-- Whether keys with a TTL may be dropped before it. A store that doesn't say is taken for one that
-- would.
local function memory()
  local info = redis.pcall('INFO', 'memory')
  if type(info) ~= 'string' then info = '' end
  return {
    evicts = said(info, 'maxmemory_policy') ~= 'noeviction',
    limit = tonumber(said(info, 'maxmemory')) or 0,
    used = (tonumber(said(info, 'used_memory')) or 0)
      - (tonumber(said(info, 'mem_not_counted_for_evict')) or 0),
  }
end

-- Before something new: nil, or the error of a full store, early enough that what is there can
-- still be opened. Where others' keys can make room for ours, the store is left to make it.
local function no_room(m)
  if m.limit == 0 or m.used < NO_ROOM * m.limit then return nil end
  if m.evicts then
    local info = redis.pcall('INFO', 'keyspace')
    if type(info) == 'string' and string.find(info, 'expires=[1-9]') then return nil end
  end
  return redis.error_reply('OOM almost')
end

-- A key that ends at a moment (ms): by the store's own TTL where that is never taken for leave to
-- drop it earlier, else by the sweeper.
local function set_until(m, key, value, ms)
  if m.evicts then return redis.call('SET', key, value) end
  return redis.call('SET', key, value, 'PXAT', ms)
end

local function end_at(m, key, ms)
  if m.evicts then return redis.call('PERSIST', key) end
  return redis.call('PEXPIREAT', key, ms)
end

-- The same for what no other list of the sweeper's names: fade.lua ends it.
local function fade_at(m, key, fading, ms)
  end_at(m, key, ms)
  if m.evicts then redis.call('ZADD', fading, ms, key) end
end
