"""The API: statuses, bodies and what is not told apart."""

import asyncio
import json

import pytest
from aiohttp import ClientPayloadError, ServerDisconnectedError

from storage import keys, store
from storage.model import Lifetime, Proof, SecretId, State
from storage.seal import KeyRing
from storage.vault import Vault
from storage.wire import b64u
from tests import meddling
from tests.cable import Cable
from tests.links import Holder, share
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore, snapshot
from tests.site import OWN_PAGE, Site, serve


async def test_the_life_of_a_single_use_secret(site: Site) -> None:
    """status, reveal, ack, gone: the JSON names of the protocol."""
    holder = await share(site.vault, "hunter2", lifetime=Lifetime(7200))
    status = await (await site.ask("status", holder)).json()
    assert status | {"expires_at": 0} == {
        "state": "active",
        "single_use": True,
        "expires_at": 0,
        "passphrase": None,
        "tries_left": None,
        "created_by_you": False,
        "workspace": "Example Support",
        "agent": "anna",
        "language": None,
    }
    shown = await (await site.ask("reveal", holder)).json()
    assert set(shown) == {"blob", "views", "retry_until"}
    assert shown["views"] == 1
    assert (await (await site.ask("reveal", holder)).json())["blob"] == shown["blob"]
    other = await site.ask("reveal", holder, b"o" * 16)
    assert other.status == 410
    error = (await other.json())["error"]
    assert error["code"] == "gone"
    assert error["reason"] == "viewed"
    assert isinstance(error["at"], int)
    assert (await site.ask("ack", holder)).status == 200
    assert (await site.ask("reveal", holder)).status == 410
    assert (await site.ask("status", holder)).status == 410


async def test_a_reusable_secret_stays(site: Site) -> None:
    """retry_until is null, and views count."""
    holder = await share(site.vault, single_use=False)
    for views in (1, 2):
        shown = await (await site.ask("reveal", holder)).json()
        assert (shown["views"], shown["retry_until"]) == (views, None)
    assert (await site.ask("ack", holder)).status == 200


async def test_d2_nobody_without_a_proof_can_tell_secrets_apart(
    site: Site, store_client: RawStore, ring: KeyRing
) -> None:
    """D2: unknown, active, expired, opened, burned, lost, tampered: same status, headers, body."""
    made = {name: await share(site.vault) for name in ("active", "expired", "opened", "burned")}
    made |= {name: await share(site.vault) for name in ("lost", "tampered")}
    await meddling.expire_in(store_client, ring, made["expired"].id, seconds=-1)
    await site.ask("reveal", made["opened"])
    await site.vault.burn(ANNA, made["burned"].id)
    await meddling.lose(store_client, made["lost"].id)
    await store_client.hset(keys.record(made["tampered"].id), "mac", b"x" * 32)
    paths = {name: holder.id.value for name, holder in made.items()}
    paths |= {"unknown": SecretId.new(ANNA.workspace).value, "no id at all": "nonsense"}
    for verb in ("status", "reveal", "ack"):
        answers = set()
        for path in paths.values():
            body = {"link_proof": b64u(Proof.random().expose()), "nonce": b64u(b"n" * 16)}
            answer = await site.post(f"/api/secrets/{path}/{verb}", body)
            headers = {k: v for k, v in answer.headers.items() if k != "Date"}
            answers.add((answer.status, json.dumps(headers, sort_keys=True), await answer.text()))
        assert len(answers) == 1
        assert answers.pop()[0] == 404


async def test_d1_the_path_alone_gives_nothing_over_http(site: Site) -> None:
    """D1: POSTs with the path and any other proof: no ciphertext, no burn."""
    holder = await share(site.vault)
    for _ in range(n("D1", everyday=50, full=1000)):
        body = {"link_proof": b64u(Proof.random().expose()), "nonce": b64u(b"n" * 16)}
        answer = await site.post(site.path(holder.id, "reveal"), body)
        assert answer.status == 404
    assert (await site.ask("status", holder)).status == 200


