"""P9: what a web process holds while it creates and reveals for a long time."""

from tests.bench.contenders import Contender
from tests.bench.figures import Figure, of_rounds
from tests.bench.generator import drive
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan

_MB = 1024 * 1024
_PARTS = 10
_FLAT = 1.05


def measure(plan: Plan, one: Contender) -> list[Figure]:
    """Look after each tenth. Flat: what it holds at the end it held after the first one."""
    held = []
    for _ in range(_PARTS):
        for requests in (one.creates(plan.pairs // _PARTS), one.reveals()):
            done = drive([one.program.port], requests, plan.clients)
            if done.refused:
                raise CannotMeasure(f"{done.refused} requests were refused")
        held.append(one.program.memory)
    pairs = f"{plan.pairs:,} pairs of create and reveal"
    return [
        Figure(
            "P9",
            f"memory over {pairs}",
            max(held) / _MB,
            min(held) / _MB,
            max(held) / _MB,
            "MB",
            80,
        ),
        of_rounds(
            "P9", "memory at the end, against a tenth of them", [held[-1] / held[0]], goal=_FLAT
        ),
    ]
