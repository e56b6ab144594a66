"""E1: response headers, on every route and error."""

import asyncio

import pytest

from storage.vault import Vault
from tests.links import share
from tests.raw import RawStore
from tests.site import OWN_PAGE, Site, serve
from web.pages import STATIC

ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "slash-secret",
}
WORKER_CSP = CSP | {"script-src": "'self' 'wasm-unsafe-eval'"}
ASSETS = sorted(path.name for path in (STATIC / "assets").iterdir() if path.suffix != ".br")
WORKER = next(name for name in ASSETS if name.startswith("argon2-worker"))
ASSET = next(name for name in ASSETS if name.endswith(".js") and name != WORKER)
PAGES = ["/", "/about", "/s/x", "/s/", "/r/x", "/r/", "/c/x", "/c/", "/new"]
GETS = [*PAGES, f"/assets/{ASSET}", "/healthz", "/readyz", "/nothing", "/s", "/c"]


@pytest.mark.parametrize("path", GETS)
async def test_e1_every_get(site: Site, path: str) -> None:
    """The same security headers whatever the answer is."""
    answer = await site.client.get(site.url + path)
    _check(dict(answer.headers))
    cache = answer.headers["Cache-Control"]
    assert ("immutable" in cache) == path.startswith("/assets/")
    assert ("no-store" in cache) != path.startswith("/assets/")


async def test_e1_every_post_and_error(site: Site) -> None:
    """Answers of the API, refusals, wrong methods, errors of the framework."""
    holder = await share(site.vault)
    answers = [
        await site.ask("status", holder),
        await site.ask("reveal", holder),
        await site.ask("reveal", holder, b"o" * 16),
        await site.ask("ack", holder),
        await site.post("/api/secrets/x/status", {}),
        await site.post("/api/secrets/x/nothing", {}),
        await site.post("/", {}),
        await site.client.post(site.url + "/api/secrets/x/status", json={}),
        await site.client.put(site.url + "/about"),
        await site.client.options(site.url + "/s/x"),
        await site.client.post(
            site.url + "/api/secrets/x/status", data=b"x" * 700_000, headers=OWN_PAGE
        ),
    ]
    for answer in answers:
        _check(dict(answer.headers))
        assert answer.headers["Cache-Control"] == "no-store"


BROKEN = {
    "request line": b"GET /s/canary HTTP/9.9 x\r\n\r\n",
    "header": b"GET /s/canary HTTP/1.1\r\nHost: x\r\nBad Header\x01: canary\r\n\r\n",
    "method": b"CANARY\x00 / HTTP/1.1\r\n\r\n",
    "huge path": b"GET /" + b"canary" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\ncanary",
    "expectation": b"POST /api/secrets/x/status HTTP/1.1\r\nHost: x\r\nExpect: canary\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ncanary",
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN.keys())
async def test_e1_what_is_no_request_gets_our_headers_and_no_echo(
    site: Site, request_: bytes
) -> None:
    """Broken HTTP is answered before any route: with the same headers, quoting nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
    writer.write(request_)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"canary" not in body.lower()
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    assert int(head.split()[1]) in range(400, 500)
    _check(dict(lines))
    assert b"no-store" in head


async def test_a_body_that_never_comes_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger who sends a byte a minute gets 408 and no place to stay."""
    monkeypatch.setattr("web.api.BODY_PATIENCE", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
    writer.write(
        b"POST /api/secrets/x/status HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
        b"Content-Length: 100\r\n\r\n{"
    )
    assert (await asyncio.wait_for(reader.readline(), 5)).split()[1] == b"408"
    writer.close()


async def test_a_wrong_method_says_what_is_allowed(site: Site) -> None:
    """405 with Allow."""
    answer = await site.client.put(site.url + "/about")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


async def test_e1_an_unexpected_error_tells_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours: 500, the same headers, no trace of what happened."""

    async def broken(*_: object) -> None:
        raise RuntimeError("canary-in-the-exception")

    monkeypatch.setattr(site.vault, "look", broken)
    holder = await share(site.vault)
    answer = await site.ask("status", holder)
    assert answer.status == 500
    _check(dict(answer.headers))
    assert "canary" not in await answer.text()


async def test_e1_hsts_only_when_the_public_url_is_https(
    vault: Vault, store_client: RawStore, site: Site
) -> None:
    """A promise that a plain http page could not keep is not made."""
    assert "Strict-Transport-Security" not in (await site.client.get(site.url)).headers
    async with serve(vault, store_client, https=True) as secure:
        found = (await secure.client.get(secure.url)).headers["Strict-Transport-Security"]
    assert "max-age=63072000" in found


async def test_pages_are_the_same_bytes_for_every_id(site: Site) -> None:
    """Serving one touches no store and tells nothing about the id."""
    holder = await share(site.vault)
    for kind in ("s", "c"):
        bodies = {
            await (await site.client.get(f"{site.url}/{kind}/{path}")).read()
            for path in (holder.id.value, "unknown", "", "a/b", "x" * 500)
        }
        assert len(bodies) == 1


async def test_assets_come_compressed_and_only_ours(site: Site) -> None:
    """Brotli where the browser takes it; no path leads out of the folder."""
    answer = await site.client.get(
        f"{site.url}/assets/{ASSET}", headers={"Accept-Encoding": "br"}, auto_decompress=False
    )
    assert answer.headers["Content-Encoding"] == "br"
    plain = await site.client.get(
        f"{site.url}/assets/{ASSET}", headers={"Accept-Encoding": "identity"}
    )
    assert "Content-Encoding" not in plain.headers
    for path in (
        "/assets/../pages/share.html",
        "/assets/%2e%2e/pages/share.html",
        "/assets/.built",
    ):
        assert (await site.client.get(site.url + path)).status == 404


async def test_e1_the_worker_alone_may_compile_webassembly(site: Site) -> None:
    """Argon2's worker: one word more in its own response, and in no other file's."""
    for name in ASSETS:
        if not name.endswith(".gz"):
            answer = await site.client.get(f"{site.url}/assets/{name}")
            _check(dict(answer.headers), WORKER_CSP if name == WORKER else CSP)


def _check(headers: dict[str, str], csp: dict[str, str] = CSP) -> None:
    for name, value in ALWAYS.items():
        assert headers[name] == value
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == csp
    allowed = headers["Permissions-Policy"].split(", ")
    assert [one for one in allowed if not one.endswith("=()")] == ["clipboard-write=(self)"]
    assert {"camera=()", "geolocation=()", "clipboard-read=()"} <= set(allowed)
    assert "aiohttp" not in headers.get("Server", "").lower()


async def test_the_vaults_address_is_on_the_collect_page_alone(
    vault: Vault, store_client: RawStore
) -> None:
    """As an attribute's text, whatever it is made of; customers' pages do not tell it."""
    address = "https://vault.example.com/?a=1&b='x'"
    async with serve(vault, store_client, team_vault=address) as site:
        page = await (await site.client.get(site.url + "/c/x")).text()
        assert 'content="https://vault.example.com/?a=1&amp;b=&#x27;x&#x27;"' in page
        for path in ("/", "/about", "/s/x"):
            assert "vault.example.com" not in await (await site.client.get(site.url + path)).text()
