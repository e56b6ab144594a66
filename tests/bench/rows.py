"""The rows that come out of the race: P1 to P6 and P8."""

from collections.abc import Iterator

from tests.bench.figures import Figure, of_rounds
from tests.bench.plan import Plan
from tests.bench.race import Race

OURS, CEILING, NAIVE, PEER, NO_FILE = "ours", "ceiling", "naive", "SnapPass", "without a file"
_BOTH = ("create", "reveal")


def of_race(race: Race, plan: Plan) -> list[Figure]:
    """Everything that the laps say about the goals."""
    return [*_ceiling(race, plan), *_others(race, plan), *_store(race, plan), *_waiting(race, plan)]


def _ceiling(race: Race, plan: Plan) -> Iterator[Figure]:
    for kind in _BOTH:
        rate = race.ratios("rate", kind, plan.clients, OURS, CEILING)
        yield of_rounds("P1", f"{kind}: rate against C", rate, goal=0.8, sense=">=")
    for kind in _BOTH:
        cpu = race.ratios("cpu", kind, plan.clients, OURS, CEILING)
        yield of_rounds("P1", f"{kind}: CPU against C", cpu, goal=1.25)
    page = race.ratios("rate", "page", plan.clients, OURS, CEILING)
    yield of_rounds("P2", "page: rate against C", page, goal=1.0, sense=">=")


def _others(race: Race, plan: Plan) -> Iterator[Figure]:
    for kind in _BOTH:
        rate = race.ratios("rate", kind, plan.clients, OURS, NAIVE)
        yield of_rounds("P3", f"{kind}: rate against N", rate, goal=1.7, sense=">=")
    if (PEER, "page", plan.clients) in race.laps:
        for kind, goal in (("page", 8.0), ("create", 9.0), ("reveal", 6.0)):
            rate = race.ratios("rate", kind, plan.clients, OURS, PEER)
            yield of_rounds("P4", f"{kind}: rate against SnapPass", rate, goal=goal, sense=">=")


def _store(race: Race, plan: Plan) -> Iterator[Figure]:
    for kind in _BOTH:
        cpu = race.ratios("store_cpu", kind, plan.clients, OURS, CEILING)
        yield of_rounds("P5", f"{kind}: store CPU against the bare script", cpu, goal=1.3)
    for kind in _BOTH:
        rate = race.ratios("rate", kind, plan.clients, OURS, NO_FILE)
        what = f"{kind}: rate with appendfsync always against no append-only file"
        yield of_rounds("P6", what, rate, goal=0.9, sense=">=")


def _waiting(race: Race, plan: Plan) -> Iterator[Figure]:
    for kind in _BOTH:
        slowest = race.ratios("p99", kind, plan.clients, OURS, CEILING)
        what = f"{kind}: p99 at {plan.clients} clients against C"
        yield of_rounds("P8", what, slowest, goal=1.5)
    for kind in _BOTH:
        usual = race.ratios("p50", kind, 1, OURS, CEILING)
        yield of_rounds("P8", f"{kind}: p50 at one client against C", usual, goal=1.5)
