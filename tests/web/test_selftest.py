"""The doctor's question to /healthz: answered to whoever has the key, and to nobody else."""

import time
from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis

from storage import health, selftest
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.raw import RawStore
from tests.site import Site
from web.app import build
from web.pages import Pages
from web.server import listening

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
async def asked(site: Site, vault: Vault, store_client: Redis, ring: KeyRing) -> AsyncIterator[str]:
    """The address of a site that has the ring, and believes nobody."""
    app = build(
        vault,
        public_url="http://localhost",
        inspect=partial(health.inspect, store_client, allow_degraded=False),
        pages=Pages("localhost"),
        ring=ring,
    )
    async with listening(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/healthz"


async def test_the_doctor_hears_what_is_seen(asked: str, site: Site, ring: KeyRing) -> None:
    """Peer, address, and which headers of proxies were there; with the nonce, so it is ours."""
    question = selftest.ask(ring)
    headers = {selftest.HEADER: question.text, **FORWARDED}
    async with site.client.get(asked, headers=headers) as answer:
        told = await answer.json()
    assert told == {
        "status": "ok",
        "doctor": {
            "nonce": question.nonce,
            "peer": "127.0.0.1",
            "address": "127.0.0.1",
            "believed": False,
            "forwarded": ["X-Forwarded-For"],
        },
    }


@pytest.mark.parametrize("text", ["", "x", "AAAA", "A" * 400, "é", "0" * 120])
async def test_strangers_hear_what_they_always_heard(asked: str, site: Site, text: str) -> None:
    """No word of addresses, whatever stands in the header."""
    async with site.client.get(asked, headers={selftest.HEADER: text, **FORWARDED}) as answer:
        assert await answer.json() == {"status": "ok"}


async def test_a_question_is_good_for_a_minute_and_one_key(
    asked: str, site: Site, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that somebody kept, and one under another key, are a stranger's."""
    other = selftest.ask(KeyRing([MasterKey.random()]))
    question = selftest.ask(ring)
    assert selftest.nonce_of(ring, question.text) == question.nonce
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    for text in (other.text, question.text):
        async with site.client.get(asked, headers={selftest.HEADER: text}) as answer:
            assert await answer.json() == {"status": "ok"}


async def test_without_a_ring_nobody_is_answered(
    site: Site, ring: KeyRing, store_client: RawStore
) -> None:
    """A site that was built without keys has the plain route."""
    headers = {selftest.HEADER: selftest.ask(ring).text}
    async with site.client.get(f"{site.url}/healthz", headers=headers) as answer:
        assert await answer.json() == {"status": "ok"}