async def test_a8_get_head_and_options_change_nothing(site: Site, store_client: RawStore) -> None:
    """A8: every key unchanged, byte for byte, whatever a preview or scanner fetches."""
    holders = [await share(site.vault, single_use=single) for single in (True, False)]
    before = await snapshot(store_client)
    paths = ["/", "/about", "/healthz", "/readyz", "/new", "/assets/x.js", "/slack/events"]
    for holder in holders:
        paths += [f"/s/{holder.id.value}", f"/r/{holder.id.value}", f"/c/{holder.id.value}"]
        paths += [site.path(holder.id, verb) for verb in ("status", "reveal", "ack")]
    for i in range(n("A8", everyday=150, full=10_000)):
        method = ("GET", "HEAD", "OPTIONS")[i % 3]
        async with site.client.request(method, site.url + paths[i // 3 % len(paths)]) as answer:
            assert answer.status in {200, 404, 405}
    assert await snapshot(store_client) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"null", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"link_proof": 1, "nonce": "AA"}', 400, "bad_request"),
        (b'{"nonce": "AAAAAAAAAAAAAAAAAAAAAA"}', 400, "bad_request"),
        (b'{"link_proof": "AA", "nonce": "AAAAAAAAAAAAAAAAAAAAAA"}', 400, "bad_request"),
        (b'{"link_proof": "' + b"A" * 43 + b'"}', 400, "bad_request"),
        (b'{"link_proof": "' + b"A" * 43 + b'", "nonce": "A A"}', 400, "bad_request"),
        (
            b'{"link_proof": "' + b"A" * 43 + b'=", "nonce": "' + b"A" * 22 + b'"}',
            400,
            "bad_request",
        ),
        (b" " * (640 * 1024 + 1), 413, "too_large"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_bad_bodies_get_a_clear_answer(
    site: Site, body: bytes, status: int, code: str
) -> None:
    """Broken, huge or mistyped JSON: one code, one sentence, nothing repeated of the input."""
    holder = await share(site.vault)
    answer = await site.client.post(
        site.url + site.path(holder.id, "reveal"), data=body, headers=OWN_PAGE
    )
    assert answer.status == status
    error = (await answer.json())["error"]
    assert error["code"] == code
    assert error["message"]
    assert (await site.ask("status", holder)).status == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
async def test_only_our_own_pages_may_ask(
    site: Site,
    headers: dict[str, str],
    allowed: bool,  # noqa: FBT001
) -> None:
    """Another site's page in the visitor's browser is refused before anything is read."""
    holder = await share(site.vault)
    answer = await site.client.post(
        site.url + site.path(holder.id, "status"),
        json={"link_proof": b64u(holder.proof.expose())},
        headers=headers,
    )
    assert answer.status == (200 if allowed else 403)
    if not allowed:
        assert (await answer.json())["error"]["code"] == "foreign_origin"


@pytest.mark.one_server  # the wire leads to one
async def test_b4_a_store_that_is_away_consumes_nothing(
    store_client: RawStore, ring: KeyRing, store_url: str
) -> None:
    """B4: clear 503s while it is gone, then normal service without a restart."""
    cable = Cable(store_url)
    await cable.plug()
    client = store.connect(cable.redis_url)
    async with serve(Vault(client, ring), client) as site:
        holder = await share(site.vault)
        assert (await site.client.get(site.url + "/readyz")).status == 200
        await cable.pull()
        answer = await site.ask("reveal", holder)
        assert answer.status == 503
        assert (await answer.json())["error"]["code"] == "try_again"
        assert answer.headers["Retry-After"]
        await asyncio.sleep(1.05)
        assert (await site.client.get(site.url + "/readyz")).status == 503
        assert (await site.client.get(site.url + "/healthz")).status == 200
        assert (await site.client.get(site.url + f"/s/{holder.id.value}")).status == 200
        await cable.plug()
        assert (await site.ask("reveal", holder)).status == 200
        await asyncio.sleep(1.05)
        assert (await site.client.get(site.url + "/readyz")).status == 200
    await client.aclose()
    await cable.pull()


async def test_a7_a_response_cut_after_the_claim(site: Site, store_client: RawStore) -> None:
    """A7: the reader's connection breaks after the claim; the same page gets the same bytes."""
    for _ in range(n("A7", everyday=8, full=200)):
        holder = await share(site.vault)
        cable = Cable(int(site.url.rsplit(":", 1)[1]))
        cable.lose_replies = 1
        port = await cable.plug()
        body = {"link_proof": b64u(holder.proof.expose()), "nonce": b64u(b"n" * 16)}
        path = site.path(holder.id, "reveal")
        with pytest.raises((ServerDisconnectedError, ClientPayloadError, OSError)):
            await site.client.post(f"http://127.0.0.1:{port}{path}", json=body, headers=OWN_PAGE)
        while await _state(store_client, holder) != b"viewed":
            await asyncio.sleep(0.01)
        answer = await site.ask("reveal", holder)
        assert answer.status == 200
        again = await site.ask("reveal", holder)
        assert (await again.json())["blob"] == (await answer.json())["blob"]
        assert (await site.ask("reveal", holder, b"o" * 16)).status == 410
        await cable.pull()


async def _state(redis: RawStore, holder: Holder) -> bytes:
    found: bytes = await redis.hget(keys.record(holder.id), "state")
    return found


async def test_the_states_of_a_secret_for_its_reader(
    site: Site, store_client: RawStore, ring: KeyRing
) -> None:
    """410 with the reason and when, for whoever proves the fragment."""
    burned, expired, lost = [await share(site.vault) for _ in range(3)]
    await site.vault.burn(ANNA, burned.id)
    await meddling.expire_in(store_client, ring, expired.id, seconds=-60)
    await meddling.lose(store_client, lost.id)
    for holder, reason in (
        (burned, State.BURNED),
        (expired, State.EXPIRED),
        (lost, State.LOST),
    ):
        for verb in ("status", "reveal"):
            answer = await site.ask(verb, holder)
            error = (await answer.json())["error"]
            assert (answer.status, error["code"], error["reason"]) == (410, "gone", reason.value)
            assert error["at"] > 1_600_000_000


async def test_a_holder_of_another_id_is_a_stranger(site: Site) -> None:
    """A proof is made for one id."""
    one, other = await share(site.vault), await share(site.vault)
    mixed = Holder(one.id, other.key, other.proof)
    assert (await site.ask("reveal", mixed)).status == 404
