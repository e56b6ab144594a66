"""docs/openapi.yaml describes the HTTP API: all of it, and nothing else.

Every site that these tests start is held against it as well: ``tests/site.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from redis.asyncio import Redis
from yarl import URL

from storage import keys, store
from storage.model import DAY, HOUR, Lifetime, Passphrase, Proof
from storage.policy import Policy
from storage.seal import KeyRing
from storage.tickets import Errand, Purpose
from storage.vault import Vault
from storage.wire import b64u
from tests import meddling
from tests.asking import IN_CHANNEL, answered, ask
from tests.contract import Outcome, against, document, operations, outcomes
from tests.links import Holder, share
from tests.people import ANNA, BEN
from tests.raw import RawStore
from tests.site import OWN_PAGE, Site
from tests.web.served import UNLIMITED, serve
from tests.web.test_again import fresh
from tests.web.test_composer import Draft, question
from tests.web.test_requests import click, redeem, say
from web import api, errors
from web.pages import STATIC

# Decided before, or whatever, a handler does; the same on every route.
EDGE = {
    "bad_request",
    "foreign_origin",
    "too_slow",
    "too_large",
    "rate_limited",
    "internal",
    "try_again",
}
PROOF = b64u(b"p" * 32)
BODIES: dict[str, dict[str, object]] = {
    "/api/secrets/{id}/status": {"link_proof": PROOF},
    "/api/secrets/{id}/reveal": {"link_proof": PROOF, "nonce": b64u(b"n" * 16)},
    "/api/secrets/{id}/ack": {"link_proof": PROOF, "nonce": b64u(b"n" * 16)},
    "/api/secrets/{id}/saved": {"link_proof": PROOF},
    "/api/requests/{id}/status": {"submit_proof": PROOF},
    "/api/requests/{id}/submit": {"submit_proof": PROOF, "nonce": b64u(b"n" * 16), "blob": "AAAA"},
    "/api/requests/{id}/withdraw": {"submit_proof": PROOF},
    "/api/requests/{id}/unexpected": {"submit_proof": PROOF},
}


def bodies(site: Site) -> dict[str, dict[str, object]]:
    """For every POST, a body that is well formed, and a path that a record could have."""
    ticket = site.vault.tickets.issue(ANNA, Purpose.VISIT).expose().decode()
    made: dict[str, dict[str, object]] = {
        "/api/secrets": Draft().body(),
        "/api/requests": question(),
        "/api/session": {"ticket": ticket},
    }
    name = Draft().id.value
    return {route.replace("{id}", name): body for route, body in (BODIES | made).items()}


def test_it_is_an_openapi_document() -> None:
    """By the OpenAPI Initiative's own schema of version 3.1, references and schemas included."""
    assert list(OpenAPIV31SpecValidator(cast("Any", document())).iter_errors()) == []
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_and_only_those(site: Site) -> None:
    """What ``web/app.py`` routes is described, and what is described is routed."""
    routed = {
        (route.method, route.resource.canonical)
        for route in site.app.router.routes()
        if route.resource and route.method != "HEAD"
    }
    assert {(method, path) for method, path, _ in operations()} == routed


def test_every_error_code_with_its_status() -> None:
    """The table of ``web/errors.py``, code for code; each is the answer of some operation."""
    described = {(outcome.code, outcome.status) for outcome in outcomes() if outcome.code}
    assert described == {(code, status) for code, (status, _) in errors.CODES.items()}


def test_every_post_has_each_answer_of_the_edge() -> None:
    """The middleware's refusals can meet any POST, so each says so."""
    for method, path, _ in operations():
        if method == "POST":
            assert {one.code for one in outcomes() if one.path == path} >= EDGE, path


@pytest.mark.parametrize(
    ("schema", "value", "right"),
    [
        ("Nonce", b64u(b"n" * 16), True),
        ("Nonce", b64u(b"n" * 17), False),
        ("Created", {"expires_at": 1}, True),
        ("Created", {"expires_at": "1"}, False),
        ("Created", {"expires_at": 1, "token": "x"}, False),
        ("gone", {"error": {"code": "gone", "message": "x", "reason": "viewed", "at": 1}}, True),
        ("gone", {"error": {"code": "gone", "message": "x", "reason": "sold", "at": 1}}, False),
        ("gone", {"error": {"code": "gone", "message": "x"}}, False),
        ("waiting", {"error": {"code": "waiting", "message": "x"}}, True),
        ("waiting", {"error": {"code": "waiting", "message": "x", "at": 1}}, False),
        ("waiting", {"error": {"code": "exists", "message": "x"}}, False),
    ],
)
def test_control_the_schemas_refuse(
    schema: str,
    value: object,
    right: bool,  # noqa: FBT001
) -> None:
    """The negative control: a wrong type, an extra member or another code does not pass."""
    assert (against({"$ref": f"#/components/schemas/{schema}"}, value) == []) == right


