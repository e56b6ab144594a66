"""Asking again from the collect page: the same words, by who may collect, and nothing else."""

import secrets
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from storage.languages import Language
from storage.model import DAY, HOUR, Details, Kind, Lifetime, Proof, SecretId
from storage.policy import Policy
from storage.seal import KeyRing
from storage.tickets import Errand, Purpose, Session
from storage.vault import Vault
from storage.wire import b64u, unb64u
from tests.asking import (
    FIELDS,
    IN_CHANNEL,
    Question,
    answered,
    ask,
    asked,
    collect,
    new_question,
    session,
)
from tests.links import share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore
from tests.site import Site
from tests.web.served import UNLIMITED, serve
from tests.web.test_requests import click, code, redeem, say

COLLECT = Purpose.COLLECT
GERMAN, FRENCH = Language("de"), Language("fr")


def fresh(old: SecretId, **changed: object) -> dict[str, object]:
    """What the collect page sends to ask again."""
    return {
        "again": old.value,
        "id": SecretId.new(ANNA.workspace).value,
        "submit_proof": b64u(Proof.random().expose()),
        "link_proof": b64u(Proof.random().expose()),
        "public_key": b64u(secrets.token_bytes(1216)),
    } | changed


def made(body: dict[str, object]) -> Question:
    """The request that a body makes, with what its links prove."""
    proofs = [Proof(unb64u(str(body[name]))) for name in ("submit_proof", "link_proof")]
    return Question(SecretId(str(body["id"])), unb64u(str(body["public_key"])), *proofs)


async def records(store: RawStore) -> int:
    """How many secrets and requests there are."""
    return len(await store.keys("*:record:*"))


async def test_the_same_words_with_new_keys(site: Site) -> None:
    """Closed too early: one call makes a request that asks the same, answered and collected anew."""
    old = await answered(site.vault)
    await redeem(site, ANNA, COLLECT, Errand(old.id))
    assert (await click(site, "reveal", old)).status == 200
    body = fresh(old.id)
    assert (await site.post("/api/requests", body)).status == 201  # this answer may get lost
    response = await site.post("/api/requests", body)
    assert response.status == 201
    told = await response.json()
    assert told | {"expires_at": 0} == {
        "what": "canary-what: the admin login",
        "fields": list(FIELDS),
        "lifetime": HOUR,
        "expires_at": 0,
        "language": None,
    }
    new = made(body)
    details = await site.vault.details(ANNA.workspace, new.id)
    assert isinstance(details, Details)
    record = details.summary.record
    assert record
    assert (record.kind, record.label, record.collect_by) == (
        Kind.REQUEST,
        "canary-label: ACME",
        "me",
    )
    assert (record.creator, record.public_key) == (ANNA.user, new.public_key)
    assert record.expires == told["expires_at"]
    form = await (await say(site, "status", new)).json()
    assert (form["state"], form["what"], form["agent"]) == ("waiting", told["what"], "anna")
    assert (await say(site, "submit", new)).status == 201
    # The new one is collected by pressing its own button, as every request.
    assert await code(await click(site, "reveal", new)) == (401, "session_required")
    await redeem(site, ANNA, COLLECT, Errand(new.id))
    assert (await click(site, "reveal", new)).status == 200


async def test_a_channels_request_stays_its_channels(site: Site) -> None:
    """Whoever collects there may ask again; the new one is theirs, and the channel's to collect."""
    old = await answered(site.vault, collect_by=IN_CHANNEL)
    await redeem(site, BEN, COLLECT, Errand(old.id))
    body = fresh(old.id)
    assert (await site.post("/api/requests", body)).status == 201
    details = await site.vault.details(ANNA.workspace, made(body).id)
    assert isinstance(details, Details)
    assert details.summary.record
    assert details.summary.record.creator == BEN.user
    assert details.summary.record.collect_by == str(IN_CHANNEL)


async def test_the_customers_language_is_taken_over(site: Site) -> None:
    """Whoever asks again speaks to the same customer, and what they chose for their own stays."""
    old = await answered(site.vault, collect_by=IN_CHANNEL)
    await site.vault.speak(ANNA, old.id, GERMAN)
    mine = await ask(site.vault, agent=BEN)
    await site.vault.speak(BEN, mine.id, FRENCH)
    await redeem(site, BEN, COLLECT, Errand(old.id))
    body = fresh(old.id)
    response = await site.post("/api/requests", body)
    assert (await response.json())["language"] == GERMAN
    form = await (await say(site, "status", made(body))).json()
    assert form["language"] == GERMAN
    assert await site.vault.language(BEN) == FRENCH


async def test_g4_only_for_the_request_of_the_session(site: Site, store_client: RawStore) -> None:
    """No session, another request's, another person's, another workspace's, a composer's: refused."""
    old, other = await answered(site.vault), await answered(site.vault)
    before = await records(store_client)
    refusals = [await code(await site.post("/api/requests", fresh(old.id)))]
    for agent, purpose, errand in (
        (ANNA, Purpose.VISIT, Errand()),
        (ANNA, Purpose.COMPOSE, Errand()),
        (ANNA, COLLECT, Errand(other.id)),
        (BEN, COLLECT, Errand(old.id)),
        (STRANGER, COLLECT, Errand(old.id)),
    ):
        site.client.cookie_jar.clear()
        await redeem(site, agent, purpose, errand)
        refusals.append(await code(await site.post("/api/requests", fresh(old.id))))
    assert refusals == [(401, "session_required")] * 4 + [(403, "not_for_you")] * 2
    assert await records(store_client) == before


