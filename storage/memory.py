"""What the store does when its memory is full, and whether it has begun to."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from storage.alarms import alarm
from storage.store import nodes, translated

NO_ROOM = 0.95  # as in lua/_memory.lua, which refuses what is new from there on
KEEPS_ALL = "noeviction"
# Under these the store drops nothing but keys with a TTL, and ours then have none.
_SPARES_US = "volatile-"


@dataclass(frozen=True, slots=True)
class Memory:
    """One server's word. ``used`` and ``limit`` in bytes; without a limit it is 0."""

    policy: str
    used: int
    limit: int
    evicted: int

    @classmethod
    def of(cls, info: dict[str, Any]) -> "Memory":
        """Read INFO: managed stores often forbid CONFIG."""
        return cls(
            policy=str(info.get("maxmemory_policy", "unknown")),
            used=int(info.get("used_memory", 0)) - int(info.get("mem_not_counted_for_evict", 0)),
            limit=int(info.get("maxmemory", 0)),
            evicted=int(info.get("evicted_keys", 0)),
        )

    @property
    def is_safe(self) -> bool:
        """Whether it drops nothing of ours."""
        return self.policy == KEEPS_ALL or self.policy.startswith(_SPARES_US)

    @property
    def is_low(self) -> bool:
        """Whether new links are refused; a store with others' keys to drop may yet take some."""
        return self.limit > 0 and self.used >= NO_ROOM * self.limit

    def __str__(self) -> str:
        if not self.limit:
            return "no limit"
        filled = f"{100 * self.used // self.limit} % of maxmemory"
        return f"{filled}, new links are refused" if self.is_low else filled


async def look(redis: Redis) -> dict[str, Memory]:
    """Ask each server, by its run's id: a restart counts from 0. Raises StoreError."""
    found = {}
    async with translated():
        for node in await nodes(redis):
            info = await node.info("everything")
            found[str(info["run_id"])] = Memory.of(info)
    return found


class MemoryWatch:
    """Compares each look with the last one."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._last: dict[str, Memory] = {}

    async def disturbed(self) -> bool:
        """Whether all secrets should be looked after at once. Raises StoreError.

        Keys were dropped since the last look, or before the first one; or the policy is a new one,
        and what has a TTL should lose it, or get one again. Raises the alarms of both.
        """
        now, last = await look(self._redis), self._last
        self._last = now
        new = {one.policy for one in now.values()} != {one.policy for one in last.values()}
        drops = any(one.evicted > _before(last, run) for run, one in now.items())
        if last and drops:
            alarm("evicting")
        if not all(one.is_safe for one in now.values()) and new:
            alarm("policy")
        if any(one.is_low for one in now.values()) and not any(o.is_low for o in last.values()):
            alarm("memory")
        # At the start only what may be in danger: most stores drop nothing, ever.
        unsafe = any(one.policy != KEEPS_ALL for one in now.values())
        return drops or (new and (bool(last) or unsafe))


def _before(last: dict[str, Memory], run: str) -> int:
    return last[run].evicted if run in last else 0
