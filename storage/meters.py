"""What a process counts for Prometheus once METRICS_PORT asks for it; until then, nothing.

A label is a word of this code, such as a route's template: never what somebody sent, so none can name
a secret, a person or a workspace, and there are only so many.
"""

import asyncio
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from itertools import accumulate
from typing import Any, ParamSpec, TypeVar

from redis.exceptions import ResponseError

# Seconds, upper ends: from a store's trip on the same machine to the longest that anybody waits.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_WAITS = "XREADGROUP"  # the courier's, which the store holds back until there is news

P = ParamSpec("P")
R = TypeVar("R")


class Durations:
    """How long something took, for each value of one label."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._sums: defaultdict[str, float] = defaultdict(float)

    def add(self, label: str, seconds: float) -> None:
        """Count one."""
        counts = self._counts.setdefault(label, [0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._sums[label] += seconds

    def read(self) -> Iterator[tuple[str, list[tuple[str, float]], float]]:
        """Give each label with its buckets, cumulated as Prometheus wants them, and its sum."""
        names = [*map(str, BOUNDS), "+Inf"]
        for label, counts in self._counts.items():
            buckets = list(zip(names, map(float, accumulate(counts)), strict=True))
            yield label, buckets, self._sums[label]


class Meters:
    """One process's numbers. While ``on`` is false every method does nothing."""

    def __init__(self) -> None:
        self.on = False
        self.answers: Counter[tuple[str, int]] = Counter()
        self.requests = Durations()
        self.store = Durations()
        self.waiting = 0  # calls to the store that have no answer yet

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request by its route's template and its answer's status."""
        if self.on:
            self.answers[route, status] += 1
            self.requests.add(route, seconds)

    def asked_store(self) -> float:
        """Begin to measure a call to the store. Give what is returned to ``store_answered``."""
        if not self.on:
            return 0.0
        self.waiting += 1
        return time.perf_counter()

    def store_answered(self, since: float, *, ok: bool = True) -> None:
        """End it; ``ok`` means that the store gave an answer, whatever it was."""
        if since:
            self.waiting -= 1
            self.store.add("answered" if ok else "failed", time.perf_counter() - since)

    def watch(self, answer: asyncio.Future[Any]) -> None:
        """Measure a call to the store that is under way; whoever no longer waits ends it."""
        if not self.on:
            return
        since = self.asked_store()

        def done(answer: asyncio.Future[Any]) -> None:
            error = None if answer.cancelled() else answer.exception()
            self.store_answered(since, ok=error is None or isinstance(error, ResponseError))

        answer.add_done_callback(done)

    def timed(
        self, ask: Callable[P, Coroutine[Any, Any, R]]
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        """Measure each call of a client's ``execute_command``, save those meant to wait for news."""

        async def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            if args and args[0] == _WAITS:
                return await ask(*args, **kwargs)
            since, ok = self.asked_store(), False
            try:
                reply = await ask(*args, **kwargs)
                ok = True
            except ResponseError:
                ok = True
                raise
            else:
                return reply
            finally:
                self.store_answered(since, ok=ok)

        return measured


# Of the process, like its alarms: what is measured lies too deep to hand it down.
METERS = Meters()
