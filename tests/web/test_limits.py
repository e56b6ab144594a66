"""E6: the limit for one client address, and what it costs."""

import time
from collections import Counter
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from sys import getsizeof

from aiohttp import ClientSession

from storage.vault import Vault
from storage.wire import b64u
from tests.deployment import deployment
from tests.links import Holder, share
from tests.numbers import n
from tests.raw import RawStore
from tests.site import OWN_PAGE, Site
from tests.web.served import serve
from web.limits import CAPACITY, Limiter, bucket

LOOPBACK = IPv4Network("127.0.0.1/32")


class Clock:
    """Time that passes when a test says so, in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        """Read it."""
        return self.now


def test_a_minutes_allowance_at_once_then_evenly() -> None:
    """60 at once, then one a second; after a quiet minute 60 again."""
    clock = Clock()
    limiter = Limiter(60, clock=clock)
    assert [limiter.charge("203.0.113.7") for _ in range(61)] == [0] * 60 + [1]
    clock.now += 1
    assert [limiter.charge("203.0.113.7") for _ in range(2)] == [0, 1]
    clock.now += 60
    assert [limiter.charge("203.0.113.7") for _ in range(61)] == [0] * 60 + [1]


def test_retry_after_is_the_truth() -> None:
    """Whoever waits that long is let in, and a second earlier is not."""
    for per_minute in (1, 7, 60, 1000):
        clock = Clock()
        limiter = Limiter(per_minute, clock=clock)
        for _ in range(per_minute):
            assert limiter.charge("2001:db8::1") == 0
        wait = limiter.charge("2001:db8::1")
        assert wait == max(1, -(-60 // per_minute))
        clock.now += wait - 1
        assert limiter.charge("2001:db8::1") > 0
        clock.now += 1
        assert limiter.charge("2001:db8::1") == 0


def test_knocking_does_not_prolong_the_wait() -> None:
    """A refused request is not counted."""
    clock = Clock()
    limiter = Limiter(1, clock=clock)
    limiter.charge("203.0.113.7")
    for _ in range(59):
        clock.now += 1
        assert limiter.charge("203.0.113.7") > 0
    clock.now += 1
    assert limiter.charge("203.0.113.7") == 0


def test_what_shares_an_allowance() -> None:
    """An IPv4 address alone, an IPv6 /64 together; text that is no address is one bucket."""
    assert bucket("203.0.113.7") != bucket("203.0.113.8")
    assert bucket("2001:db8:0:1::1") == bucket("2001:db8:0:1:ffff::9") != bucket("2001:db8:0:2::1")
    assert bucket("unix") == bucket("unknown")
    # "unix" is four bytes long, as is the address 117.110.105.120.
    assert bucket("unix") != bucket("117.110.105.120")


def test_e6_memory_is_bounded() -> None:
    """E6: a million addresses at one moment leave the table at its size, under 20 MiB."""
    limiter = Limiter(60, clock=Clock())
    _flood(limiter)
    assert len(limiter) == CAPACITY
    assert _size(limiter) < 20 * 2**20


def test_e6_control_without_eviction_memory_grows() -> None:
    """E6's negative control: without a bound on the table, each address stays."""
    endless = Limiter(60, capacity=10**9, clock=Clock())
    assert _flood(endless) == len(endless) > CAPACITY


def test_idle_addresses_are_forgotten() -> None:
    """Two leave for each that comes, once their allowance is full again."""
    clock = Clock()
    limiter = Limiter(60, clock=clock)
    for i in range(1000):
        limiter.charge(str(IPv4Address(i)))
    clock.now += 61
    for i in range(600):
        limiter.charge(str(IPv4Address(10_000 + i)))
    assert len(limiter) == 600


def test_a_flood_of_others_takes_no_allowance_away() -> None:
    """Eviction forgets in favour of whoever was evicted."""
    limiter = Limiter(2, capacity=10, clock=Clock())
    assert limiter.charge("203.0.113.7") == 0
    for i in range(100):
        assert limiter.charge(str(IPv4Address(i))) == 0
    assert limiter.charge("203.0.113.7") == 0


