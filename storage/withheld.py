"""Sees to claims whose ciphertext stayed here, since they did not show themselves durable in time.

The record is marked at once, so that it reads Lost after its window whatever becomes of us. Where
the store goes back behind the claim, because a replica was promoted that never had it, there is no
mark: then this process, which knows, says it again, until the loss itself is durable.
"""

import asyncio
import time

import structlog

from storage.alarms import alarm
from storage.errors import NotDurable, StoreError
from storage.model import SecretId
from storage.scripts import Scripts

WINDOW = 31.0  # the page's 30 seconds by the store's clock, and a little
PATIENCE = 600.0  # a promotion takes seconds to minutes
# Who asks while the store is away may have claimed nothing, or have no right to: they are few here.
KNOWN_MAX = 5000
UNKNOWN_MAX = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

_log = structlog.get_logger("storage.withheld")


class Withheld:
    """One process's claims that handed nothing out."""

    def __init__(self, scripts: Scripts, window: float = WINDOW) -> None:
        self._scripts = scripts
        self._window = window
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, sid: SecretId, attempt: bytes, *, claimed: bool) -> None:
        """Take charge of one; ``claimed``: the store said so before durability failed to show."""
        if len(self._tasks) >= (KNOWN_MAX if claimed else UNKNOWN_MAX):
            _log.warning("withheld_unmarked", ref=sid.ref)  # it will read Viewed, not confirmed
            return
        task = asyncio.create_task(self._see_to(sid, attempt, claimed=claimed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Leave. What is marked ends by its record; nothing else is handed out either."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _see_to(self, sid: SecretId, attempt: bytes, *, claimed: bool) -> None:
        noticed = time.monotonic()
        if await self._said(sid, attempt, final=False) not in {"marked", "kept"}:
            return
        if claimed:
            await asyncio.sleep(max(0.0, noticed + self._window - time.monotonic()))
            await self._said(sid, attempt, final=True)

    async def _said(self, sid: SecretId, attempt: bytes, *, final: bool) -> str | None:
        """What the store made of it; None when it could not be told within our patience.

        A mark is told once it is there, the end of a secret once it stays.
        """
        pause, until = _FIRST_PAUSE, time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                return self._told(sid, await self._scripts.withhold(sid, attempt, final=final))
            except NotDurable as error:
                done = self._told(sid, error.outcome)
                if not final:
                    return done
            except StoreError as error:
                _log.info("withheld_waits", ref=sid.ref, reason=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    def _told(self, sid: SecretId, done: str) -> str:
        if done == "withheld":
            alarm("withheld", sid)
        return done
