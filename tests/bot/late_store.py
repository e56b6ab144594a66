"""The store behind a wire that can be slow or cut, and a client that knows only that way."""

from redis.asyncio import Redis

from storage import store
from tests.cable import Cable


class LateStore(Cable):
    """``client`` goes through the wire, ``direct`` around it."""

    def __init__(self, url: str, direct: Redis) -> None:
        super().__init__(url)
        self.direct = direct

    async def start(self) -> None:
        """Listen, and make the client."""
        await self.plug()
        self.client = store.connect(self.redis_url)

    async def stop(self) -> None:
        """Let go of everything."""
        await self.client.aclose()
        await self.pull()

    async def cut(self) -> None:
        """The store is gone: connections break, new ones are refused."""
        await self.pull()

    async def mend(self) -> None:
        """The store is back."""
        await self.plug()
