"""How a web process ends without a failed request: unready first, then deaf, then gone.

Whoever sends requests here must hear of it in time. A proxy that asks /readyz is told, and gets a
while to act on it. One that doesn't finds the port closed: such a refusal comes before anything was
sent, so it asks another process. Connections that it keeps open are closed by their next answer.
"""

import asyncio
import os
import socket
import time
from asyncio import AbstractEventLoop, AbstractServer, Protocol
from collections import deque
from collections.abc import Callable, Sized
from itertools import pairwise

from aiohttp import web

# Three looks that far apart at most, and none of a person's haste: somebody watches.
WATCHED_EVERY = 10.0
_LOOKS = 3
_HASTE = 0.5
# Then as long as proxies take to send requests elsewhere: HAProxy's three looks need six seconds.
LINGER = 10.0
# A kept connection that carries requests has had its next one by then.
POLITE = 1.0
_STEP = 0.02


class Stopping:
    """Whether this process is about to end, and whether somebody asks who must hear of it."""

    def __init__(self) -> None:
        self.begun = False
        self._looks: deque[float] = deque(maxlen=_LOOKS)

    def begin(self) -> None:
        """Say from now on that the process is ending."""
        self.begun = True

    def asked(self) -> bool:
        """Note that somebody asks whether to send requests here. Gives whether they should not."""
        now = time.monotonic()
        if not self._looks or now - self._looks[-1] >= _HASTE:
            self._looks.append(now)
        return self.begun

    @property
    def is_watched(self) -> bool:
        """Whether /readyz is asked regularly."""
        times = [*self._looks, time.monotonic()]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return len(gaps) == _LOOKS and max(gaps) <= WATCHED_EVERY

    async def heard(self) -> None:
        """Begin, and return when those who watch have had the time to act on it."""
        watched = self.is_watched
        self.begin()
        if watched:
            await asyncio.sleep(LINGER)


STOPPING = web.AppKey("stopping", Stopping)


async def close(listener: AbstractServer, handler: Callable[[], Protocol]) -> None:
    """Stop listening, and take in those who were let in by the kernel and not yet by us.

    Closing the socket over them would cut them off with their request on its way, and nobody may
    send a reveal a second time for them.
    """
    loop = asyncio.get_running_loop()
    doors = [_again(each) for each in getattr(listener, "sockets", ())]
    listener.close()
    await asyncio.sleep(0)  # until the loop's own handle is gone, and ``doors`` are the last ones
    await asyncio.sleep(0)
    for door in doors:
        await _take_in(loop, door, handler)


def _again(listening: socket.socket) -> socket.socket:
    """The same listening socket, which stays when the loop closes its own."""
    door = socket.socket(
        listening.family, listening.type, listening.proto, os.dup(listening.fileno())
    )
    door.settimeout(0)
    return door


async def _take_in(
    loop: AbstractEventLoop, door: socket.socket, handler: Callable[[], Protocol]
) -> None:
    visitors = []
    with door:
        try:
            while True:
                visitors.append(door.accept()[0])
        except OSError:
            pass  # nobody is left
    for visitor in visitors:
        await loop.connect_accepted_socket(handler, visitor)


async def emptied(connections: Callable[[], Sized]) -> None:
    """Give kept connections the time for an answer that closes them."""
    deadline = time.monotonic() + POLITE
    while connections() and time.monotonic() < deadline:  # noqa: ASYNC110 - aiohttp tells no event
        await asyncio.sleep(_STEP)
