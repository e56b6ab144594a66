"""The composer at the API: only with its session, nothing overwritten, policies held."""

import secrets
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from storage import envelope, keys
from storage.model import (
    DAY,
    Agent,
    Argon2,
    Content,
    Details,
    Event,
    Kind,
    Lifetime,
    LinkKey,
    Passphrase,
    Preset,
    Proof,
    SecretId,
    tag_of,
)
from storage.outcomes import Opened
from storage.policy import Policy
from storage.seal import KeyRing
from storage.tickets import Errand, Purpose
from storage.vault import Vault
from storage.wire import b64u, unb64u
from tests.asking import Question
from tests.links import Holder, reveal, share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore, as_bytes, holds, snapshot
from tests.site import Site
from tests.web.served import UNLIMITED, serve
from tests.web.test_requests import click, code, redeem, say

COMPOSE = Purpose.COMPOSE
ARGON2 = {"name": "argon2id", "m": 65_536, "t": 3, "p": 1}


@dataclass
class Draft:
    """A secret as the composer's page makes it."""

    id: SecretId = field(default_factory=lambda: SecretId.new(ANNA.workspace))
    key: LinkKey = field(default_factory=LinkKey.random)
    text: str = "canary-text"

    @property
    def holder(self) -> Holder:
        """Whoever gets its link."""
        return Holder(self.id, self.key, envelope.link_proof(self.key, self.id))

    def body(self, **changed: object) -> dict[str, object]:
        """What the page sends."""
        return {
            "id": self.id.value,
            "link_proof": b64u(self.holder.proof.expose()),
            "blob": b64u(envelope.seal(Content(text=self.text), self.key, self.id)),
            "label": "ACME",
            "lifetime": 7200,
            "single_use": True,
        } | changed


def question(agent: Agent = ANNA, /, **changed: object) -> dict[str, object]:
    """A request as the composer's page sends it."""
    return {
        "id": SecretId.new(agent.workspace).value,
        "submit_proof": b64u(Proof.random().expose()),
        "link_proof": b64u(Proof.random().expose()),
        "public_key": b64u(secrets.token_bytes(1216)),
        "what": "The admin login",
        "label": "ACME",
        "fields": ["Username", "Password"],
        "lifetime": 86_400,
        "collect_by": "me",
    } | changed


async def expires(response: ClientResponse) -> int:
    """What a creation answers."""
    assert response.status == 201, await response.text()
    told = await response.json()
    assert set(told) == {"expires_at"}
    return int(told["expires_at"])


async def collectors(site: Site, body: dict[str, object]) -> str:
    """Who may collect the request that was stored."""
    details = await site.vault.details(ANNA.workspace, SecretId(str(body["id"])))
    assert isinstance(details, Details)
    assert details.summary.record
    return details.summary.record.collect_by


async def test_a_composed_secret_opens_with_its_link(site: Site, store_client: RawStore) -> None:
    """Stored as it came, on record as its agent's, their next default; readable by the link alone."""
    await redeem(site, ANNA, COMPOSE)
    draft = Draft()
    await expires(await site.post("/api/secrets", draft.body()))
    everything = as_bytes(await snapshot(store_client))
    assert not holds(everything, b"canary-text")
    assert not holds(everything, draft.key.expose())
    status = await (await site.ask("status", draft.holder)).json()
    assert (status["agent"], status["workspace"]) == ("anna", "Example Support")
    opened = await reveal(site.vault, draft.holder)
    assert draft.holder.read(opened) == "canary-text"
    details = await site.vault.details(ANNA.workspace, draft.id)
    assert isinstance(details, Details)
    assert details.summary.record
    assert (details.summary.record.label, details.trail[0].by) == ("ACME", ANNA.user)
    assert await site.vault.preset(ANNA) == Preset(Lifetime(7200), single_use=True)