async def test_control_an_undescribed_member_is_noticed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the watching: one member too many, and the site is not as described."""
    real = errors.answer
    monkeypatch.setattr(api, "answer", lambda body: real(body | {"token": "x"}))
    assert (await site.ask("status", await share(site.vault))).status == 200
    (fault,) = site.contract.broken
    assert fault.startswith("POST /api/secrets/{id}/status 200: $ fails additionalProperties")
    site.contract.broken.clear()


@pytest.mark.one_server
async def test_every_described_outcome_happens(
    site: Site, store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is described that the site never says: each outcome of each operation is met here."""
    seen = site.contract.seen
    await _pages(site)
    await _shares(site, store_client, ring)
    await _requests(site, store_client)
    await _composer(site, store_client)
    seen |= await _policies(store_client, ring)
    seen |= await _edge(site, store_client, ring, monkeypatch)
    assert {one for one in outcomes() if one not in seen} == set()


async def _pages(site: Site) -> None:
    asset = next((STATIC / "assets").glob("*.css")).name
    for path in ("/", "/about", "/s/x", "/r/x", "/c/x", "/new", "/healthz", "/readyz"):
        assert (await site.client.get(site.url + path)).status == 200
        refused = await site.client.get(site.url + path, headers={"Expect": "a miracle"})
        assert refused.status == 417
    assert (await site.client.get(f"{site.url}/assets/{asset}")).status == 200
    assert (await site.client.get(f"{site.url}/assets/none.js")).status == 404
    refused = await site.client.get(f"{site.url}/assets/{asset}", headers={"Expect": "a miracle"})
    assert refused.status == 417


async def _shares(site: Site, redis: RawStore, ring: KeyRing) -> None:
    """Status, reveal and ack of secrets, with and without a passphrase."""
    one, many = await share(site.vault), await share(site.vault, single_use=False)
    for holder in (one, many):
        for verb in ("status", "reveal", "ack"):
            assert (await site.ask(verb, holder)).status == 200
    ended = [await share(site.vault) for _ in range(2)]
    await site.vault.burn(ANNA, ended[0].id)
    await meddling.expire_in(redis, ring, ended[1].id, seconds=-1)
    for holder in (one, *ended):
        for verb in ("status", "reveal", "ack"):
            await site.ask(verb, holder, b"o" * 16)
    stranger = Holder(one.id, one.key, Proof.random())
    for verb in ("status", "reveal", "ack"):
        assert (await site.ask(verb, stranger)).status == 404
    locked = await share(site.vault, passphrase=Passphrase.of("horse"))
    assert (await site.ask("status", locked)).status == 200
    await site.ask("reveal", locked)
    body = BODIES["/api/secrets/{id}/reveal"] | {"link_proof": b64u(locked.proof.expose())}
    await site.post(site.path(locked.id, "reveal"), body | {"passphrase_proof": PROOF})


async def _requests(site: Site, redis: RawStore) -> None:
    """From the question to the receipt, by whoever may and whoever may not."""
    waiting, other, withdrawn = [await ask(site.vault) for _ in range(3)]
    collected = await answered(site.vault, collect_by=IN_CHANNEL)
    for verb in ("reveal", "saved"):
        await click(site, verb, waiting)
    await redeem(site, BEN, Purpose.COLLECT, Errand(waiting.id))
    for verb in ("reveal", "saved"):
        await click(site, verb, waiting)
    await redeem(site, ANNA, Purpose.COLLECT, Errand(waiting.id))
    await redeem(site, ANNA, Purpose.COLLECT, Errand(collected.id))
    for verb in ("status", "reveal", "saved"):
        await click(site, verb, waiting)
    for verb in ("status", "reveal", "ack", "saved"):
        assert (await click(site, verb, collected)).status == 200
    await say(site, "status", collected)
    for verb in ("submit", "withdraw", "unexpected"):
        await say(site, verb, collected, b"o" * 16)
    for verb in ("submit", "withdraw"):
        await say(site, verb, withdrawn)
    await say(site, "unexpected", other)
    for verb in ("submit", "withdraw", "unexpected"):
        await say(site, verb, withdrawn, b"o" * 16)
    await redeem(site, ANNA, Purpose.COLLECT, Errand(withdrawn.id))
    await click(site, "saved", withdrawn)
    await redis.config_set("maxmemory", "1mb")
    await say(site, "submit", waiting)
    await redis.config_set("maxmemory", 0)
    for path, body in bodies(site).items():
        if "/secrets/" in path or "/requests/" in path:
            assert (await site.post(path, body)).status == 404


