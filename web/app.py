"""The web half: its whole surface on one screen."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from aiohttp import web

from storage.health import StoreReport
from storage.settings import REVEALS_PER_MINUTE, Proxy
from storage.vault import Vault
from web import api, health
from web.client_ip import ClientAddress
from web.headers import security_headers
from web.limits import Limiter
from web.middleware import edge
from web.pages import Pages

MAX_BODY = 640 * 1024


def build(
    vault: Vault,
    *,
    public_url: str,
    inspect: Callable[[], Awaitable[StoreReport]],
    pages: Pages,
    trusted_proxies: Sequence[Proxy] = (),
    reveals_per_minute: int = REVEALS_PER_MINUTE,
) -> web.Application:
    """Put the routes together. ``inspect`` asks the store for /readyz."""
    headers = security_headers(https=public_url.startswith("https://"))
    addresses, limiter = ClientAddress(trusted_proxies), Limiter(reveals_per_minute)
    app = web.Application(
        middlewares=[edge(headers, public_url, addresses, limiter)],
        client_max_size=MAX_BODY,
    )
    app[api.VAULT] = vault
    app.add_routes(
        [
            web.get("/", pages.page("home")),
            web.get("/about", pages.page("about")),
            # Whatever stands behind /s/: a link that a mail program cut or extended must get the page
            # that says so.
            web.get("/s/{id:.*}", pages.page("share")),
            web.get("/assets/{name}", pages.asset),
            web.post("/api/secrets/{id}/status", api.status),
            web.post("/api/secrets/{id}/reveal", api.reveal),
            web.post("/api/secrets/{id}/ack", api.ack),
            web.get("/healthz", health.healthz),
            web.get("/readyz", health.readyz(inspect)),
        ]
    )
    return app


def host_of(public_url: str) -> str:
    """The name that pages show for this site."""
    return urlsplit(public_url).netloc