async def test_a_passphrase_comes_as_its_proof(site: Site) -> None:
    """Parameters and proof are stored; a wrong one counts, the right one opens."""
    await redeem(site, ANNA, COMPOSE)
    draft, words = Draft(), Passphrase.of("horse")
    cost = Argon2(m=8 * 1024, t=1, p=1)
    stretched = envelope.stretch(words, draft.key, draft.id, cost)
    holder = replace(draft.holder, stretched=stretched)
    assert holder.guess
    blob = envelope.seal(Content(text="locked"), draft.key, draft.id, stretched=stretched)
    body = draft.body(
        blob=b64u(blob),
        passphrase_proof=b64u(holder.guess.expose()),
        passphrase={"name": "argon2id", "m": 8192, "t": 1, "p": 1},
    )
    await expires(await site.post("/api/secrets", body))
    status = await (await site.ask("status", holder)).json()
    assert status["passphrase"] == {"name": "argon2id", "m": 8192, "t": 1, "p": 1}
    assert not isinstance(await reveal(site.vault, draft.holder), Opened)
    assert holder.read(await reveal(site.vault, holder)) == "locked"


async def test_only_the_composers_session_creates(site: Site, store_client: RawStore) -> None:
    """401 without one, or with one that was opened to visit or to collect; nothing is stored."""
    sessions = (
        None,
        (ANNA, Purpose.VISIT, Errand()),
        (ANNA, Purpose.COLLECT, Errand(SecretId.new(ANNA.workspace))),
    )
    for granted in sessions:
        if granted:
            site.client.cookie_jar.clear()
            await redeem(site, *granted)
        for path, body in (("secrets", Draft().body()), ("requests", question())):
            refused = await site.post(f"/api/{path}", body)
            assert await code(refused) == (401, "session_required")
    assert await store_client.keys("*record*") == []
    await redeem(site, ANNA, COMPOSE)  # the same person's ticket adds to the session
    await expires(await site.post("/api/secrets", Draft().body()))


async def test_an_existing_id_is_never_overwritten(site: Site, store_client: RawStore) -> None:
    """The same creator and link proof: 201 again. Anybody or anything else: 409, nothing changes."""
    await redeem(site, ANNA, COMPOSE)
    draft, asks = Draft(), question()
    ends = await expires(await site.post("/api/secrets", draft.body()))
    await expires(await site.post("/api/requests", asks))
    other = await share(site.vault)
    before = await snapshot(store_client)
    assert await expires(await site.post("/api/secrets", draft.body(lifetime=3600))) == ends
    await expires(await site.post("/api/requests", asks))
    for body in (
        Draft(draft.id).body(),  # another key
        Draft(other.id).body(),  # one made in Slack
        draft.body(id=asks["id"]),
        draft.body(id=asks["id"], link_proof=asks["link_proof"]),  # a request is no secret
    ):
        assert await code(await site.post("/api/secrets", body)) == (409, "exists")
    for body in (asks | {"id": draft.id.value}, asks | {"link_proof": b64u(b"p" * 32)}):
        assert await code(await site.post("/api/requests", body)) == (409, "exists")
    await redeem(site, BEN, COMPOSE)
    assert await code(await site.post("/api/secrets", draft.body())) == (409, "exists")
    assert await snapshot(store_client, "*record*") == {
        key: value for key, value in before.items() if b"record" in key
    }
    assert draft.holder.read(await reveal(site.vault, draft.holder)) == "canary-text"


async def test_f5_nothing_is_made_in_another_workspace(site: Site, store_client: RawStore) -> None:
    """F5: an id must carry the session's tag."""
    await redeem(site, STRANGER, COMPOSE)
    for path, body in (("secrets", Draft().body()), ("requests", question())):
        assert await code(await site.post(f"/api/{path}", body)) == (400, "bad_request")
    assert await store_client.keys("*record*") == []
    body = question(STRANGER)
    await expires(await site.post("/api/requests", body))
    assert (await site.vault.history(ANNA.workspace)).rows == ()


