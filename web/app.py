"""The web half: its whole surface on one screen."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from aiohttp import web

from storage.health import Check, StoreReport
from storage.seal import KeyRing
from storage.settings import REVEALS_PER_MINUTE, Proxy
from storage.vault import Vault
from web import api, composer_api, health, requests_api
from web.client_ip import ClientAddress
from web.headers import security_headers
from web.limits import Limiter
from web.middleware import edge
from web.pages import Pages
from web.reply import HEADERS, HEADS, Heads, add_headers
from web.server import expect
from web.stopping import STOPPING, Stopping

MAX_BODY = 640 * 1024


def build(
    vault: Vault,
    *,
    public_url: str,
    inspect: Callable[[], Awaitable[StoreReport]],
    pages: Pages,
    trusted_proxies: Sequence[Proxy] = (),
    reveals_per_minute: int = REVEALS_PER_MINUTE,
    checks: Sequence[Callable[[], Check]] = (),
    ring: KeyRing | None = None,
) -> web.Application:
    """Put the routes together. ``inspect`` asks the store for /readyz, ``checks`` the rest.

    With a ``ring``, /healthz answers the doctor that has the same keys.
    """
    addresses, limiter = ClientAddress(trusted_proxies), Limiter(reveals_per_minute)
    healthz = health.answering(ring, addresses) if ring else health.healthz
    app = web.Application(
        middlewares=[edge(public_url, addresses, limiter)], client_max_size=MAX_BODY
    )
    app[api.VAULT] = vault
    app[api.HTTPS] = public_url.startswith("https://")
    app[STOPPING] = Stopping()
    app[HEADERS] = security_headers(https=public_url.startswith("https://"))
    app[HEADS] = Heads(app[HEADERS])
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get("/", pages.page("home"), expect_handler=expect),
            web.get("/about", pages.page("about"), expect_handler=expect),
            # Whatever stands behind /s/: a link that a mail program cut or extended must get the page
            # that says so.
            web.get("/s/{id:.*}", pages.page("share"), expect_handler=expect),
            web.get("/r/{id:.*}", pages.page("request"), expect_handler=expect),
            web.get("/c/{id:.*}", pages.page("collect"), expect_handler=expect),
            web.get("/new", pages.page("composer"), expect_handler=expect),
            web.get("/assets/{name}", pages.asset, expect_handler=expect),
            web.post("/api/secrets/{id}/status", api.status, expect_handler=expect),
            web.post("/api/secrets/{id}/reveal", api.reveal, expect_handler=expect),
            web.post("/api/secrets/{id}/ack", api.ack, expect_handler=expect),
            web.post("/api/secrets/{id}/saved", api.saved, expect_handler=expect),
            web.post("/api/requests/{id}/status", requests_api.status, expect_handler=expect),
            web.post("/api/requests/{id}/submit", requests_api.submit, expect_handler=expect),
            web.post("/api/requests/{id}/withdraw", requests_api.withdraw, expect_handler=expect),
            web.post(
                "/api/requests/{id}/unexpected", requests_api.unexpected, expect_handler=expect
            ),
            web.post("/api/secrets", composer_api.create, expect_handler=expect),
            web.post("/api/requests", composer_api.ask, expect_handler=expect),
            web.post("/api/session", api.session, expect_handler=expect),
            web.get("/healthz", healthz, expect_handler=expect),
            web.get("/readyz", health.readyz(inspect, checks), expect_handler=expect),
        ]
    )
    return app


def host_of(public_url: str) -> str:
    """The name that pages show for this site."""
    return urlsplit(public_url).netloc
