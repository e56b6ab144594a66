"""How often one client address may ask. Kept in this process: no store call, nothing on disk.

GCRA: for each address only the time at which its allowance is full again. A whole minute's
allowance may be spent at once; then it comes back evenly.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, ip_address

PERIOD = 60.0
CAPACITY = 65_536
_SLACK = 1e-6  # seconds: sums of fractions must not refuse the last one of an allowance


class Limiter:
    """``per_minute`` requests for each IPv4 address or IPv6 /64; at most ``capacity`` of them."""

    def __init__(
        self,
        per_minute: int,
        *,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = PERIOD / per_minute
        self._capacity = capacity
        self._clock = clock
        # Ordered by the last request that was let through: the idle ones are in front. A plain dict
        # finds its first entry by walking over all that were deleted before it.
        self._full_again: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_again)

    def charge(self, address: str) -> int:
        """Count one request: 0 when it may go on, else after how many seconds (at least 1)."""
        now = self._clock()
        self._forget(now)
        key = bucket(address)
        next_full = max(self._full_again.get(key, now), now) + self._interval
        too_early = next_full - now - PERIOD
        if too_early > _SLACK:
            # Not counted: who keeps knocking is let in as soon as anybody else would be.
            return max(1, math.ceil(too_early))
        self._full_again[key] = next_full
        self._full_again.move_to_end(key)
        if len(self._full_again) > self._capacity:
            # Nobody in the table is idle. Whoever has that many addresses is not held up by a limit
            # for each, so the oldest makes room; refusing newcomers would lock out everybody else.
            self._full_again.popitem(last=False)
        return 0

    def _forget(self, now: float) -> None:
        """Drop idle entries, two at a time: a full allowance is what a newcomer has too."""
        for _ in range(2):
            oldest = next(iter(self._full_again), None)
            if oldest is None or self._full_again[oldest] > now:
                return
            del self._full_again[oldest]


@lru_cache(1024)
def bucket(address: str) -> bytes:
    """What shares an allowance: an IPv4 address, an IPv6 /64 (one household has that many).

    Everything that is no address (a Unix socket) is one bucket.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return b""
    return parsed.packed if isinstance(parsed, IPv4Address) else parsed.packed[:8]
