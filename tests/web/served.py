"""The web half with its edge settings, and visitors who send what they like."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import ClientSession, web
from redis.asyncio import Redis

from storage import health
from storage.settings import REVEALS_PER_MINUTE, Proxy
from storage.vault import Vault
from tests.contract import Contract
from tests.site import Site
from web.app import build, host_of
from web.pages import Pages
from web.server import listening, running

UNLIMITED = 1_000_000


@asynccontextmanager
async def serve(
    vault: Vault,
    redis: Redis,
    *,
    trusted_proxies: Sequence[Proxy] = (),
    reveals_per_minute: int = REVEALS_PER_MINUTE,
    socket_path: str | None = None,
) -> AsyncIterator[Site]:
    """Run the site on a free loopback port, or on a Unix socket where one is named."""
    origin = "http://localhost"
    app = build(
        vault,
        public_url=origin,
        inspect=partial(health.inspect, redis, allow_degraded=False),
        pages=Pages(host_of(origin)),
        trusted_proxies=trusted_proxies,
        reveals_per_minute=reveals_per_minute,
    )
    contract = Contract()
    contract.watch(app)
    async with _listening(app, socket_path) as port, ClientSession() as client:
        yield Site(f"http://localhost:{port}", vault, app, client, contract)
    assert contract.broken == []


@asynccontextmanager
async def _listening(app: web.Application, socket_path: str | None) -> AsyncIterator[int]:
    if not socket_path:
        async with listening(app, "127.0.0.1", 0) as port:
            yield port
        return
    runner = await running(app)
    await web.UnixSite(runner, socket_path).start()
    try:
        yield 0
    finally:
        await runner.cleanup()
