"""Work that may outlast Slack's patience, and must not be forgotten because of that."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from storage.logs import frames

T = TypeVar("T")
_log = structlog.get_logger("bot")


class Aside:
    """Runs it beside the listeners. Needs a running loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin; whoever waits for the task may stop waiting, and it goes on."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def finish(self, seconds: float) -> None:
        """Let it come to its end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("aside_failed", error=type(error).__name__, frames=frames(error))
