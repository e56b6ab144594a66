"""What the store must promise, checked at start and reported by /readyz."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from storage.durable import Wait, is_shown
from storage.errors import StoreError, StoreUnavailable, UnsafeStore
from storage.memory import Memory
from storage.store import nodes, translated

REDIS_MIN = (7, 0)
WAITAOF_MIN = (7, 2)
SKEW_MAX = 5.0
WAIT_STEP = 2.0
_REPLICA = re.compile(r"slave[0-9]+\Z")

_log = structlog.get_logger("storage.health")


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What the store says of itself. ``problems`` stop the start; ``degraded`` is allowed.

    ``wait`` is what each change must wait for, as far as this store can be waited for. ``replicas``
    counts those that follow.
    ``filled`` is the part of its memory that is used; without a limit 0.
    """

    version: str
    policy: str
    memory: str
    durability: str
    wait: Wait
    replicas: int
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


async def inspect(redis: Redis, *, allow_degraded: bool, replicas: int = 0) -> StoreReport:
    """Ask version, eviction policy, durability, replicas, evictions and clock. Raises StoreError.

    ``replicas`` is REDIS_REPLICAS: how many there must be, no fewer and no more. Of several servers
    each is asked, and the weakest speaks for all; each must have its replicas.
    """
    async with translated():
        servers = await nodes(redis)
    reports = [
        await _inspect(server, allow_degraded=allow_degraded, replicas=replicas)
        for server in servers
    ]
    return replace(
        max(reports, key=lambda one: (bool(one.problems), bool(one.degraded), abs(one.skew))),
        evicted=sum(one.evicted for one in reports),
        memory=max(reports, key=lambda one: one.filled).memory,
        wait=Wait(
            disk=any(one.wait.disk for one in reports),
            replicas=max(one.wait.replicas for one in reports),
        ),
        replicas=min(one.replicas for one in reports),
        problems=tuple(dict.fromkeys(text for one in reports for text in one.problems)),
        degraded=tuple(dict.fromkeys(text for one in reports for text in one.degraded)),
    )


async def _inspect(redis: Redis, *, allow_degraded: bool, replicas: int) -> StoreReport:
    async with translated():
        info = await redis.info("everything")
        seconds, micros = await redis.time()
    memory = Memory.of(info)
    skew = time.time() - (seconds + micros / 1e6)
    problems = [*_version_problems(info), *_policy_problems(memory)]
    durability, weakness, wait = await _durability(redis, info, replicas)
    if missing := _replicas_problem(info, replicas):
        problems.append(missing)
    weaknesses = [one for one in (weakness, _replicas_weakness(info, replicas)) if one]
    degraded = weaknesses if allow_degraded else []
    problems += [] if allow_degraded else weaknesses
    return StoreReport(
        version=_name(info),
        policy=memory.policy,
        memory=str(memory),
        filled=memory.used / memory.limit if memory.limit else 0.0,
        durability=durability,
        wait=wait,
        replicas=_online(info),
        evicted=memory.evicted,
        skew=round(skew, 3),
        problems=tuple(problems),
        degraded=tuple(degraded),
    )