async def test_a_request_born_in_the_browser_is_collected_by_its_agent(site: Site) -> None:
    """From the composer's body to the answer; the collect link alone, without a ticket, is no use."""
    await redeem(site, ANNA, COMPOSE)
    body = question()
    await expires(await site.post("/api/requests", body))
    # The very names and proofs that were sent.
    proofs = [Proof(unb64u(str(body[name]))) for name in ("submit_proof", "link_proof")]
    asked = Question(SecretId(str(body["id"])), unb64u(str(body["public_key"])), *proofs)
    form = await (await say(site, "status", asked)).json()
    assert (form["what"], form["fields"]) == ("The admin login", ["Username", "Password"])
    assert form["public_key"] == body["public_key"]
    assert (await say(site, "submit", asked)).status == 201
    assert await code(await click(site, "reveal", asked)) == (401, "session_required")
    await redeem(site, ANNA, Purpose.COLLECT, Errand(asked.id))
    assert (await click(site, "reveal", asked)).status == 200


async def test_this_channel_is_the_one_of_the_window(site: Site) -> None:
    """Refused without one; with several open, the page says which; never one of nobody's window."""
    await redeem(site, ANNA, COMPOSE)
    refused = await site.post("/api/requests", question(collect_by="channel"))
    assert await code(refused) == (403, "not_for_you")
    await redeem(site, ANNA, COMPOSE, Errand(channel="C0FIRST"))
    one = question(collect_by="channel")
    await expires(await site.post("/api/requests", one))
    assert await collectors(site, one) == "channel:C0FIRST"
    await redeem(site, ANNA, COMPOSE, Errand(channel="C0SECOND"))
    for wrong in ({}, {"channel": "C0OTHER"}):
        body = question(collect_by="channel", **wrong)
        assert await code(await site.post("/api/requests", body)) == (403, "not_for_you")
    for channel in ("C0FIRST", "C0SECOND"):
        body = question(collect_by="channel", channel=channel)
        await expires(await site.post("/api/requests", body))
        assert await collectors(site, body) == f"channel:{channel}"
    mine = question(channel="C0FIRST")
    await expires(await site.post("/api/requests", mine))
    assert await collectors(site, mine) == "me"


