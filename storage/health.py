"""What the store must promise, checked at start and reported by /readyz."""

import asyncio
import time
from dataclasses import dataclass, replace

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from storage.errors import StoreError, StoreUnavailable, UnsafeStore
from storage.memory import Memory
from storage.store import nodes, translated

REDIS_MIN = (7, 0)
SKEW_MAX = 5.0
WAIT_STEP = 2.0

_log = structlog.get_logger("storage.health")


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What the store says of itself. ``problems`` stop the start; ``degraded`` is allowed.

    ``filled`` is the part of its memory that is used; without a limit 0.
    """

    version: str
    policy: str
    memory: str
    durability: str
    evicted: int
    skew: float
    filled: float
    problems: tuple[str, ...]
    degraded: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether the product's promises hold on this store, save what the operator allowed."""
        return not self.problems and abs(self.skew) <= SKEW_MAX


@dataclass(frozen=True, slots=True)
class Check:
    """What another part of the process says of itself to /readyz, beside the store."""

    name: str
    found: str
    ok: bool


async def inspect(redis: Redis, *, allow_degraded: bool) -> StoreReport:
    """Ask version, eviction policy, durability, evictions and clock. Raises StoreError.

    Of several servers each is asked, and the weakest speaks for all.
    """
    async with translated():
        servers = await nodes(redis)
    reports = [await _inspect(server, allow_degraded=allow_degraded) for server in servers]
    return replace(
        max(reports, key=lambda one: (bool(one.problems), bool(one.degraded), abs(one.skew))),
        evicted=sum(one.evicted for one in reports),
        memory=max(reports, key=lambda one: one.filled).memory,
        problems=tuple(dict.fromkeys(text for one in reports for text in one.problems)),
        degraded=tuple(dict.fromkeys(text for one in reports for text in one.degraded)),
    )


async def _inspect(redis: Redis, *, allow_degraded: bool) -> StoreReport:
    async with translated():
        info = await redis.info("everything")
        seconds, micros = await redis.time()
    memory = Memory.of(info)
    skew = time.time() - (seconds + micros / 1e6)
    problems = [*_version_problems(info), *_policy_problems(memory)]
    durability, weakness = await _durability(redis, info)
    degraded: list[str] = []
    if weakness:
        (degraded if allow_degraded else problems).append(weakness)
    return StoreReport(
        version=_name(info),
        policy=memory.policy,
        memory=str(memory),
        filled=memory.used / memory.limit if memory.limit else 0.0,
        durability=durability,
        evicted=memory.evicted,
        skew=round(skew, 3),
        problems=tuple(problems),
        degraded=tuple(degraded),
    )


def _name(info: dict[str, object]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', 'unknown')}"


def _version_problems(info: dict[str, object]) -> list[str]:
    found = str(info.get("redis_version", "0.0"))  # Valkey reports the Redis it is compatible with
    numbers = tuple(int(n) if n.isdigit() else 0 for n in found.split(".")[:2])
    if numbers >= REDIS_MIN:
        return []
    return [f"the store is {_name(info)}; slash-secret needs Redis 7.0 or later, or Valkey."]


def _policy_problems(memory: Memory) -> list[str]:
    if memory.is_safe:
        return []
    return [
        (
            f"the store's maxmemory-policy is {memory.policy}, which can drop secrets silently; "
            "set maxmemory-policy to noeviction (or, on a store that others use as a cache, to "
            "volatile-lru)."
        )
    ]


async def _durability(redis: Redis, info: dict[str, object]) -> tuple[str, str | None]:
    if not int(str(info.get("aof_enabled", 0))):
        return "none", (
            "the store has no append-only file, so a crash could undo burns and lose secrets; "
            "set appendonly to yes and appendfsync to always, or ALLOW_DEGRADED_DURABILITY=true."
        )
    try:
        config = await redis.config_get("appendfsync", "no-appendfsync-on-rewrite")
    except ResponseError:
        return "unknown", (
            "the store does not tell its appendfsync (CONFIG is forbidden); if it is always, "
            "or if you accept the risk, set ALLOW_DEGRADED_DURABILITY=true."
        )
    except RedisError as error:
        raise StoreUnavailable("the store gave no answer") from error
    fsync = str(config.get("appendfsync"))
    if fsync != "always":
        return fsync, (
            f"the store's appendfsync is {fsync}, so a crash could undo the last second's burns; "
            "set appendfsync to always, or ALLOW_DEGRADED_DURABILITY=true."
        )
    if config.get("no-appendfsync-on-rewrite") == "yes":
        return "always, not during rewrites", (
            "the store skips fsync during rewrites; set no-appendfsync-on-rewrite to no, "
            "or ALLOW_DEGRADED_DURABILITY=true."
        )
    return "always", None


async def wait_for_store(redis: Redis, *, allow_degraded: bool, patience: float) -> StoreReport:
    """Wait until the store answers, then insist on what it must promise.

    Raises StoreUnavailable after ``patience`` seconds, UnsafeStore at once.
    """
    report = await _first_answer(redis, allow_degraded=allow_degraded, patience=patience)
    if report.problems:
        raise UnsafeStore(f"The store is not safe to use: {report.problems[0]}")
    for weakness in report.degraded:
        _log.warning("degraded_durability", reason=weakness)
    return report


async def _first_answer(redis: Redis, *, allow_degraded: bool, patience: float) -> StoreReport:
    deadline = time.monotonic() + patience
    while True:
        try:
            return await inspect(redis, allow_degraded=allow_degraded)
        except StoreError as error:
            if time.monotonic() + WAIT_STEP > deadline:
                raise StoreUnavailable(
                    f"the store did not answer within {patience:.0f} s ({error}); "
                    "check REDIS_URL and that the server runs."
                ) from None
            _log.warning("store_not_ready", reason=str(error), next_try_in=WAIT_STEP)
            await asyncio.sleep(WAIT_STEP)
