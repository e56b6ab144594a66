"""What only the doctor asks the store: facts that would cost too much at every /readyz.

What the store must promise is ``health``'s to say. Every function raises StoreError.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis

from storage import checkpoints, keys, ledger
from storage.errors import IntegrityError
from storage.guard import MARKS, Guard, went_back
from storage.journal import Mark
from storage.ledger import Ledger
from storage.model import Seconds
from storage.notices import NEVER
from storage.store import node_of, translated

SAMPLE = 2000
_PAGE = 200
_CALL = re.compile(r"redis\.p?call\(\s*'([A-Z]+)'")

# What the code asks for outside its scripts; what those call is read from their text.
_ASKED = (
    "EVAL", "EVALSHA", "GET", "HGET", "HGETALL", "HMGET", "INFO", "SCAN", "TIME", "XACK", "XADD",
    "XAUTOCLAIM", "XGROUP CREATE", "XINFO GROUPS", "XPENDING", "XRANGE", "XREADGROUP", "XREVRANGE",
    "ZCOUNT", "ZREVRANGEBYSCORE",
)  # fmt: skip
# What would let a stolen REDIS_URL end everything at once, or turn the server against its machine.
_BEYOND = (
    "ACL SETUSER", "CONFIG SET", "DEBUG", "FLUSHALL", "FLUSHDB", "KEYS", "MODULE LOAD", "REPLICAOF",
    "SHUTDOWN",
)  # fmt: skip
_KEY = f"{keys.PREFIX}{{doctor}}:audit"
_FOREIGN = "doctor:foreign"
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "ACL SETUSER": ("doctor",),
    "DEL": (_KEY,), "EXISTS": (_KEY,),
    "CONFIG SET": ("appendfsync", "always"),
    "DEBUG": ("SLEEP", "0"),
    "EVAL": ("return 1", "1", _KEY),
    "EVALSHA": ("0" * 40, "1", _KEY),
    "FLUSHALL": (), "FLUSHDB": (), "INFO": (), "SHUTDOWN": (), "TIME": (),
    "KEYS": ("*",),
    "MODULE LOAD": ("none.so",),
    "REPLICAOF": ("NO", "ONE"),
    "SCAN": ("0",),
    "XGROUP": ("CREATE", _KEY, "doctor", "0"),
    "XGROUP CREATE": (_KEY, "doctor", "0"),
    "XINFO": ("CONSUMERS", _KEY, "doctor"),
    "XINFO GROUPS": (_KEY,),
    "XPENDING": (_KEY, "doctor"),
    "XREADGROUP": ("GROUP", "doctor", "doctor", "STREAMS", _KEY, ">"),
}  # fmt: skip
# Asks the server's own judge, so nothing is run. A name that it does not know counts as forbidden.
_JUDGE = """local allowed = {}
for i, line in ipairs(ARGV) do
  local words = cjson.decode(line)
  local known, may = pcall(function() return redis.acl_check_cmd(unpack(words)) end)
  allowed[i] = known and may and 1 or 0
