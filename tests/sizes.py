"""``python -m tests.sizes``: what a secret costs in memory, on disk and in CPU; see docs/scaling.md.

Writes ``docs/sizes.json`` and the tables of that page. CPU is that of one web process and of the
store, so that it depends less on what else the machine does; run it on a quiet one all the same.
"""

import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector

from storage.model import Nonce
from storage.outcomes import Acknowledged, Opened
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.deployment import Deployment, free_port
from tests.faults.doors import HttpDoor
from tests.faults.history import Answer, Subject
from tests.links import Holder, reveal, share
from tests.numbers import SOAK
from tests.own_store import OwnStore, own_store
from tests.people import ANNA

KEY = "0123456789abcdef" * 4
TEXTS = (100, 1000, 10_000, 64_000)  # characters
SECRETS = 10_000 if SOAK else 300
REVEALS = 10_000 if SOAK else 800
AT_ONCE = 16
DOCS = Path(__file__).resolve().parent.parent / "docs"
PLACE, PAGE = DOCS / "sizes.json", DOCS / "scaling.md"
Numbers = dict[str, float]


async def _each(work: Callable[[int], Awaitable[None]], count: int) -> None:
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(work(i) for i in range(start, min(start + AT_ONCE, count))))


@dataclass(frozen=True)
class State:
    """The store's memory, append-only file and CPU at one moment, in bytes and seconds."""

    memory: int
    disk: int
    cpu: float

    @classmethod
    async def of(cls, place: OwnStore) -> "State":
        """Ask it."""
        info = await place.redis.info("everything")
        cpu = info["used_cpu_user"] + info["used_cpu_sys"]
        return cls(info["used_memory"], info["aof_current_size"], cpu)


async def sizes(size: int, count: int) -> Numbers:
    """Bytes for each secret of that many characters: while it lives, and as a row of the history."""
    async with own_store() as place:
        vault = Vault(place.redis, KeyRing([MasterKey(bytes.fromhex(KEY))]))
        first, page = await share(vault), Nonce.random()
        await reveal(vault, first, page)
        await vault.ack(first.id, first.proof, page)
        await vault.sweep(ANNA.workspace)  # the scripts are loaded now, and count for nothing
        await place.redis.config_set("auto-aof-rewrite-percentage", 0)
        before, holders = await State.of(place), list[Holder]()

        async def make(_number: int) -> None:
            holders.append(await share(vault, "x" * size))

        await _each(make, count)
        full = await State.of(place)

        async def read(number: int) -> None:
            nonce = Nonce.random()
            assert isinstance(await reveal(vault, holders[number], nonce), Opened)
            done = await vault.ack(holders[number].id, holders[number].proof, nonce)
            assert isinstance(done, Acknowledged)

        await _each(read, count)
        await vault.sweep(ANNA.workspace)
        left = await State.of(place)
    return {
        "living_bytes": round((full.memory - before.memory) / count),
        "row_bytes": round((left.memory - before.memory) / count),
        "disk_bytes_until_rewrite": round((left.disk - before.disk) / count),
    }


async def cpu(count: int) -> Numbers:
    """CPU seconds that web process and store need for 10,000 reveals of 1,000 characters."""
    with tempfile.TemporaryDirectory(prefix="sizes ") as name:
        async with own_store() as place, _web(Path(name), place) as (door, pid):
            vault = Vault(place.redis, KeyRing([MasterKey(bytes.fromhex(KEY))]))
            subjects: list[Subject] = []

            async def make(_number: int) -> None:
                holder = await share(vault, "x" * 1000)
                subjects.append(Subject(holder.id, holder.proof, b""))

            async def read(number: int) -> None:
                reply = await door.open(subjects[number], Nonce.random(), None)
                assert reply.answer is Answer.DONE

            await _each(make, count + AT_ONCE)
            await _each(lambda i: read(count + i), AT_ONCE)  # warm
            store_before, web_before, began = await State.of(place), _cpu_of(pid), time.monotonic()
            await _each(read, count)
            took, ours = time.monotonic() - began, _cpu_of(pid) - web_before
            theirs = (await State.of(place)).cpu - store_before.cpu
            journal = next((Path(name) / "data dir" / "guard").glob("*.journal")).stat().st_size
    each = 10_000 / count
    return {
        "web_cpu_seconds_per_10000_reveals": round(ours * each, 2),
        "store_cpu_seconds_per_10000_reveals": round(theirs * each, 2),
        "journal_bytes_per_claim": round(journal / (count + AT_ONCE)),
        "wall_seconds_per_10000_reveals": round(took * each, 2),
    }