def _name(info: dict[str, object]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', 'unknown')}"


def _numbers(info: dict[str, object]) -> tuple[int, ...]:
    found = str(info.get("redis_version", "0.0"))  # Valkey reports the Redis it is compatible with
    return tuple(int(n) if n.isdecimal() else 0 for n in found.split(".")[:2])


def _version_problems(info: dict[str, object]) -> list[str]:
    if _numbers(info) >= REDIS_MIN:
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


async def _durability(
    redis: Redis, info: dict[str, object], replicas: int
) -> tuple[str, str | None, Wait]:
    """Say what the store does, why that is too little (None: it is not), and what to wait for."""
    if not int(str(info.get("aof_enabled", 0))):
        reason = (
            "the store has no append-only file, so a crash could undo burns and lose secrets; "
            "set appendonly to yes and appendfsync to always, or ALLOW_DEGRADED_DURABILITY=true."
        )
        return "none", reason, Wait(replicas=replicas)
    always, found = await _appendfsync(redis)
    if always:
        return found, None, Wait(replicas=replicas)
    if _numbers(info) < WAITAOF_MIN:
        refused = f"waiting for its disk (WAITAOF) takes Redis 7.2, and this is {_name(info)}"
    elif found == "no":
        refused = "waiting for its disk would take minutes"
    elif why := await _waitaof_refused(redis):
        refused = why
    else:
        return f"{found}, waited for", None, Wait(disk=True, replicas=replicas)
    return found, _weakness(found, refused), Wait(replicas=replicas)


async def _appendfsync(redis: Redis) -> tuple[bool, str]:
    """Whether every reply is on disk already, and the setting in words."""
    try:
        config = await redis.config_get("appendfsync", "no-appendfsync-on-rewrite")
    except ResponseError:
        return False, "unknown"
    except RedisError as error:
        raise StoreUnavailable("the store gave no answer") from error
    fsync = str(config.get("appendfsync"))
    if fsync == "always" and config.get("no-appendfsync-on-rewrite") == "yes":
        return False, "always, not during rewrites"
    return fsync == "always", fsync


async def _waitaof_refused(redis: Redis) -> str | None:
    """Why this store does not take WAITAOF from us, if so; its answer says nothing yet."""
    try:
        await redis.execute_command("WAITAOF", 1, 0, 1)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        return f"the store refuses WAITAOF ({str(error).split(maxsplit=1)[0]})"
    except RedisError as error:
        raise StoreUnavailable("the store gave no answer") from error
    return None


def _weakness(found: str, refused: str) -> str:
    allow = "or ALLOW_DEGRADED_DURABILITY=true."
    match found:
        case "unknown":
            return (
                "the store does not tell its appendfsync (CONFIG is forbidden), and "
                f"{refused}; allow CONFIG GET or WAITAOF, or if you accept the risk, "
                "set ALLOW_DEGRADED_DURABILITY=true."
            )
        case "always, not during rewrites":
            return (
                f"the store skips fsync during rewrites, and {refused}; "
                f"set no-appendfsync-on-rewrite to no, {allow}"
            )
        case _:
            return (
                f"the store's appendfsync is {found}, so a crash could undo the last burns, "
                f"and {refused}; set appendfsync to always, {allow}"
            )


def _replicas_problem(info: dict[str, object], replicas: int) -> str | None:
    """Fewer than are waited for: nothing could be revealed."""
    online = _online(info)
    if online >= replicas:
        return None
    return (
        f"REDIS_REPLICAS is {replicas}, and {online} of them can be reached by the store: every "
        "reveal would be withheld; attach the replicas, or lower REDIS_REPLICAS."
    )


def _replicas_weakness(info: dict[str, object], replicas: int) -> str | None:
    """More than are waited for: one that has not heard of a burn could be promoted."""
    connected = int(str(info.get("connected_slaves", 0)))
    if connected <= replicas:
        return None
    return (
        f"the store has {connected} replicas and REDIS_REPLICAS is {replicas}, so the promotion of "
        f"one could undo burns; set REDIS_REPLICAS={connected}, or ALLOW_DEGRADED_DURABILITY=true "
        "where none is ever promoted."
    )


def _online(info: dict[str, object]) -> int:
    """Replicas that follow; one that is still being copied to, or is away, does not."""
    listed = [value for name, value in info.items() if _REPLICA.match(name)]
    return sum(isinstance(one, dict) and one.get("state") == "online" for one in listed)


async def wait_for_store(
    redis: Redis, *, allow_degraded: bool, patience: float, replicas: int = 0
) -> StoreReport:
    """Wait until the store answers, then insist on what it must promise.

    Raises StoreUnavailable after ``patience`` seconds, UnsafeStore at once.
    """
    look = partial(inspect, redis, allow_degraded=allow_degraded, replicas=replicas)
    report = await _first_answer(look, patience)
    if report.problems:
        raise UnsafeStore(f"The store is not safe to use: {report.problems[0]}")
    if not report.wait.for_nothing and not await is_shown(redis, report.wait):
        raise UnsafeStore(
            "The store is not safe to use: what is written there does not show itself durable in "
            "time; see that its disk (appendfsync) and each of REDIS_REPLICAS keep up."
        )
    for weakness in report.degraded:
        _log.warning("degraded_durability", reason=weakness)
    return report


async def _first_answer(look: Callable[[], Awaitable[StoreReport]], patience: float) -> StoreReport:
    deadline = time.monotonic() + patience
    while True:
        try:
            return await look()
        except StoreError as error:
            if time.monotonic() + WAIT_STEP > deadline:
                raise StoreUnavailable(
                    f"the store did not answer within {patience:.0f} s ({error}); "
                    "check REDIS_URL and that the server runs."
                ) from None
            _log.warning("store_not_ready", reason=str(error), next_try_in=WAIT_STEP)
            await asyncio.sleep(WAIT_STEP)
