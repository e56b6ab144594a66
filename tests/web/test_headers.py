"""E1: response headers, on every route and error."""

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
ASSET = next(path.name for path in sorted((STATIC / "assets").glob("*.js")))
GETS = ["/", "/about", "/s/x", "/s/", f"/assets/{ASSET}", "/healthz", "/readyz", "/nothing", "/s"]


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
    bodies = {
        await (await site.client.get(f"{site.url}/s/{path}")).read()
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


def _check(headers: dict[str, str]) -> None:
    for name, value in ALWAYS.items():
        assert headers[name] == value
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == CSP
    allowed = headers["Permissions-Policy"].split(", ")
    assert [one for one in allowed if not one.endswith("=()")] == ["clipboard-write=(self)"]
    assert {"camera=()", "geolocation=()", "clipboard-read=()"} <= set(allowed)
    assert "aiohttp" not in headers.get("Server", "").lower()
