"""P14: a million stored secrets and a hundred thousand history rows in one workspace.

The rows are real, made and opened by the run of P9. The other secrets are copies of real ones, in
workspaces of their own, made inside the store: what is revealed among them is real again.
"""

import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from storage import keys
from storage.model import (
    Lifetime,
    SecretId,
    State,
    UserId,
    Wanted,
    WorkspaceId,
)
from storage.vault import Vault
from tests.bench import contenders, memory
from tests.bench.bare import HERE
from tests.bench.contenders import Contender
from tests.bench.figures import Figure, of_rounds
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.programs import Pins
from tests.bench.race import Race
from tests.links import share
from tests.people import ANNA

WORKSPACES = 100
_BATCH = 500
_DAY = Lifetime(86_400)
_PAGE_MS = 20.0
_FULL, _EMPTY = "full", "empty"


async def measure(plan: Plan, folder: Path, pins: Pins) -> list[Figure]:
    """Fill one store while memory is watched, then ask it and an empty one in turns."""
    async with AsyncExitStack() as stack:
        full = await stack.enter_async_context(contenders.ours(folder, pins, name=_FULL))
        figures = memory.measure(plan, full)
        figures.append(await _filled(plan, full))
        empty = await stack.enter_async_context(contenders.ours(folder, pins, name=_EMPTY))
        race = Race()
        race.run([full, empty], replace(plan, alone=0))
        for what, value in (("rate", "rate"), ("store CPU", "store_cpu")):
            ratios = race.ratios(value, "reveal", plan.clients, _FULL, _EMPTY)
            # A reveal that costs 1.1 times as much comes 1.1 times as seldom.
            costs = [1 / one for one in ratios] if value == "rate" else ratios
            name = f"reveal among {plan.secrets:,}: cost by {what}, against an empty store"
            figures.append(of_rounds("P14", name, costs, goal=1.1))
        figures += await _looked_at(plan, full)
    return figures


async def _filled(plan: Plan, full: Contender) -> Figure:
    """Copy until there are as many secrets as the plan says; bytes for each."""
    store = full.store.client
    await store.config_set("auto-aof-rewrite-percentage", 0)  # one rewrite less to wait for
    vault = Vault(full.store.redis, contenders.RING)
    # What P9 has opened goes within half a minute; in the middle of the count it would be missed.
    opened = [name async for name in store.scan_iter(match=f"{keys.PREFIX}*:blob:*", count=1000)]
    for start in range(0, len(opened), _BATCH):
        await store.unlink(*opened[start : start + _BATCH])
    held, names = await _held(full), await store.dbsize()
    here = min(WORKSPACES, plan.secrets)
    for number in range(here):
        part = plan.secrets // here + (number < plan.secrets % here)
        await _copied(full, vault, WorkspaceId(f"T0COPY{number}"), part)
    await vault.aclose()
    if await store.dbsize() < names + 2 * plan.secrets:  # a record and a ciphertext each
        raise CannotMeasure("the store took fewer secrets than it was given")
    each = (await _held(full) - held) / plan.secrets
    return of_rounds("P14", f"bytes per secret of 1 KB, of {plan.secrets:,}", [each], unit="bytes")


async def _held(one: Contender) -> int:
    return int((await one.store.client.info("memory"))["used_memory"])


async def _copied(full: Contender, vault: Vault, workspace: WorkspaceId, count: int) -> None:
    """One real secret, and copies of it."""
    agent = replace(ANNA, workspace=workspace)
    holder = await share(vault, "x" * 1000, agent=agent, lifetime=_DAY)
    sid, now = holder.id, int(time.time() * 1000)
    names = [keys.record(sid), keys.blob(sid), keys.audit(sid.tag)]
    names += [keys.index(sid.tag), keys.due(sid.tag)]
    clone = full.store.client.register_script((HERE / "clone.lua").read_text())
    for start in range(1, count, _BATCH):
        new = [SecretId.new(workspace).value for _ in range(start, min(start + _BATCH, count))]
        await clone(keys=names, args=[sid.value, now, now + _DAY.seconds * 1000, *new])


async def _looked_at(plan: Plan, full: Contender) -> list[Figure]:
    """A page of the history as an agent turns it: the newest, one far down, and filtered ones."""
    vault = Vault(full.store.redis, contenders.RING)
    rows = int(await full.store.client.zcard(keys.index(SecretId.new(ANNA.workspace).tag)))
    newest = await vault.history(ANNA.workspace)
    looks = {
        "the newest": (Wanted(), 0),
        "in the middle": (Wanted(), rows // 2),
        "Mine, of somebody with none": (Wanted(creator=UserId("U0NOBODY")), 0),
        "a status that no row has": (Wanted(state=State.BURNED), 0),
    }
    figures = []
    for name, (wanted, offset) in looks.items():
        times = []
        for _ in range(plan.pages):
            began = time.perf_counter()
            await vault.history(
                ANNA.workspace, wanted=wanted, as_of_ms=newest.as_of_ms, offset=offset
            )
            times.append((time.perf_counter() - began) * 1000)
        figures.append(
            of_rounds(
                "P14", f"history page of {rows:,} rows, {name}", times, unit="ms", goal=_PAGE_MS
            )
        )
    await vault.aclose()
    return figures