async def _composer(site: Site, redis: RawStore) -> None:
    """Tickets of each purpose, what they allow, and ids that are taken."""
    site.client.cookie_jar.clear()
    for path, body in (("secrets", Draft().body()), ("requests", question())):
        assert (await site.post(f"/api/{path}", body)).status == 401
    ticket = site.vault.tickets.issue(ANNA, Purpose.COMPOSE, Errand(channel="C0SUPPORT"))
    for text in (ticket.expose().decode(), ticket.expose().decode(), "forged"):
        await site.post("/api/session", {"ticket": text})
        if text != "forged":
            await site.post("/api/secrets", Draft().body())
            site.client.cookie_jar.clear()
    await redeem(site, ANNA, Purpose.VISIT)
    await redeem(site, ANNA, Purpose.COMPOSE)
    asks = question()
    assert (await site.post("/api/requests", asks)).status == 201
    taken: Any = asks["id"]
    await site.post("/api/requests", question(id=taken))
    await site.post("/api/secrets", Draft().body(id=taken))
    await site.post("/api/requests", question(collect_by="channel"))
    old, gone = await answered(site.vault), await answered(site.vault)
    for one in (old, gone):
        await redeem(site, ANNA, Purpose.COLLECT, Errand(one.id))
    await redis.delete(keys.record(gone.id))
    for one in (old, gone):
        await site.post("/api/requests", fresh(one.id))
    await redis.config_set("maxmemory", "1mb")
    for path, body in (("secrets", Draft().body()), ("requests", question())):
        assert (await site.post(f"/api/{path}", body)).status == 507
    await redis.config_set("maxmemory", 0)


async def _policies(redis: Redis, ring: KeyRing) -> set[Outcome]:
    """Each policy that can refuse what a page makes."""
    policy = Policy(max_lifetime=Lifetime(DAY), require_passphrase=True, requests=False)
    vault = Vault(redis, ring, policy=policy)
    async with serve(vault, redis, reveals_per_minute=UNLIMITED) as site:
        await redeem(site, ANNA, Purpose.COMPOSE)
        for path, body in (("secrets", Draft().body(lifetime=HOUR)), ("requests", question())):
            assert (await site.post(f"/api/{path}", body)).status == 403
        return site.contract.seen


async def _edge(
    site: Site, redis: Redis, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> set[Outcome]:
    """What any POST can meet: a broken, huge or slow body, another origin, a limit, a fault."""
    for path, body in bodies(site).items():
        url = site.url + path
        assert (await site.post(path, [])).status == 400
        assert (await site.client.post(url, json=body)).status == 403
        huge = await site.client.post(url, data=b" " * (640 * 1024 + 1), headers=OWN_PAGE)
        assert huge.status == 413
        odd = await site.client.post(url, json=body, headers=OWN_PAGE | {"Expect": "a miracle"})
        assert odd.status == 417
    with monkeypatch.context() as patch:
        patch.setattr(api, "BODY_PATIENCE", 0.02)
        for path in bodies(site):
            slow = await site.client.post(site.url + path, data=_drip(), headers=OWN_PAGE)
            assert slow.status == 408
    cookies = {"session": site.client.cookie_jar.filter_cookies(URL(site.url))["session"].value}
    away = store.connect("redis://127.0.0.1:1")
    seen = set[Outcome]()
    for broken, its_store, status in (
        (Vault(away, ring), away, 503),
        (cast("Vault", object()), redis, 500),
    ):
        async with serve(broken, its_store, reveals_per_minute=UNLIMITED) as other:
            other.client.cookie_jar.update_cookies(cookies)
            for path, body in bodies(site).items():
                assert (await other.post(path, body)).status == status, path
            await other.client.get(other.url + "/readyz")
            seen |= other.contract.seen
    await away.aclose()
    async with serve(site.vault, redis, reveals_per_minute=1) as other:
        await other.post("/api/session", {})
        for path, body in bodies(site).items():
            assert (await other.post(path, body)).status == 429
        return seen | other.contract.seen


async def _drip() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.sleep(0.1)
