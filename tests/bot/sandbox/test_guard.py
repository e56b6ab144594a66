"""The sandbox is for a browser on this machine, on our own page, and nobody in between."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
from aiohttp import ClientSession, UnixConnector, web

from bot.sandbox.guard import (
    FORWARDED,
    FROM_ELSEWHERE,
    OTHER_HOST,
    OTHER_SITE,
    THROUGH_A_PROXY,
    guarded,
)

OWN = {"Sec-Fetch-Site": "same-origin"}


async def _let_in(_request: web.Request) -> web.Response:
    return web.Response(text="in")


def _app() -> web.Application:
    app = web.Application()
    app.router.add_get("/sandbox", guarded(_let_in))
    app.router.add_post("/sandbox", guarded(_let_in))
    return app


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A guarded route on loopback."""
    runner = web.AppRunner(_app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def _ask(port: int, method: str = "GET", **headers: str) -> str:
    """The answer's text, without its line end; a refusal is 403."""
    url = f"http://127.0.0.1:{port}/sandbox"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession() as client, client.request(method, url, headers=named) as answer:
        text = (await answer.text()).strip()
        assert (answer.status == HTTPStatus.OK) == (text == "in")
        return text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_this_machines_own_names_are_let_in(port: int, host: str) -> None:
    """The control of everything below: the same request, and nothing wrong with it."""
    assert await _ask(port, Host=f"{host}:{port}") == "in"
    assert await _ask(port, Host=host) == "in"
    assert await _ask(port, "POST", Host=f"{host}:{port}", **OWN) == "in"


@pytest.mark.parametrize(
    "host",
    [
        "secret.example.com", "rebind.example:8080", "localhost.example.com", "127.0.0.1.nip.io",
        "localhost@evil.example", "evil.example@localhost", "localhost:0", "localhost:x", "192.0.2.1",
        "127.0.0.2", "2130706433", "localhost.", "localhost/evil.example", "[::1", "",
    ],
)  # fmt: skip
async def test_another_name_is_refused(port: int, host: str) -> None:
    """DNS rebinding: a foreign name that was pointed at this machine keeps its Host header."""
    assert await _ask(port, Host=host) == OTHER_HOST


@pytest.mark.parametrize("name", FORWARDED)
async def test_what_a_proxy_passes_on_is_refused(port: int, name: str) -> None:
    """Whatever a proxy or tunnel says, and although it connects from this machine."""
    assert await _ask(port, **{name: "198.51.100.7"}) == THROUGH_A_PROXY
    assert await _ask(port, **{name.lower(): ""}) == THROUGH_A_PROXY


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
async def test_another_sites_page_changes_nothing(port: int, site: str) -> None:
    """A POST is our own page's or nobody's: a form on another site could send it."""
    assert await _ask(port, "POST", **{"Sec-Fetch-Site": site}) == OTHER_SITE


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://localhost", ""])
async def test_without_sec_fetch_site_the_origin_decides(port: int, origin: str) -> None:
    """As older browsers send it; with neither, nobody is let in."""
    assert await _ask(port, "POST", Origin=origin) == OTHER_SITE
    assert await _ask(port, "POST") == OTHER_SITE
    assert await _ask(port, "POST", Origin=f"http://127.0.0.1:{port}") == "in"


async def test_who_has_no_address_of_this_machine_is_refused(tmp_path: Path) -> None:
    """Through a Unix socket comes a proxy, not a browser."""
    runner = web.AppRunner(_app())
    await runner.setup()
    path = str(tmp_path / "s")
    await web.UnixSite(runner, path).start()
    try:
        async with (
            ClientSession(connector=UnixConnector(path)) as client,
            client.get("http://localhost/sandbox") as answer,
        ):
            assert answer.status == HTTPStatus.FORBIDDEN
            assert (await answer.text()).strip() == FROM_ELSEWHERE
    finally:
        await runner.cleanup()
