"""This process's numbers as Prometheus reads them: what it counts, and what the store says when asked.

Each name ends in its unit. docs/operators.md has a row for each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from storage.alarms import KINDS, raised
from storage.backlog import Backlog
from storage.errors import StoreError
from storage.health import Check, StoreReport
from storage.meters import METERS, Durations

PREFIX = "slash_secret_"
PATIENCE = 2.0


class Measured(Collector):
    """Reads what the process counts anyway; ``look`` has to ask the store first."""

    def __init__(
        self,
        inspect: Callable[[], Awaitable[StoreReport]],
        checks: Sequence[Callable[[], Check]],
        backlog: Callable[[], Awaitable[Backlog | None]] | None,
    ) -> None:
        self._inspect = inspect
        self._checks = checks
        self._ask_backlog = backlog
        self._report: StoreReport | None = None
        self._backlog: Backlog | None = None

    async def look(self) -> None:
        """Ask the store. What it does not answer in time is left out, and it is not up."""
        self._report = self._backlog = None
        try:
            async with asyncio.timeout(PATIENCE):
                self._report = await self._inspect()
                if self._ask_backlog:
                    self._backlog = await self._ask_backlog()
        except (StoreError, TimeoutError):
            pass

    def collect(self) -> Iterable[Metric]:
        """Give everything, as of the last look."""
        yield from self._alarms_and_checks()
        yield from _requests()
        yield from self._store()
        if self._backlog:
            yield from _waiting(self._backlog)

    def _alarms_and_checks(self) -> Iterator[Metric]:
        alarms = _counter("alarms", "Alarms raised by this process, by kind.", "kind")
        for kind in KINDS:  # each from 0 on, so that the first one is an increase
            alarms.add_metric([kind], raised[kind])
        yield alarms
        checks = _gauge("check_ok", "1 when that check of /readyz holds, else 0.", "check")
        for check in self._checks:
            found = check()
            checks.add_metric([found.name], float(found.ok))
        yield checks

    def _store(self) -> Iterator[Metric]:
        yield _histogram(
            "store_call_duration_seconds",
            "From asking the store to its answer, or to giving up.",
            "result",
            METERS.store,
        )
        yield _one("store_waiting_calls", "Calls that the store has not answered.", METERS.waiting)
        yield _one("store_up", "1 when the store has just answered, else 0.", bool(self._report))
        if report := self._report:
            evicted = "Keys that the store has dropped for want of memory since it started."
            family = _counter("store_evicted_keys", evicted)
            family.add_metric([], report.evicted)
            yield family
            used = "Part of the store's maxmemory that is used; 0 without a limit."
            yield _one("store_memory_used_ratio", used, report.filled)
            skew = "How far this machine's clock is ahead of the store's."
            yield _one("store_clock_skew_seconds", skew, report.skew)


def _requests() -> Iterator[Metric]:
    answers = CounterMetricFamily(
        f"{PREFIX}http_requests",
        "Requests answered, by the route's template and the answer's status.",
        labels=["route", "status"],
    )
    for (route, status), count in METERS.answers.items():
        answers.add_metric([route, str(status)], count)
    yield answers
    about = "From a request's head to its answer."
    yield _histogram("http_request_duration_seconds", about, "route", METERS.requests)


def _waiting(found: Backlog) -> Iterator[Metric]:
    about = "Entries of the audit stream that no courier is done with."
    yield _one("courier_untold_entries", about, found.untold)
    yield _one("courier_lag_seconds", "Age of the oldest of them.", found.untold_seconds)
    about = "Age of the oldest entry that no checkpoint covers."
    yield _one("audit_unsealed_seconds", about, found.unsealed_seconds)
    yield _one("sweeper_due_secrets", "Secrets that the sweeper must look at.", found.due)
    yield _one("sweeper_lag_seconds", "For how long the first of them has.", found.due_seconds)


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, about, value=float(value))


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, about, labels=labels)


def _counter(name: str, about: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, about, labels=labels)


def _histogram(name: str, about: str, label: str, found: Durations) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, about, labels=[label])
    for value, buckets, total in found.read():
        family.add_metric([value], buckets, total)
    return family
