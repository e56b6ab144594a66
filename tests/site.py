"""The web half on a loopback port, as a browser finds it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, web
from redis.asyncio import Redis

from storage import health
from storage.model import Link, SecretId
from storage.settings import BITWARDEN
from storage.vault import Vault
from storage.wire import b64u
from tests.contract import Contract
from tests.links import Holder
from web.app import build, host_of
from web.brand import PLAIN, Brand
from web.pages import STATIC, Pages
from web.server import listening

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Site:
    """A running site and a client that is no browser."""

    url: str
    vault: Vault
    app: web.Application
    client: ClientSession
    contract: Contract = field(default_factory=Contract, repr=False)

    async def post(self, path: str, body: Any, **headers: str) -> ClientResponse:
        """Ask as one of our own pages does."""
        return await self.client.post(self.url + path, json=body, headers=OWN_PAGE | headers)

    async def ask(self, verb: str, holder: Holder, nonce: bytes = b"n" * 16) -> ClientResponse:
        """Ask for status, reveal or ack with the right proof."""
        body = {"link_proof": b64u(holder.proof.expose())}
        if verb != "status":
            body["nonce"] = b64u(nonce)
        return await self.post(f"/api/secrets/{holder.id.value}/{verb}", body)

    def link(self, link: Link) -> str:
        """The link to open in a browser."""
        return link.url(self.url)

    def path(self, sid: SecretId, verb: str) -> str:
        """The path of an API call."""
        return f"/api/secrets/{sid.value}/{verb}"


@asynccontextmanager
async def serve(
    vault: Vault,
    redis: Redis,
    *,
    https: bool = False,
    name: str = "Example Support",
    brand: Brand = PLAIN,
    team_vault: str = BITWARDEN,
    static: Path = STATIC,
) -> AsyncIterator[Site]:
    """Run the site on a free port. ``https`` is what PUBLIC_URL says, not how it is served."""
    scheme = "https" if https else "http"
    pages = Pages(host_of(f"{scheme}://localhost"), brand, static, team_vault)
    pages.name(name)
    app = build(
        vault,
        public_url=f"{scheme}://localhost",
        inspect=partial(health.inspect, redis, allow_degraded=False),
        pages=pages,
        # Browser tests ask faster than people do; the limit has tests of its own.
        reveals_per_minute=1_000_000,
    )
    contract = Contract()
    contract.watch(app)
    async with listening(app, "127.0.0.1", 0) as port, ClientSession() as client:
        yield Site(f"http://localhost:{port}", vault, app, client, contract)
    # Whatever a test asked for: all that the site answered is as docs/openapi.yaml says.
    assert contract.broken == []
