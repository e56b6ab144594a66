"""P7: two web processes against one, when both cores are everybody's."""

from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench import contenders
from tests.bench.figures import Figure, of_rounds
from tests.bench.generator import drive
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.programs import Pins


async def measure(plan: Plan, folder: Path, pins: Pins) -> list[Figure]:
    """Ask one port, then two in turns. Nobody is pinned: with two servers no core is left over."""
    free = pins.spread()
    gains: dict[str, list[float]] = {"create": [], "reveal": []}
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(contenders.ours(folder, free, name="first"))
        second = await stack.enter_async_context(
            contenders.web(folder, first.store, free, name="second")
        )
        one, two = [first.program.port], [first.program.port, second.port]
        for ports in (one, two):  # warm
            _rates(first, ports, plan.warm, plan.clients)
        for _ in range(plan.rounds):
            alone = _rates(first, one, plan.requests, plan.clients)
            both = _rates(first, two, plan.requests, plan.clients)
            for kind, gain in gains.items():
                gain.append(both[kind] / alone[kind])
    return [
        of_rounds("P7", f"{kind}: two web processes against one", gain, goal=1.4, sense=">=")
        for kind, gain in gains.items()
    ]


def _rates(
    one: contenders.Contender, ports: list[int], count: int, clients: int
) -> dict[str, float]:
    rates = {}
    for kind, requests in (("create", one.creates(count)), ("reveal", one.reveals())):
        done = drive(ports, requests, clients)
        if done.refused:
            raise CannotMeasure(f"{done.refused} {kind}s were refused by {len(ports)} processes")
        rates[kind] = done.requests / done.seconds
    return rates
