"""The short way: what takes it, and that nobody can tell from the answer."""

import asyncio

import pytest
from yarl import URL

from tests.site import OWN_PAGE, Site
from web.reply import HEADS

SID = "Ab-_" + "A" * 22
PAGE = f"/s/{SID}"


async def _raw(site: Site, *requests: str) -> bytes:
    """Send requests in one piece on one connection, and read until it is closed."""
    port = int(site.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("".join(requests).encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def _get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> str:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", *headers]
    return "\r\n".join(lines) + "\r\n\r\n"


def _parted(answer: bytes) -> tuple[bytes, set[bytes], bytes]:
    """Status line, header lines without the date, body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    return status, {line for line in lines if not line.startswith(b"Date: ")}, body


async def _first(site: Site, request: str) -> bytes:
    """The answer to the first of two requests; the second one ends the connection."""
    both = await _raw(site, request, _get("/nothing", "Connection: close"))
    return both[: both.rindex(b"HTTP/1.1 404")]


def _written_before(site: Site) -> int:
    """How many answers asked for a head that is kept."""
    info = site.app[HEADS].of.cache_info()
    return info.hits + info.misses


@pytest.mark.parametrize(
    "path", ["/", "/about", "/new", PAGE, f"/r/{SID}", f"/c/{SID}", "/healthz"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_e1_both_ways_give_the_same_answer(site: Site, path: str, method: str) -> None:
    """A head that was made before is the one that aiohttp makes, save Connection."""
    before = _written_before(site)
    short = _parted(await _first(site, _get(path, method=method)))
    assert _written_before(site) == before + 1
    plain = await _raw(site, _get(path, "Connection: close", method=method))
    assert _written_before(site) == before + 1
    status, lines, body = _parted(plain)
    assert short == (status, lines - {b"Connection: close"}, body)
    assert bool(body) == (method == "GET")


async def test_requests_sent_together_are_answered_in_their_order(site: Site) -> None:
    """Pipelined requests on both ways: each answer whole, in the order of the requests."""
    paths = [PAGE, "/nothing", "/healthz", f"{PAGE}?query", "/about"]
    answer = await _raw(site, *map(_get, paths), _get("/", "Connection: close"))
    assert answer.count(b"HTTP/1.1 200") == len(paths)
    assert answer.count(b"HTTP/1.1 404") == 1
    assert (
        answer.index(b"HTTP/1.1 404") < answer.index(b'{"status":"ok"}') < answer.rindex(b"<html")
    )


async def test_an_old_client_is_answered_in_its_version(site: Site) -> None:
    """HTTP/1.0 gets aiohttp's own answer, and its connection ends."""
    answer = await _raw(site, _get(PAGE, version="1.0"))
    assert answer.startswith(b"HTTP/1.0 200")


async def test_whoever_waits_for_100_gets_it(site: Site) -> None:
    """Expect: 100-continue is answered first, also where the short way is known."""
    answer = await _raw(site, _get(PAGE, "Expect: 100-continue", "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/secrets/{id}/reveal", 404),
        ("/api/secrets/{id}", 404),
        (f"/api/secrets/{SID[:-1]}/reveal", 404),
        (f"/api/secrets/{SID}%2f/reveal", 404),
        (f"/api/secrets/{SID}/", 404),
        (f"/api/secrets/{SID}/reveal?x=1", 404),
        (f"/api/secrets/{SID}/nothing", 404),
        (f"//api/secrets/{SID}/reveal", 404),
    ],
)
async def test_odd_paths_are_refused_as_ever(site: Site, path: str, status: int) -> None:
    """The table's own names, cut or longer ids, encoded letters: no fault, no other answer."""
    proof = {"link_proof": "A" * 43, "nonce": "A" * 22}
    address = URL(site.url + path, encoded=True)
    answer = await site.client.post(address, json=proof, headers=OWN_PAGE)
    assert answer.status == status