async def test_e6_spoofed_headers_bring_no_further_request(
    vault: Vault, store_client: RawStore
) -> None:
    """E6: past the limit 429 with Retry-After, whatever the headers say, and no store call."""
    async with serve(vault, store_client, reveals_per_minute=20) as site:
        holder = await share(vault)
        begun = time.monotonic()
        calls = await _evalsha_calls(store_client)
        answers = await _spoof(site, holder, n("E6", everyday=120, full=10_000))
        # While it runs the allowance comes back, at 20 a minute.
        assert 20 <= answers[200] <= 21 + (time.monotonic() - begun) / 3
        assert set(answers) == {200, 429}
        assert await _evalsha_calls(store_client) - calls == answers[200]
        refused = await site.ask("status", holder)
        assert 1 <= int(refused.headers["Retry-After"]) <= 3
        assert (await refused.json())["error"]["code"] == "rate_limited"
        assert refused.headers["Cache-Control"] == "no-store"


async def test_e6_control_a_believed_header_is_a_way_around(
    vault: Vault, store_client: RawStore
) -> None:
    """E6's negative control: where the sender's headers count, each one is a new visitor."""
    async with serve(
        vault, store_client, reveals_per_minute=20, trusted_proxies=[LOOPBACK]
    ) as site:
        assert await _spoof(site, await share(vault), 100) == {200: 100}


async def test_status_reveal_and_ack_share_one_allowance(
    vault: Vault, store_client: RawStore
) -> None:
    """One opening is three requests; anything sent to the API counts, well formed or not."""
    async with serve(vault, store_client, reveals_per_minute=4) as site:
        holder = await share(vault)
        for verb in ("status", "reveal", "ack"):
            assert (await site.ask(verb, holder)).status == 200
        assert (await site.post(site.path(holder.id, "status"), ["broken"])).status == 400
        for verb in ("status", "reveal", "ack"):
            assert (await site.ask(verb, holder)).status == 429


async def test_pages_assets_and_health_are_not_limited(
    vault: Vault, store_client: RawStore
) -> None:
    """They touch no store and give nothing away."""
    async with serve(vault, store_client, reveals_per_minute=1) as site:
        holder = await share(vault)
        assert (await site.ask("status", holder)).status == 200
        assert (await site.ask("status", holder)).status == 429
        for path in (f"/s/{holder.id.value}", "/", "/about", "/healthz"):
            for _ in range(20):
                assert (await site.client.get(site.url + path)).status == 200


async def test_another_sites_page_cannot_spend_its_visitors_allowance(
    vault: Vault, store_client: RawStore
) -> None:
    """Cross-site requests are refused before they count."""
    async with serve(vault, store_client, reveals_per_minute=1) as site:
        holder = await share(vault)
        url = site.url + site.path(holder.id, "status")
        for _ in range(20):
            foreign = {"Sec-Fetch-Site": "cross-site"}
            assert (await site.client.post(url, json={}, headers=foreign)).status == 403
        assert (await site.ask("status", holder)).status == 200


async def test_the_process_applies_both_settings(tmp_path: Path) -> None:
    """``python -m web`` passes REVEALS_PER_MINUTE and TRUSTED_PROXIES on to the site."""
    environ = {"REVEALS_PER_MINUTE": "2", "TRUSTED_PROXIES": "127.0.0.1,::1"}
    async with deployment(tmp_path, environ, commands={"web": ["-m", "web"]}) as running:
        await running.ready()
        async with ClientSession() as client:

            async def ask(visitor: str) -> int:
                headers = OWN_PAGE | {"X-Forwarded-For": visitor}
                url = running.url + "/api/secrets/x/status"
                async with client.post(url, json={}, headers=headers) as answer:
                    return answer.status

            assert [await ask("203.0.113.7") for _ in range(3)] == [400, 400, 429]
            assert await ask("203.0.113.8") == 400


def _flood(limiter: Limiter) -> int:
    """Send one request each from many addresses, IPv4 and IPv6; give their number."""
    count = n("E6", everyday=100_000, full=1_000_000)
    for i in range(count):
        assert limiter.charge(str(IPv4Address(i) if i % 2 else IPv6Address(i << 64))) == 0
    return count


def _size(limiter: Limiter) -> int:
    """Bytes of the table with all that is in it."""
    table = limiter._full_again
    return getsizeof(table) + sum(getsizeof(k) + getsizeof(v) for k, v in table.items())


async def _spoof(site: Site, holder: Holder, count: int) -> Counter[int]:
    answers: Counter[int] = Counter()
    for i in range(count):
        forged = str(IPv4Address(0x0B000000 + i))
        headers = {"X-Forwarded-For": forged, "CF-Connecting-IP": forged, "X-Real-IP": forged}
        answer = await site.post(
            site.path(holder.id, "status"), {"link_proof": b64u(holder.proof.expose())}, **headers
        )
        answers[answer.status] += 1
    return answers


async def _evalsha_calls(redis: RawStore) -> int:
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {"calls": 0})["calls"])