async def test_control_a_session_that_names_it_is_what_counts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: were every session taken to name every request, it would be asked."""
    old, other = await answered(site.vault), await answered(site.vault)
    await redeem(site, ANNA, COLLECT, Errand(other.id))
    real = site.vault.tickets.session

    def names_all(cookie: str) -> Session | None:
        found = real(cookie)
        return replace(found, requests=(*found.requests, old.id)) if found else None

    monkeypatch.setattr(site.vault.tickets, "session", names_all)
    assert (await site.post("/api/requests", fresh(old.id))).status == 201


@pytest.mark.parametrize(
    "words",
    [
        {"what": "Your online banking"},
        {"what": "canary-what: the admin login"},  # the same: not this page's to say either
        {"fields": ["Card number"]},
        {"label": "another"},
        {"lifetime": DAY},
        {"collect_by": "channel"},
        {"collect_by": "me"},
        {"channel": "C0OTHER"},
        {"again": "nonsense"},
        {"public_key": b64u(b"k" * 1215)},
    ],
    ids=str,
)
async def test_no_word_of_its_own(
    site: Site, store_client: RawStore, words: dict[str, object]
) -> None:
    """400, and nothing is stored."""
    old = await ask(site.vault)
    await redeem(site, ANNA, COLLECT, Errand(old.id))
    response = await site.post("/api/requests", fresh(old.id, **words))
    assert await code(response) == (400, "bad_request")
    assert await records(store_client) == 1


async def test_it_opens_no_composer(site: Site, store_client: RawStore) -> None:
    """A collect session asks nothing without naming its request, and makes no id of another room."""
    old = await answered(site.vault)
    await redeem(site, ANNA, COLLECT, Errand(old.id))
    words = {"what": "The login", "lifetime": HOUR, "collect_by": "me"}
    body = {key: value for key, value in fresh(old.id, **words).items() if key != "again"}
    assert await code(await site.post("/api/requests", body)) == (401, "session_required")
    elsewhere = fresh(old.id, id=SecretId.new(STRANGER.workspace).value)
    assert await code(await site.post("/api/requests", elsewhere)) == (400, "bad_request")
    taken = await share(site.vault)
    refused = await site.post("/api/requests", fresh(old.id, id=taken.id.value))
    assert await code(refused) == (409, "exists")
    assert await records(store_client) == 2


async def test_policies_bind_it(store_client: Redis, ring: KeyRing) -> None:
    """REQUESTS and CREATES_PER_HOUR refuse; a MAX_LIFETIME lowered since shortens, and says so."""
    old = new_question()
    await asked(Vault(store_client, ring), old, lifetime=Lifetime(7 * DAY))
    limits = Policy(max_lifetime=Lifetime(DAY), creates_per_hour=1)
    for policy, answers in (
        (Policy(requests=False), [(403, "requests")]),
        (limits, [(201, DAY), (403, "creates_per_hour")]),
    ):
        vault = Vault(store_client, ring, policy=policy)
        async with serve(vault, store_client, reveals_per_minute=UNLIMITED) as site:
            await redeem(site, ANNA, COLLECT, Errand(old.id))
            for status, word in answers:
                response = await site.post("/api/requests", fresh(old.id))
                told = await response.json()
                found = told["lifetime"] if status == 201 else told["error"]["reason"]
                assert (response.status, found) == (status, word)


async def test_what_cannot_be_believed_is_not_asked_again(
    site: Site, store_client: RawStore
) -> None:
    """A vanished or altered request gives nothing to repeat: 404, and nothing is stored."""
    gone, altered = await answered(site.vault), await answered(site.vault)
    for question in (gone, altered):
        await redeem(site, ANNA, COLLECT, Errand(question.id))
    await store_client.delete(f"ss:{{{gone.id.tag}}}:record:{gone.id.value}")
    await store_client.hset(f"ss:{{{altered.id.tag}}}:record:{altered.id.value}", "mac", b"x" * 32)
    for question in (gone, altered):
        refused = await site.post("/api/requests", fresh(question.id))
        assert await code(refused) == (404, "unavailable")
    assert await records(store_client) == 1


async def test_it_may_be_asked_again_after_the_end(site: Site) -> None:
    """Collected, withdrawn, cancelled: as long as the history and the session last."""
    collected, cancelled = await answered(site.vault), await ask(site.vault)
    withdrawn = await answered(site.vault)
    await collect(site.vault, collected, await session(site.vault, ANNA, request=collected.id))
    await site.vault.burn(ANNA, cancelled.id)
    await say(site, "withdraw", withdrawn)
    for question in (collected, cancelled, withdrawn):
        await redeem(site, ANNA, COLLECT, Errand(question.id))
        assert (await site.post("/api/requests", fresh(question.id))).status == 201