@asynccontextmanager
async def _web(folder: Path, place: OwnStore) -> AsyncIterator[tuple[HttpDoor, int]]:
    """``python -m web`` on that store, as an operator starts it; a door to it, and its process."""
    running = Deployment(f"http://127.0.0.1:{free_port()}", folder)
    environ = {
        "REDIS_URL": place.url,
        "SECRETS_HMAC_KEY": KEY,
        "REVEALS_PER_MINUTE": "60000",
        "PORT": running.url.rpartition(":")[2],
        "PUBLIC_URL": running.url,
    }
    await running.start("web", ["-m", "web"], environ)
    try:
        await running.ready()
        async with ClientSession(connector=TCPConnector(limit=AT_ONCE)) as client:
            yield HttpDoor(running.url, client), running.processes["web"].pid
    finally:
        await running.stop()


def _cpu_of(pid: int) -> float:
    """Seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> int:
    """Measure, print, and write it down."""
    found: dict[str, object] = {
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": round(os.getloadavg()[1], 1),
        "secrets": SECRETS,
        "reveals": REVEALS,
        "sizes": {str(size): await sizes(size, SECRETS) for size in TEXTS},
        "cpu": await cpu(REVEALS),
    }
    PLACE.write_text(json.dumps(found, indent=2) + "\n")
    PAGE.write_text(filled(PAGE.read_text(), found))
    print(tables(found))
    return 0


def filled(text: str, found: dict[str, Any]) -> str:
    """Put the tables of these numbers into the page, between its two marks."""
    begin, end = "<!-- sizes: begin -->\n", "<!-- sizes: end -->"
    before, _, rest = text.partition(begin)
    return before + begin + tables(found) + end + rest.partition(end)[2]


def tables(found: dict[str, Any]) -> str:
    """Markdown, with what follows from the numbers for one core and ten, a thousand and a million."""
    lines = [
        f"Measured {found['measured']} by `python -m tests.sizes`: {found['machine']},",
        f"{found['secrets']:,} secrets of each size, {found['reveals']:,} reveals, while the machine's",
        f"load average was {found['load']}. On a busy machine CPU counts for more than it is.",
        "",
        "| Characters | Memory while it lives | Memory as a row of the history | Disk until the next rewrite |",
        "|---|---|---|---|",
    ]
    for size, one in found["sizes"].items():
        cells = (one["living_bytes"], one["row_bytes"], one["disk_bytes_until_rewrite"])
        lines.append(f"| {int(size):,} | " + " | ".join(f"{cell:,} bytes" for cell in cells) + " |")
    living, row = (found["sizes"]["1000"][name] for name in ("living_bytes", "row_bytes"))
    web, base = (found["cpu"][f"{name}_cpu_seconds_per_10000_reveals"] for name in ("web", "store"))
    journal = found["cpu"]["journal_bytes_per_claim"]
    lines += [
        "",
        "| What | Costs | So one carries | And ten |",
        "|---|---|---|---|",
        f"| a web core | {web} CPU seconds for 10,000 reveals | {_rate(web)} | {_rate(web / 10)} |",
        f"| a store's core | {base} CPU seconds for 10,000 reveals | {_rate(base)} | {_rate(base / 10)}, if the workspaces are spread |",
        f"| a GiB of the store | {living:,} bytes for 1,000 characters | {_many(living)} living secrets | {_many(living / 10)} |",
        f"| a GiB of the store | {row:,} bytes for a row | {_many(row)} rows of the history | {_many(row / 10)} |",
        f"| a GiB in `DATA_DIR` | {journal} bytes for each secret that was opened or burned | {_many(journal)} of them | {_many(journal / 10)} |",
        "",
    ]
    return "\n".join(lines)


def _rate(seconds: float) -> str:
    return f"{round(10_000 / seconds, -2):,.0f} reveals a second"


def _many(size: float) -> str:
    return f"{round(2**30 / size, -3):,.0f}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
