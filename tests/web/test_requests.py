"""Requests at the API: statuses, bodies, who is asked for a session, and what is not told apart."""

import asyncio
import hashlib
import json
import statistics
import time

import pytest
from aiohttp import ClientResponse

from storage import keys
from storage.model import Agent, Proof, SecretId
from storage.seal import KeyRing
from storage.tickets import Errand, Purpose
from storage.wire import b64u
from tests import meddling
from tests.asking import BLOB, FIELDS, IN_CHANNEL, Question, answer, answered, ask, collect, session
from tests.numbers import SOAK, n
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore, snapshot
from tests.site import Site

VERBS = ("status", "submit", "withdraw", "unexpected")


async def say(
    site: Site, verb: str, question: Question, nonce: bytes = b"n" * 16, blob: bytes = BLOB
) -> ClientResponse:
    """Ask as the request page does."""
    body = {"submit_proof": b64u(question.submit.expose())}
    if verb == "submit":
        body |= {"nonce": b64u(nonce), "blob": b64u(blob)}
    return await site.post(f"/api/requests/{question.id.value}/{verb}", body)


async def click(
    site: Site, verb: str, question: Question, nonce: bytes = b"n" * 16
) -> ClientResponse:
    """Ask as the collect page does."""
    body = {"link_proof": b64u(question.link.expose())}
    if verb in {"reveal", "ack"}:
        body["nonce"] = b64u(nonce)
    return await site.post(f"/api/secrets/{question.id.value}/{verb}", body)


async def redeem(
    site: Site, agent: Agent, purpose: Purpose, errand: Errand | None = None
) -> ClientResponse:
    """Press a button in Slack; the cookie stays in this visitor's jar."""
    ticket = site.vault.tickets.issue(agent, purpose, errand or Errand())
    return await site.post("/api/session", {"ticket": ticket.expose().decode()})


