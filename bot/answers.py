"""Answers kept for a minute, so that Slack's second delivery of one press gets the first's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

LIFE = 60.0
SIZE = 1000


class Answers:
    """A bounded table in memory. An empty answer to a repeat would close the modal over the link.

    It holds links for at most a minute, in the process that made them and has just sent them to
    Slack; nothing of it is written anywhere.
    """

    def __init__(self, life: float = LIFE, size: int = SIZE) -> None:
        self._life = life
        self._size = size
        self._tasks: dict[tuple[str, ...], asyncio.Task[dict[str, Any]]] = {}

    async def once(
        self, key: tuple[str, ...], make: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Make the answer to ``key``, or wait for the one that is being made or is still kept.

        ``key`` is the view and the press; a newer press in the same view forgets the older.
        """
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(_made(make))
            self._keep(key, task)
        return dict(await asyncio.shield(task))

    def _keep(self, key: tuple[str, ...], task: asyncio.Task[dict[str, Any]]) -> None:
        # An older answer of the same view holds a link that this one is about to destroy.
        for known in [known for known in self._tasks if known[0] == key[0]]:
            del self._tasks[known]
        if len(self._tasks) >= self._size:
            del self._tasks[next(iter(self._tasks))]
        self._tasks[key] = task
        asyncio.get_running_loop().call_later(self._life, self._tasks.pop, key, None)
        task.add_done_callback(lambda done: self._drop_fault(key, done))

    def _drop_fault(self, key: tuple[str, ...], done: asyncio.Task[dict[str, Any]]) -> None:
        # A fault is not an answer: the next delivery tries again.
        if done.cancelled() or done.exception():
            self._tasks.pop(key, None)


async def _made(make: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    return await make()
