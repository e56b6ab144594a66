"""P11: fifty agents press Create link at the same moment, in front of the local fake Slack."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.slack_http import PATH
from bot.views import ids
from tests import slack
from tests.bench import contenders
from tests.bench.figures import Figure, of_rounds
from tests.bench.generator import Drive, drive, request
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.programs import Pins, free_port, running, stored
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack, Json, Value, sign

_READY = b"Your link is ready"
_MAKING = b"Making your link"
_TYPED: dict[str, Value] = {ids.Block.SECRET: "correct-horse-battery-staple-4711"}
_LOCKED: dict[str, Value] = {**_TYPED, ids.Block.PASSPHRASE: "correct horse"}
_PATIENCE = 120.0
_FEW, _PASSES = 4, 5


@dataclass(frozen=True)
class Office:
    """A web process that takes Slack's requests, and the Slack that sends them."""

    port: int
    slack: FakeSlack

    async def submit(self, agents: int, typed: Mapping[str, Value], shows: bytes) -> Drive:
        """Everybody opens the form, fills it in, and presses the button at the same moment."""
        forms = await self._opened(agents)
        pressed = [
            await self._signed(slack.view_submission(form, typed, trigger=trigger))
            for form, trigger in zip(forms, await self._triggers(agents), strict=True)
        ]
        done = await self._sent(pressed, clients=agents)
        if not all(shows in body for body in done.bodies):
            raise CannotMeasure(f"an agent was not shown {shows.decode()!r}")
        return done

    async def _opened(self, count: int) -> Sequence[Json]:
        """So many forms. A few at a time: a form opens within moments or not at all."""
        known = set(self.slack.views)
        for _ in range(_PASSES):
            forms = [view for name, view in self.slack.views.items() if name not in known]
            if len(forms) == count:
                return forms
            triggers = await self._triggers(count - len(forms))
            typed = [await self._signed(slack.slash_command(trigger=one)) for one in triggers]
            await self._sent(typed, clients=_FEW)
        raise CannotMeasure(f"{count} agents typed the command, and not all got their form")

    async def _triggers(self, count: int) -> list[str]:
        return [await self.slack.trigger() for _ in range(count)]

    async def _signed(self, body: bytes) -> bytes:
        headers = {"Host": "localhost", **sign(SIGNING_SECRET, int(time.time()), body)}
        return request("POST", PATH, headers, body)

    async def _sent(self, requests: Sequence[bytes], clients: int) -> Drive:
        # In a thread: Slack itself answers on this loop.
        return await asyncio.to_thread(drive, [self.port], requests, clients, keep=True)

    async def shown(self, links: int) -> float:
        """Seconds until so many windows show their link."""
        began = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            while self._ready() < links:
                await asyncio.sleep(0.01)
        return time.perf_counter() - began

    def _ready(self) -> int:
        return sum(_READY in json.dumps(one).encode() for one in self.slack.called("views.update"))


async def measure(plan: Plan, folder: Path, pins: Pins) -> list[Figure]:
    """Bursts without a passphrase, and with one, where the link follows the answer."""
    bursts = max(1, plan.submits // plan.agents) * plan.rounds
    async with _office(folder, pins) as office:
        await office.submit(plan.agents, _TYPED, _READY)  # warm
        open_ = [await office.submit(plan.agents, _TYPED, _READY) for _ in range(bursts)]
        locked = [await office.submit(plan.agents, _LOCKED, _MAKING)]
        all_shown = await office.shown(plan.agents)
    at_once = f"{plan.agents} agents at once"
    figures = []
    for drives, what in (
        (open_, "submit to link"),
        (locked, "with a passphrase, submit to answer"),
    ):
        for part, goal, name in ((0.5, 30.0, "p50"), (0.99, 150.0, "p99")):
            times = [one.quantile(part) * 1000 for one in drives]
            figures.append(
                of_rounds("P11", f"{what}, {at_once}: {name}", times, unit="ms", goal=goal)
            )
    last = f"with a passphrase, until all of {plan.agents} links are shown"
    return [*figures, of_rounds("P11", last, [all_shown], unit="s")]


@asynccontextmanager
async def _office(folder: Path, pins: Pins) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        fake = await stack.enter_async_context(FakeSlack())
        store = await stack.enter_async_context(stored(folder / "office", pins.beside))
        port = free_port()
        environ = contenders.environment(folder, store, port, "office") | {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": fake.base_url,
        }
        await stack.enter_async_context(
            running(["-m", "web"], folder / "office web.log", port=port, environ=environ,
                    pins=pins.server)
        )  # fmt: skip
        yield Office(port, fake)