async def code(response: ClientResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status, (await response.json())["error"]["code"]


async def test_the_life_of_a_request_over_http(site: Site) -> None:
    """The JSON names of the protocol, from the form to the receipt and the vault."""
    question = await ask(site.vault)
    form = await (await say(site, "status", question)).json()
    assert form | {"expires_at": 0} == {
        "state": "waiting",
        "public_key": b64u(question.public_key),
        "what": "canary-what: the admin login",
        "fields": list(FIELDS),
        "expires_at": 0,
        "received_at": None,
        "collected_at": None,
        "workspace": "Example Support",
        "agent": "anna",
        "language": None,
    }
    assert (await (await click(site, "status", question)).json())["state"] == "waiting"
    assert await code(await click(site, "reveal", question)) == (401, "session_required")
    granted = await redeem(site, ANNA, Purpose.COLLECT, Errand(question.id))
    assert (await granted.json())["purpose"] == "collect"
    assert await code(await click(site, "reveal", question)) == (409, "waiting")
    assert await code(await click(site, "saved", question)) == (409, "waiting")
    for _ in range(2):
        assert (await say(site, "submit", question)).status == 201
    refused = await say(site, "submit", question, b"o" * 16)
    assert await code(refused) == (409, "already_submitted")
    known = await (await click(site, "status", question)).json()
    assert known["state"] == "received"
    more = {key: known[key] for key in ("what", "fields", "label", "lifetime", "collect_by")}
    assert more == {
        "what": "canary-what: the admin login",
        "fields": list(FIELDS),
        "label": "canary-label: ACME",
        "lifetime": 3600,
        "collect_by": "me",
    }
    shown = await (await click(site, "reveal", question)).json()
    assert shown["blob"] == b64u(BLOB)
    assert shown["retry_until"]
    for verb in ("ack", "saved", "saved"):
        assert (await click(site, verb, question)).status == 200
    gone = (await (await click(site, "status", question)).json())["error"]
    assert (gone["code"], gone["reason"]) == ("gone", "collected")
    receipt = await (await say(site, "status", question)).json()
    assert receipt["state"] == "collected"
    assert receipt["received_at"] <= receipt["collected_at"]
    for verb in ("withdraw", "unexpected"):
        assert await code(await say(site, verb, question)) == (409, "already_submitted")


@pytest.mark.parametrize("verb", ["withdraw", "unexpected"])
async def test_the_customer_takes_it_back(site: Site, verb: str) -> None:
    """200 once; then it is gone for both links, and the receipt says burned."""
    question = await answered(site.vault)
    await redeem(site, ANNA, Purpose.COLLECT, Errand(question.id))
    assert (await say(site, verb, question)).status == 200
    for gone in (
        await say(site, verb, question),
        await say(site, "submit", question, b"o" * 16),
        await click(site, "reveal", question),
        await click(site, "saved", question),
    ):
        error = (await gone.json())["error"]
        assert (gone.status, error["code"], error["reason"]) == (410, "gone", "burned")
        assert isinstance(error["at"], int)
    assert (await (await say(site, "status", question)).json())["state"] == "burned"


async def test_g4_nobody_else_collects_over_http(site: Site) -> None:
    """G4: no session, another user's, another workspace's, a used ticket: nothing is handed out."""
    question = await answered(site.vault)
    ticket = site.vault.tickets.issue(ANNA, Purpose.COLLECT, Errand(question.id))
    assert await code(await click(site, "reveal", question)) == (401, "session_required")
    for agent in (BEN, STRANGER):
        await redeem(site, agent, Purpose.COLLECT, Errand(question.id))
        for verb in ("reveal", "saved"):
            assert await code(await click(site, verb, question)) == (403, "not_for_you")
        assert "what" not in await (await click(site, "status", question)).json()
    site.client.cookie_jar.clear()
    body = {"ticket": ticket.expose().decode()}
    assert (await site.post("/api/session", body)).status == 200
    site.client.cookie_jar.clear()
    assert await code(await site.post("/api/session", body)) == (410, "ticket_used")
    site.client.cookie_jar.update_cookies({"session": "forged"})
    assert await code(await click(site, "reveal", question)) == (401, "session_required")
    assert (await (await say(site, "status", question)).json())["state"] == "received"


async def test_d2_nobody_without_a_proof_can_tell_requests_apart(
    site: Site, store_client: RawStore, ring: KeyRing
) -> None:
    """D2: whatever became of a request, and an id that is none: the same status, headers, body.

    Also with a collector's session: a session is no proof.
    """
    paths = await _all_fates(site, store_client, ring)
    for with_session in (False, True):
        if with_session:
            await redeem(site, ANNA, Purpose.COLLECT, Errand(SecretId(paths["received"])))
        for kind, verbs in (("requests", VERBS), ("secrets", ("status", "reveal", "ack", "saved"))):
            for verb in verbs:
                answers = {
                    await _wrongly(site, f"/api/{kind}/{path}/{verb}") for path in paths.values()
                }
                assert len(answers) == 1, (kind, verb)
                assert answers.pop()[0] == 404


async def _all_fates(site: Site, store_client: RawStore, ring: KeyRing) -> dict[str, str]:
    vault = site.vault
    made = {name: await ask(vault) for name in ("waiting", "expired", "cancelled", "tampered")}
    made |= {name: await answered(vault) for name in ("received", "collected", "lost")}
    await meddling.expire_in(store_client, ring, made["expired"].id, seconds=-1)
    await vault.burn(ANNA, made["cancelled"].id)
    await store_client.hset(keys.record(made["tampered"].id), "mac", b"x" * 32)
    anna = await session(vault, ANNA, request=made["collected"].id)
    await collect(vault, made["collected"], anna)
    await meddling.lose(store_client, made["lost"].id)
    paths = {name: question.id.value for name, question in made.items()}
    return paths | {"unknown": SecretId.new(ANNA.workspace).value, "no id at all": "nonsense"}


async def _wrongly(site: Site, path: str) -> tuple[int, str, str]:
    proof = b64u(Proof.random().expose())
    body = {"link_proof": proof, "submit_proof": proof, "nonce": b64u(b"n" * 16), "blob": "AAAA"}
    response = await site.post(path, body)
    headers = {key: value for key, value in response.headers.items() if key != "Date"}
    return response.status, json.dumps(headers, sort_keys=True), await response.text()


async def test_d2_control_a_receipt_for_anybody(
    site: Site, store_client: RawStore, ring: KeyRing
) -> None:
    """D2's negative control: were the proof not asked for, states would show."""
    script = site.vault._request_scripts._receipt
    defence = "if not may_submit(r, 2) then return reply('unproven', r) end"
    assert defence in script.text
    script.text = script.text.replace(defence, "")
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    with pytest.raises(AssertionError):
        await test_d2_nobody_without_a_proof_can_tell_requests_apart(site, store_client, ring)


async def test_d2_nor_by_the_time_it_takes(
    site: Site, store_client: RawStore, ring: KeyRing
) -> None:
    """D2: medians of interleaved timings, no further apart than two runs of one case plus 0.2 ms."""
    paths = await _all_fates(site, store_client, ring)
    # No id is nobody's secret, and an altered record is marked with one call more.
    del paths["no id at all"], paths["tampered"]
    cases = {**paths, "waiting again": paths["waiting"], "unknown again": paths["unknown"]}
    # Everyday runs are short and the machine is busy with other tests, which take this process's
    # turns: what counts then is its own work, which is the site's.
    clock = time.perf_counter if SOAK else time.process_time
    for verb in VERBS:
        took: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(n("D2", everyday=60, full=5000)):
            for name, path in cases.items():
                started = clock()
                await _wrongly(site, f"/api/requests/{path}/{verb}")
                took[name].append(clock() - started)
        median = {name: statistics.median(times) for name, times in took.items()}
        noise = max(abs(median[name] - median[f"{name} again"]) for name in ("waiting", "unknown"))
        allowed = noise + (0.0002 if SOAK else 0.002)
        assert max(median.values()) - min(median.values()) <= allowed, (verb, median)


async def test_a8_get_head_and_options_change_no_request(
    site: Site, store_client: RawStore
) -> None:
    """A8: every key unchanged, byte for byte, on every route of requests and the composer."""
    questions = [await ask(site.vault), await answered(site.vault)]
    await redeem(site, ANNA, Purpose.COLLECT, Errand(questions[1].id))
    before = await snapshot(store_client)
    paths = ["/api/secrets", "/api/requests", "/api/session", "/new"]
    for question in questions:
        paths += [f"/r/{question.id.value}", f"/c/{question.id.value}"]
        paths += [f"/api/requests/{question.id.value}/{verb}" for verb in VERBS]
        paths.append(site.path(question.id, "saved"))
    for i in range(n("A8", everyday=120, full=10_000)):
        method = ("GET", "HEAD", "OPTIONS")[i % 3]
        async with site.client.request(method, site.url + paths[i // 3 % len(paths)]) as response:
            assert response.status in {200, 404, 405}
    assert await snapshot(store_client) == before


async def test_g2_over_http_one_of_two_parallel_answers_counts(site: Site) -> None:
    """G2: one 201 and one 409, and the winner's nonce is answered 201 again."""
    for _ in range(n("G2", everyday=20, full=500)):
        question = await ask(site.vault)
        nonces = (b"a" * 16, b"b" * 16)
        both = await asyncio.gather(*(say(site, "submit", question, nonce) for nonce in nonces))
        assert sorted(one.status for one in both) == [201, 409]
        won = nonces[[one.status for one in both].index(201)]
        assert (await say(site, "submit", question, won)).status == 201


@pytest.mark.one_server
async def test_a_full_store_says_no_room(site: Site, store_client: RawStore) -> None:
    """507 for the answer, and the page may ask again later; withdrawing works meanwhile."""
    question, other = await ask(site.vault), await ask(site.vault)
    await store_client.config_set("maxmemory", "1mb")
    try:
        assert await code(await say(site, "submit", question)) == (507, "no_room")
        assert (await say(site, "withdraw", other)).status == 200
    finally:
        await store_client.config_set("maxmemory", 0)
    assert (await say(site, "submit", question)).status == 201


async def test_the_largest_answer_fits(site: Site) -> None:
    """65,536 letters that JSON writes in six each, sealed, in base64url: below 640 KiB."""
    question = await ask(site.vault)
    largest = b"x" * (1120 + 6 * 65_536 + 512)
    assert (await say(site, "submit", question, blob=largest)).status == 201
    await redeem(site, ANNA, Purpose.COLLECT, Errand(question.id))
    shown = await (await click(site, "reveal", question)).json()
    assert shown["blob"] == b64u(largest)
    huge = await say(site, "submit", await ask(site.vault), blob=b"x" * 500_000)
    assert await code(huge) == (413, "too_large")


@pytest.mark.parametrize(
    "changed",
    [
        {"submit_proof": "AA"},
        {"submit_proof": None},
        {"nonce": "AA"},
        {"nonce": 7},
        {"blob": ""},
        {"blob": "A"},
        {"blob": "*"},
        {"blob": None},
    ],
    ids=str,
)
async def test_a_mistyped_answer_is_none(site: Site, changed: dict[str, object]) -> None:
    """400, and the request still waits."""
    question = await ask(site.vault)
    body = {
        "submit_proof": b64u(question.submit.expose()),
        "nonce": b64u(b"n" * 16),
        "blob": b64u(BLOB),
    } | changed
    response = await site.post(f"/api/requests/{question.id.value}/submit", body)
    assert await code(response) == (400, "bad_request")
    assert (await (await say(site, "status", question)).json())["state"] == "waiting"


async def test_a_channels_collector_sees_what_was_asked(site: Site) -> None:
    """collect_by reads channel, whose id no page needs."""
    question = await ask(site.vault, collect_by=IN_CHANNEL)
    await redeem(site, BEN, Purpose.COLLECT, Errand(question.id))
    known = await (await click(site, "status", question)).json()
    assert (known["collect_by"], known["created_by_you"]) == ("channel", False)
    await answer(site.vault, question)
    assert (await click(site, "reveal", question)).status == 200
