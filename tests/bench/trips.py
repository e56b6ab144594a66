"""P5: how often the store is asked for one create or reveal, as the store itself sees it."""

import asyncio
from collections.abc import Sequence

from tests.bench.contenders import Contender
from tests.bench.figures import Figure, of_rounds
from tests.bench.generator import drive

_QUIET = 0.2  # seconds for a line of MONITOR to arrive
_FEW = 40


async def trips(one: Contender, count: int = _FEW) -> list[Figure]:
    """Commands from outside, for each request of a kind."""
    figures = []
    for kind, requests in (("create", one.creates(count)), ("reveal", one.reveals())):
        each = len(await _seen(one, requests)) / count
        figures.append(of_rounds("P5", f"{kind}: store calls", [each], unit="", goal=1.0))
    return figures


async def _seen(one: Contender, requests: Sequence[bytes]) -> list[str]:
    """Commands that reach the store with these requests, without those that its scripts give it."""
    seen: list[str] = []

    async def listen() -> None:
        async for line in monitor.listen():
            # What a script does is no trip. The guard's own look, every two seconds, is nobody's
            # request; it is the one script with two keys.
            is_look = line["command"].split()[2:3] == ["2"]
            if line["client_type"] != "lua" and not is_look:
                seen.append(line["command"])

    async with one.store.client.monitor() as monitor:
        listening = asyncio.create_task(listen())
        await asyncio.to_thread(drive, [one.program.port], requests, 4)
        await asyncio.sleep(_QUIET)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return seen