async def test_policies_bind_the_composer(store_client: Redis, ring: KeyRing) -> None:
    """MAX_LIFETIME, REQUIRE_PASSPHRASE, REQUESTS, CREATES_PER_HOUR: 403 policy, on record."""
    policy = Policy(
        max_lifetime=Lifetime(DAY), require_passphrase=True, requests=False, creates_per_hour=1
    )
    vault = Vault(store_client, ring, policy=policy)
    async with serve(vault, store_client, reveals_per_minute=UNLIMITED) as site:
        await redeem(site, ANNA, COMPOSE)
        proof = {"passphrase_proof": b64u(b"p" * 32), "passphrase": ARGON2}
        reasons = []
        for path, body in (
            ("secrets", Draft().body(lifetime=2 * DAY, **proof)),
            ("secrets", Draft().body()),
            ("requests", question()),
            ("secrets", Draft().body(**proof)),
            ("secrets", Draft().body(**proof)),
        ):
            response = await site.post(f"/api/{path}", body)
            if response.status != 201:
                assert response.status == 403
                error = (await response.json())["error"]
                assert error["code"] == "policy"
                reasons.append((error["reason"], error["at"] is not None))
        rules = ["max_lifetime", "require_passphrase", "requests", "creates_per_hour"]
        assert reasons == [(rule, rule == "creates_per_hour") for rule in rules]
    stream: RawStore = store_client
    entries = await stream.xrange(keys.audit(tag_of(ANNA.workspace)))
    refusals = [
        f[b"rule"].decode() for _, f in entries if f[b"event"].decode() == Event.REFUSED_BY_POLICY
    ]
    assert refusals == rules


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "nonsense"},
        {"link_proof": "AA"},
        {"blob": ""},
        {"lifetime": 3599},
        {"lifetime": 31 * DAY},
        {"lifetime": "3600"},
        {"single_use": 1},
        {"label": "x" * 81},
        {"passphrase_proof": b64u(b"p" * 32)},
        {"passphrase": ARGON2},
        {"passphrase_proof": "AA", "passphrase": ARGON2},
        {"passphrase_proof": b64u(b"p" * 32), "passphrase": ARGON2 | {"m": 1024}},
        {"passphrase_proof": b64u(b"p" * 32), "passphrase": ARGON2 | {"t": 7}},
        {"passphrase_proof": b64u(b"p" * 32), "passphrase": ARGON2 | {"p": 2}},
        {"passphrase_proof": b64u(b"p" * 32), "passphrase": ARGON2 | {"name": "argon2d"}},
    ],
    ids=str,
)
async def test_a_mistyped_secret_is_none(
    site: Site, store_client: RawStore, changed: dict[str, object]
) -> None:
    """400, and nothing is stored that no page would open."""
    await redeem(site, ANNA, COMPOSE)
    response = await site.post("/api/secrets", Draft().body(**changed))
    assert await code(response) == (400, "bad_request")
    assert await store_client.keys("*record*") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"public_key": b64u(b"k" * 1215)},
        {"public_key": ""},
        {"submit_proof": "AA"},
        {"what": " \u200b "},
        {"what": "x" * 81},
        {"fields": ["Username", "Username"]},
        {"fields": [""]},
        {"fields": [str(i) for i in range(11)]},
        {"fields": "Username"},
        {"collect_by": "everybody"},
        {"lifetime": 60},
    ],
    ids=lambda changed: str(changed)[:40],
)
async def test_a_mistyped_request_is_none(
    site: Site, store_client: RawStore, changed: dict[str, object]
) -> None:
    """400, and nothing is stored."""
    await redeem(site, ANNA, COMPOSE)
    response = await site.post("/api/requests", question(**changed))
    assert await code(response) == (400, "bad_request")
    assert await store_client.keys("*record*") == []


async def test_texts_come_in_on_one_line_and_without_tricks(site: Site) -> None:
    """What reorders or hides text never reaches a customer's page, whichever way it came."""
    await redeem(site, ANNA, COMPOSE)
    body = question(
        what="  your\u202e login\n please ", label="AC\u200bME", fields=["User\u2066name"]
    )
    await expires(await site.post("/api/requests", body))
    details = await site.vault.details(ANNA.workspace, SecretId(str(body["id"])))
    assert isinstance(details, Details)
    assert details.summary.record
    record = details.summary.record
    assert (record.what, record.label, record.fields) == (
        "your login please",
        "ACME",
        ("Username",),
    )


async def test_the_page_learns_what_it_may_offer(site: Site) -> None:
    """Policy and prefill for the composer only: the last choice as far as it is still allowed."""
    await share(site.vault, single_use=False, lifetime=Lifetime(7 * DAY))
    errand = Errand(channel="C0FIRST", kind=Kind.REQUEST)
    granted = await (await redeem(site, ANNA, COMPOSE, errand)).json()
    assert granted["policy"] == {
        "lifetimes": [lifetime.seconds for lifetime in Policy().lifetimes],
        "require_passphrase": False,
        "browser_only": False,
        "requests": True,
    }
    assert granted["prefill"] == {
        "kind": "r",
        "channel": "C0FIRST",
        "lifetime": 7 * DAY,
        "single_use": False,
        "language": None,
    }
    assert SecretId.new(ANNA.workspace).value.startswith(granted["tag"])
    visiting = await (await redeem(site, ANNA, Purpose.VISIT)).json()
    assert (visiting["policy"], visiting["prefill"]) == (None, None)