end
return allowed"""


@dataclass(frozen=True, slots=True)
class Facts:
    """Memory and disk. Sizes in bytes, ``limit`` 0 for none, ``base`` after the last rewrite.

    ``appended``, ``rewritten`` and ``saved``: whether the last write to the append-only file, its
    last rewrite and the last snapshot went well.
    """

    used: int
    limit: int
    evicted: int
    appended: bool
    rewritten: bool
    saved: bool
    size: int
    base: int
    role: str


async def facts(redis: Redis) -> Facts:
    """Read INFO."""
    async with translated():
        info: dict[str, Any] = await redis.info("everything")

    def number(name: str) -> int:
        return int(info.get(name, 0))

    def well(name: str) -> bool:
        return bool(info.get(name, "ok") == "ok")

    return Facts(
        used=number("used_memory"),
        limit=number("maxmemory"),
        evicted=number("evicted_keys"),
        appended=well("aof_last_write_status"),
        rewritten=well("aof_last_bgrewrite_status"),
        saved=well("rdb_last_bgsave_status"),
        size=number("aof_current_size"),
        base=number("aof_base_size"),
        role=str(info.get("role", "unknown")),
    )


@dataclass(frozen=True, slots=True)
class Permissions:
    """Commands that the user lacks, and dangerous ones that it has. ``foreign``: keys of others."""

    missing: tuple[str, ...]
    beyond: tuple[str, ...]
    foreign: bool


async def permissions(redis: Redis) -> Permissions:
    """Ask what the user of REDIS_URL may do."""
    needed = sorted({*_ASKED, *_called()})
    foreign = ["GET", _FOREIGN]
    lines = [_example(name) for name in (*needed, *_BEYOND)] + [foreign]
    async with translated():
        allowed: Any = await redis.eval(_JUDGE, 0, *map(_json, lines))
    verdict = dict(zip((*needed, *_BEYOND), allowed, strict=False))
    return Permissions(
        missing=tuple(name for name in needed if not verdict[name]),
        beyond=tuple(name for name in _BEYOND if verdict[name]),
        foreign=bool(allowed[-1]),
    )


def _called() -> set[str]:
    texts = [path.read_text() for path in (files("storage") / "lua").iterdir()]
    return {name for text in texts for name in _CALL.findall(text)}


def _example(name: str) -> list[str]:
    return [*name.split(), *_ARGUMENTS.get(name, (_KEY, "1", "1", "1"))]


def _json(words: list[str]) -> str:
    return "[" + ",".join(f'"{word}"' for word in words) + "]"


@dataclass(frozen=True, slots=True)
class KeyNames:
    """How many records of a sample name which key; ``whole``: the sample is all there is."""

    counts: Mapping[str, int]
    whole: bool


async def key_names(redis: Redis) -> KeyNames:
    """Look at up to SAMPLE records."""
    names: list[bytes] = []
    async with translated():
        async for name in redis.scan_iter(f"{keys.PREFIX}{{????}}:record:*", count=_PAGE):
            names.append(name)
            if len(names) > SAMPLE:
                break
        sample = names[:SAMPLE]
        async with redis.pipeline(transaction=False) as pipeline:
            for name in sample:
                pipeline.hget(name, "key")
            found: list[bytes | None] = await pipeline.execute()
    counts = Counter((key or b"").decode("ascii", "replace") for key in found)
    return KeyNames(counts, whole=len(names) == len(sample))


@dataclass(frozen=True, slots=True)
class Work:
    """What a ``bot`` process does for one tag, by the store's clock, in seconds.

    ``sealed`` is the age of the last checkpoint (None: there is none), ``unsealed`` how long the
    oldest entry has waited for one, ``overdue`` how long the first secret that must be looked at
    has, ``leased`` whether somebody is at it now.
    """

    tag: str
    sealed: float | None
    unsealed: float
    overdue: float
    leased: bool


async def work(redis: Redis) -> list[Work]:
    """Look at every tag that has a trail, or a process that would seal it."""
    known = await ledger.tags(redis)
    async with translated():
        async for key in redis.scan_iter(keys.sealer("????"), count=_PAGE):
            known.add(key.decode().partition("{")[2].partition("}")[0])
    return [await work_of(redis, tag) for tag in sorted(known)]


async def work_of(redis: Redis, tag: str) -> Work:
    """Look at one tag."""
    async with translated():
        seconds, micros = await (await node_of(redis, keys.due(tag))).time()
        until: Any = await redis.hget(keys.sealer(tag), "until")
        due: Any = await redis.zrange(keys.due(tag), 0, 0, withscores=True)
    now = seconds + micros / 1e6
    made, last = await _last(redis, tag)
    async with translated():
        waiting: Any = await redis.xrange(keys.audit(tag), f"({last}", count=1)
    oldest = int(waiting[0][0].split(b"-")[0]) / 1000 if waiting else now
    return Work(
        tag=tag,
        sealed=None if made is None else max(now - made, 0.0),
        unsealed=max(now - oldest, 0.0),
        overdue=max(now - due[0][1] / 1000, 0.0) if due else 0.0,
        leased=int(until or 0) / 1000 > now,
    )


async def _last(redis: Redis, tag: str) -> tuple[Seconds | None, str]:
    """When the last checkpoint was made, and up to which entry it goes; unbelieved."""
    for sealed in (await Ledger(redis, tag).newest())[:1]:
        try:
            found = checkpoints.read(sealed, tag)
        except IntegrityError:
            break
        return found.made, str(found.until)
    return None, str(NEVER)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one tag stands against what this DATA_DIR has noted of it.

    ``held``: for how many seconds its older single-use secrets have been held back (None: they are
    not). ``behind``: the store lacks what was noted, and no process has acted on it yet.
    """

    tag: str
    held: float | None
    behind: bool


async def standings(redis: Redis, guard: Guard) -> list[Standing]:
    """Look at every tag's generation. A script would act on what it finds, so none is run."""
    known = set(guard.known())
    async with translated():
        async for key in redis.scan_iter(keys.generation("????"), count=_PAGE):
            known.add(keys.tag_in(key.decode()))
    return [await _standing(redis, tag, guard.noted(tag)) for tag in sorted(known)]


async def _standing(redis: Redis, tag: str, noted: Mark | None) -> Standing:
    async with translated():
        seconds, micros = await redis.time()
        found: Any = await redis.hgetall(keys.generation(tag))
    since_ms = int(found.get(b"at", 0)) if found.get(b"back", b"0") != b"0" else 0
    number = int(found.get(b"number", 0))
    there = found.get(str(noted.number % MARKS).encode(), b"").decode() if noted else ""
    return Standing(
        tag=tag,
        held=max(seconds + micros / 1e6 - since_ms / 1000, 0.0) if since_ms else None,
        behind=noted is not None and went_back(noted, number, there),
    )
