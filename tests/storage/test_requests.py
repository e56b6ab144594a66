"""Requests: who may do what when, and that every step is on record."""

import time

import pytest
from structlog.testing import capture_logs

from storage import keys
from storage.errors import DecodingError
from storage.model import (
    DAY,
    Agent,
    CollectBy,
    Content,
    Details,
    Event,
    Lifetime,
    Nonce,
    Proof,
    SecretId,
    State,
    Submission,
    UserId,
)
from storage.outcomes import (
    Acknowledged,
    AgainstPolicy,
    AlreadyEnded,
    AlreadySubmitted,
    Asked,
    Burned,
    Duplicate,
    Exists,
    Full,
    Gone,
    Look,
    NotAllowed,
    NotForYou,
    Opened,
    RequestLook,
    Rule,
    Saved,
    SessionRequired,
    Shared,
    Submitted,
    Unavailable,
    Waiting,
    Withdrawn,
)
from storage.policy import Policy
from storage.seal import KeyRing, MasterKey
from storage.tickets import Errand, Purpose, Redeemed, Session, TicketExpired, TicketUsed
from storage.vault import Vault
from tests import meddling
from tests.asking import (
    BLOB,
    IN_CHANNEL,
    Question,
    answer,
    answered,
    ask,
    asked,
    collect,
    new_question,
    session,
)
from tests.links import HOUR, READER, share
from tests.numbers import n
from tests.people import ANNA, BEN, STRANGER
from tests.races.test_at_most_once import _edit_script
from tests.raw import RawStore, as_bytes, holds, snapshot


async def trail(vault: Vault, sid: SecretId) -> list[Event]:
    """What is on record of it."""
    details = await vault.details(ANNA.workspace, sid)
    assert isinstance(details, Details)
    return [entry.event for entry in details.trail]


async def state_of(vault: Vault, sid: SecretId) -> State:
    """What the team reads."""
    details = await vault.details(ANNA.workspace, sid)
    assert isinstance(details, Details)
    return details.summary.status.state


async def receipt(vault: Vault, question: Question) -> RequestLook:
    """What the customer's link shows."""
    look = await vault.request_status(question.id, question.submit)
    assert isinstance(look, RequestLook)
    return look


async def test_the_life_of_a_request(vault: Vault) -> None:
    """Waiting, received, collected, saved: for both links, for the team and in the trail."""
    question = await ask(vault)
    anna = await session(vault, ANNA, request=question.id)
    look = await vault.look(question.id, question.link, READER)
    assert isinstance(look, Look)
    assert (look.state, look.record.label) == (State.WAITING, "canary-label: ACME")
    assert isinstance(await collect(vault, question, anna), Waiting)
    shown = await receipt(vault, question)
    assert (shown.state, shown.received, shown.collected) == (State.WAITING, None, None)
    assert shown.record.public_key == question.public_key
    assert isinstance(await answer(vault, question), Submitted)
    assert (await receipt(vault, question)).state is State.RECEIVED
    look = await vault.look(question.id, question.link, READER)
    assert isinstance(look, Look)
    assert look.state is State.RECEIVED
    nonce = Nonce.random()
    for _ in range(2):
        opened = await collect(vault, question, anna, nonce)
        assert isinstance(opened, Opened)
        assert opened.blob == BLOB
    for _ in range(2):
        assert isinstance(await vault.ack(question.id, question.link, nonce), Acknowledged)
        saved = await vault.saved(question.id, question.link, READER, anna)
        assert isinstance(saved, Saved)
    shown = await receipt(vault, question)
    assert shown.state is State.COLLECTED
    assert shown.received
    assert shown.collected
    details = await vault.details(ANNA.workspace, question.id)
    assert isinstance(details, Details)
    status = details.summary.status
    assert (status.state, status.is_request, status.confirmed) == (State.COLLECTED, True, True)
    assert status.received == shown.received
    assert [(e.event, e.by, e.reader) for e in details.trail] == [
        (Event.CREATED, ANNA.user, None),
        (Event.SUBMITTED, None, READER),
        (Event.COLLECTED, ANNA.user, READER),
        (Event.RETRIED, ANNA.user, READER),
        (Event.CONFIRMED, None, None),
        (Event.SAVED, ANNA.user, READER),
    ]


async def test_what_is_collected_is_shown_to_one_page_only(
    vault: Vault, store_client: RawStore
) -> None:
    """Share's claim: three retries for the bound nonce, nothing for another, nothing after ack."""
    question = await answered(vault)
    anna, nonce = await session(vault, ANNA, request=question.id), Nonce.random()
    for _ in range(4):
        assert isinstance(await collect(vault, question, anna, nonce), Opened)
        assert isinstance(await collect(vault, question, None, nonce), SessionRequired)
        other = await collect(vault, question, anna)
        assert isinstance(other, Gone)
        assert other.reason is State.COLLECTED
    assert isinstance(await collect(vault, question, anna, nonce), Gone)
    assert isinstance(await vault.ack(question.id, question.link, nonce), Acknowledged)
    assert await store_client.exists(keys.blob(question.id)) == 0
    # Neither the collector's clicks nor their looks are somebody's who tries again; others' are.
    await vault.look(question.id, question.link, READER, anna)
    assert Event.REFUSED not in await trail(vault, question.id)
    await vault.look(question.id, question.link, READER)
    assert Event.REFUSED in await trail(vault, question.id)


async def test_a_second_answer_is_refused_and_on_record(vault: Vault) -> None:
    """The same nonce is the same submission; another is already_submitted, after collection too."""
    question, nonce = await ask(vault), Nonce.random()
    for _ in range(3):
        assert isinstance(await answer(vault, question, nonce), Submitted)
    for _ in range(3):
        assert isinstance(await answer(vault, question), AlreadySubmitted)
    await collect(vault, question, await session(vault, ANNA, request=question.id))
    assert isinstance(await answer(vault, question, nonce), Submitted)
    assert isinstance(await answer(vault, question), AlreadySubmitted)
    assert await trail(vault, question.id) == [
        Event.CREATED,
        Event.SUBMITTED,
        Event.SECOND_ATTEMPT,  # one for a client address and hour
        Event.COLLECTED,
    ]


@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize("how", ["withdraw", "unexpected", "burn"])
async def test_it_can_be_ended_before_it_is_collected(
    vault: Vault,
    store_client: RawStore,
    how: str,
    is_answered: bool,  # noqa: FBT001 - a case
) -> None:
    """By the customer or the agent, told apart in the trail; then nothing goes in or out."""
    question = await (answered if is_answered else ask)(vault)
    anna = await session(vault, ANNA, request=question.id)
    match how:
        case "withdraw":
            done: object = await vault.withdraw(question.id, question.submit, READER)
            event = Event.WITHDRAWN
        case "unexpected":
            done = await vault.unexpected(question.id, question.submit, READER)
            event = Event.UNEXPECTED
        case _:
            assert isinstance(await vault.burn(BEN, question.id), NotAllowed)
            done = await vault.burn(ANNA, question.id)
            event = Event.BURNED if is_answered else Event.CANCELLED
    assert isinstance(done, Withdrawn | Burned)
    before = [Event.CREATED, Event.SUBMITTED][: 1 + is_answered]
    assert await trail(vault, question.id) == [*before, event]
    assert await store_client.exists(keys.blob(question.id)) == 0
    late = await answer(vault, question)
    for gone in (late, await collect(vault, question, anna)):
        assert isinstance(gone, Gone)
        assert gone.reason is State.BURNED
    assert isinstance(await vault.withdraw(question.id, question.submit, READER), Gone)
    assert isinstance(await vault.burn(ANNA, question.id), AlreadyEnded)
    assert (await receipt(vault, question)).state is State.BURNED
    assert await trail(vault, question.id) == [*before, event, Event.REFUSED]


async def test_what_was_collected_cannot_be_withdrawn(vault: Vault) -> None:
    """already_submitted: somebody of the team has it, and the customer is not told otherwise."""
    question = await answered(vault)
    await collect(vault, question, await session(vault, ANNA, request=question.id))
    for verb in (vault.withdraw, vault.unexpected):
        assert isinstance(await verb(question.id, question.submit, READER), AlreadySubmitted)
    assert await state_of(vault, question.id) is State.COLLECTED


async def _bars(vault: Vault, question: Question) -> dict[str, Session | None]:
    """Everybody who must not collect Anna's own request, whatever they hold besides its link."""
    other = await ask(vault)
    visit, compose = Purpose.VISIT, Purpose.COMPOSE
    return {
        "nobody": None,
        "another user": await session(vault, BEN, request=question.id),
        "another user, for another request": await session(vault, BEN, request=other.id),
        "another workspace": await session(vault, STRANGER, request=question.id),
        "the creator, for another request": await session(vault, ANNA, request=other.id),
        "the creator, to visit": await session(vault, ANNA, visit),
        "the creator, to compose": await session(vault, ANNA, compose),
    }


async def test_g4_the_seed_alone_opens_nothing(vault: Vault) -> None:
    """G4: without a session, with another user's, another workspace's, or for another request."""
    question = await answered(vault)
    bars = await _bars(vault, question)
    refusals: dict[str, type] = dict.fromkeys(bars, SessionRequired)
    refusals |= {name: NotForYou for name in bars if name.startswith("another")}
    for name, by in bars.items():
        assert isinstance(await collect(vault, question, by), refusals[name]), name
        outcome = await vault.saved(question.id, question.link, READER, by)
        assert isinstance(outcome, refusals[name]), name
    assert await trail(vault, question.id) == [Event.CREATED, Event.SUBMITTED]
    # And a session without the seed.
    anna = await session(vault, ANNA, request=question.id)
    wrong = await vault.open(question.id, Proof.random(), Nonce.random(), READER, session=anna)
    assert isinstance(wrong, Unavailable)
    assert isinstance(await collect(vault, question, anna), Opened)


@pytest.mark.parametrize(
    "defence",
    [
        "if asks and bar then return reply(bar, r) end",
        "if r.fixed.collect_by == 'me' and user ~= r.fixed.creator then return 'stranger' end",
        "if room ~= r.fixed.workspace then return 'stranger' end",
        "return granted ~= '1' and 'session' or nil",
    ],
)
async def test_g4_control_each_check_is_needed(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, defence: str
) -> None:
    """G4's negative control: without any one of them, somebody else collects or is told wrong."""
    _edit_script(vault, monkeypatch, "_open", defence, "")
    with pytest.raises(AssertionError):
        await test_g4_the_seed_alone_opens_nothing(vault)


async def test_g4_a_ticket_is_for_one_browser_and_ten_minutes(
    store_client: RawStore, ring: KeyRing
) -> None:
    """G4: used by another browser, or too old: no session comes of it, and an old one is none."""
    now = time.time()
    vault = Vault(store_client, ring, clock=lambda: now)
    question = await answered(vault)
    tickets = vault.tickets
    ticket = tickets.issue(ANNA, Purpose.COLLECT, Errand(question.id))
    old = tickets.issue(ANNA, Purpose.COLLECT, Errand(question.id))
    done = await tickets.redeem(ticket, None)
    assert isinstance(done, Redeemed)
    assert isinstance(await tickets.redeem(ticket, None), TicketUsed)
    other = await session(vault, ANNA, request=(await ask(vault)).id)
    assert isinstance(await tickets.redeem(ticket, other), TicketUsed)
    assert isinstance(await tickets.redeem(ticket, done.session), Redeemed)
    now += 601
    assert isinstance(await tickets.redeem(old, None), TicketExpired)
    assert tickets.session(done.cookie) == done.session
    now += 12 * 3600
    assert tickets.session(done.cookie) is None


async def test_a_channels_request_is_for_whoever_pressed_there(vault: Vault) -> None:
    """A colleague with the button's ticket collects, by name; one without it does not."""
    question = await answered(vault, collect_by=IN_CHANNEL)
    visiting = await session(vault, BEN, Purpose.VISIT)
    assert isinstance(await collect(vault, question, visiting), SessionRequired)
    stranger = await session(vault, STRANGER, request=question.id)
    assert isinstance(await collect(vault, question, stranger), NotForYou)
    ben = await session(vault, BEN, request=question.id)
    assert isinstance(await collect(vault, question, ben), Opened)
    # Whoever collected may look what became of it.
    await vault.look(question.id, question.link, READER, ben)
    # Anna, whose link it is, comes later.
    anna = await session(vault, ANNA, request=question.id)
    assert isinstance(await collect(vault, question, anna), Gone)
    details = await vault.details(ANNA.workspace, question.id)
    assert isinstance(details, Details)
    assert (details.trail[-1].event, details.trail[-1].by) == (Event.COLLECTED, BEN.user)


async def test_f5_no_request_of_another_workspace_exists(vault: Vault) -> None:
    """F5: every verb of an agent, with the same user id: as if it did not exist."""
    for question in (await ask(vault), await answered(vault, collect_by=IN_CHANNEL)):
        assert isinstance(await vault.details(STRANGER.workspace, question.id), Unavailable)
        assert isinstance(await vault.burn(STRANGER, question.id), Unavailable)
        assert isinstance(await vault.noticed(STRANGER.workspace, question.id), Unavailable)
        assert (await vault.history(STRANGER.workspace)).rows == ()
        there = await session(vault, STRANGER, request=question.id)
        look = await vault.look(question.id, question.link, READER, there)
        assert isinstance(look, Look)
        assert not there.may_collect(look.record)
        with pytest.raises(DecodingError):
            await asked(vault, question, agent=STRANGER)


async def test_a_proof_of_one_link_is_none_of_the_other(vault: Vault) -> None:
    """The customer's link can't collect, the agent's can't answer; a secret can't be answered."""
    question = await answered(vault)
    anna, nonce = await session(vault, ANNA, request=question.id), Nonce.random()
    assert isinstance(
        await vault.open(question.id, question.submit, nonce, READER, session=anna), Unavailable
    )
    secret = await share(vault)
    for sid, proof in ((question.id, question.link), (secret.id, secret.proof)):
        assert isinstance(await vault.request_status(sid, proof), Unavailable)
        assert isinstance(await vault.submit(sid, proof, nonce, BLOB, READER), Unavailable)
        assert isinstance(await vault.withdraw(sid, proof, READER), Unavailable)
    bens = await vault.saved(secret.id, secret.proof, READER, anna)
    assert isinstance(bens, Unavailable)
    assert await trail(vault, question.id) == [Event.CREATED, Event.SUBMITTED]


async def test_b3_a_lost_answer_says_lost(vault: Vault, store_client: RawStore) -> None:
    """B3: an answer whose ciphertext is gone too early: Lost for everybody, with one alarm."""
    question = await answered(vault)
    anna = await session(vault, ANNA, request=question.id)
    await meddling.lose(store_client, question.id)
    assert await state_of(vault, question.id) is State.LOST
    with capture_logs() as lines:
        assert (await receipt(vault, question)).state is State.LOST
        for gone in (await collect(vault, question, anna), await answer(vault, question)):
            assert isinstance(gone, Gone)
            assert gone.reason is State.LOST
    assert [line["kind"] for line in lines if line["event"] == "alarm"] == ["lost"]
    assert (await trail(vault, question.id))[:3] == [Event.CREATED, Event.SUBMITTED, Event.LOST]


@pytest.mark.parametrize("found_by", ["answer", "withdraw", "collect", "sweep"])
async def test_b3_whoever_finds_the_loss_raises_the_alarm(
    vault: Vault, store_client: RawStore, found_by: str
) -> None:
    """B3: once, and a waiting request, which has no ciphertext, is none."""
    waiting, question = await ask(vault), await answered(vault)
    anna = await session(vault, ANNA, request=question.id)
    await meddling.lose(store_client, question.id)
    for one in (waiting, question):
        await store_client.zadd(keys.due(one.id.tag), {one.id.value: 1})
    with capture_logs() as lines:
        for _ in range(2):
            match found_by:
                case "answer":
                    await answer(vault, question)
                case "withdraw":
                    await vault.withdraw(question.id, question.submit, READER)
                case "collect":
                    await collect(vault, question, anna)
                case _:
                    await vault.sweep(ANNA.workspace)
    assert [line["kind"] for line in lines if line["event"] == "alarm"] == ["lost"]
    assert await state_of(vault, waiting.id) is State.WAITING


async def _tampered(vault: Vault, question: Question) -> None:
    """Outside nobody learns anything, whatever they hold; the team reads Tampered."""
    anna = await session(vault, ANNA, request=question.id)
    assert isinstance(await collect(vault, question, anna), Unavailable)
    assert isinstance(await answer(vault, question), Unavailable)
    assert isinstance(await vault.request_status(question.id, question.submit), Unavailable)
    withdrawn = await vault.withdraw(question.id, question.submit, READER)
    assert isinstance(withdrawn, Unavailable)
    assert await state_of(vault, question.id) is State.TAMPERED


async def test_c3_a_flipped_bit_of_a_request(vault: Vault, store_client: RawStore) -> None:
    """C3: of every field, the public key and who may collect included."""
    part = await store_client.hget(keys.record((await ask(vault)).id), "part")
    size = 8 * len(part)
    for bit in range(0, size, max(1, size // n("C3", everyday=30, full=20_000))):
        question = await (answered if bit % 2 else ask)(vault)
        altered = bytearray(await store_client.hget(keys.record(question.id), "part"))
        altered[min(bit // 8, len(altered) - 1)] ^= 1 << bit % 8
        await store_client.hset(keys.record(question.id), "part", bytes(altered))
        await _tampered(vault, question)


async def test_c3_a_request_swapped_for_another(vault: Vault, store_client: RawStore) -> None:
    """C3: a public key from another record is not shown, an altered answer is not handed out."""
    for fields in (("part",), ("mac",), ("part", "mac", "key")):
        question, other = await ask(vault), await ask(vault)
        for field in fields:
            value = await store_client.hget(keys.record(other.id), field)
            await store_client.hset(keys.record(question.id), field, value)
        await _tampered(vault, question)
    question, other = await answered(vault), await answered(vault)
    anna = await session(vault, ANNA, request=question.id)
    await store_client.set(keys.blob(question.id), await store_client.get(keys.blob(other.id)))
    outcome = await collect(vault, question, anna)
    assert isinstance(outcome, Gone)
    assert outcome.reason is State.TAMPERED


async def test_c3_control_without_the_mac_check(
    vault: Vault, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C3's negative control: unchecked, an altered record would be believed."""
    monkeypatch.setattr("storage.seal.hmac.compare_digest", lambda *_: True)
    with pytest.raises((AssertionError, ValueError)):
        await test_c3_a_request_swapped_for_another(vault, store_client)


async def test_c2_a_reader_of_the_database_learns_nothing_to_answer_with(
    vault: Vault, store_client: RawStore
) -> None:
    """C2: neither what was asked nor the public key, proofs or answer stand there readable."""
    question = await answered(vault)
    everything = as_bytes(await snapshot(store_client))
    for needle in (
        b"canary-what",
        b"canary-label",
        b"canary-answer",
        b"Password",
        question.public_key[:64],
        question.submit.expose(),
        question.link.expose(),
    ):
        assert not holds(everything, needle)


async def test_a9_a_request_ends_on_time(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """A9: at +0 ms, with the sweeper stopped, nothing goes in or out; who sees it end ends it."""
    for _ in range(n("A9", everyday=5, full=100)):
        waiting, received = await ask(vault), await answered(vault)
        anna = await session(vault, ANNA, request=received.id)
        for question in (waiting, received):
            await meddling.expire_in(store_client, ring, question.id, seconds=0)
        assert await store_client.exists(keys.blob(received.id)) == 1
        for question in (waiting, received):
            assert (await receipt(vault, question)).state is State.EXPIRED
        for gone in (
            await answer(vault, waiting),
            await answer(vault, received),
            await collect(vault, received, anna),
            await vault.withdraw(received.id, received.submit, READER),
        ):
            assert isinstance(gone, Gone)
            assert gone.reason is State.EXPIRED
        for question in (waiting, received):
            assert await state_of(vault, question.id) is State.EXPIRED
        assert await store_client.exists(keys.blob(received.id)) == 0
        for question in (waiting, received):
            assert (await trail(vault, question.id)).count(Event.EXPIRED) == 1


async def test_retention_forgets_a_request(vault: Vault, store_client: RawStore) -> None:
    """The receipt lasts as long as the history, whatever became of the request."""
    ended, collected = await ask(vault), await answered(vault)
    await vault.unexpected(ended.id, ended.submit, READER)
    await collect(vault, collected, await session(vault, ANNA, request=collected.id))
    await meddling.end_window(store_client, collected.id)
    forgetful = Vault(store_client, vault._ring, policy=Policy(audit_retention=-10))
    for question in (ended, collected):
        await store_client.zadd(keys.due(question.id.tag), {question.id.value: 1})
    assert await forgetful.sweep(ANNA.workspace) == 2
    for question in (ended, collected):
        shown = await vault.request_status(question.id, question.submit)
        assert isinstance(shown, Unavailable)
    assert await store_client.keys("*record*") == []


@pytest.mark.one_server
async def test_no_room_for_an_answer_and_all_else_goes_on(
    vault: Vault, store_client: RawStore
) -> None:
    """A full store takes no request and no answer; collect and withdraw work, tickets too."""
    waiting, mine = await ask(vault), await answered(vault)
    # Far below what is used: what others give back meanwhile makes no room.
    await store_client.config_set("maxmemory", 1)
    try:
        assert isinstance(await asked(vault, new_question()), Full)
        assert isinstance(await answer(vault, waiting), Full)
        assert (await receipt(vault, waiting)).state is State.WAITING
        anna, nonce = await session(vault, ANNA, request=mine.id), Nonce.random()
        assert isinstance(await collect(vault, mine, anna, nonce), Opened)
        assert isinstance(await vault.ack(mine.id, mine.link, nonce), Acknowledged)
        assert isinstance(await vault.saved(mine.id, mine.link, READER, anna), Saved)
        assert isinstance(await vault.withdraw(waiting.id, waiting.submit, READER), Withdrawn)
    finally:
        await store_client.config_set("maxmemory", 0)


async def test_f2_one_press_makes_one_request(vault: Vault) -> None:
    """F2, A12: the same press is a duplicate; another in its view replaces what it made."""
    first, second = new_question(), new_question()
    press = Submission("V1", "trigger-1")
    assert isinstance(await asked(vault, first, submission=press), Asked)
    assert isinstance(await asked(vault, new_question(), submission=press), Duplicate)
    await answer(vault, first)
    again = Submission("V1", "trigger-2")
    assert isinstance(await asked(vault, second, submission=again), Asked)
    assert (await receipt(vault, first)).state is State.BURNED
    assert (await trail(vault, first.id))[-1] is Event.REPLACED
    assert (await receipt(vault, second)).state is State.WAITING


async def test_an_id_is_taken_once(vault: Vault, store_client: RawStore) -> None:
    """The same request again is Asked; another creator's, key's or kind's finds it taken."""
    question, secret = await ask(vault), await share(vault)
    before = await snapshot(store_client)
    assert isinstance(await asked(vault, question), Asked)
    assert isinstance(await asked(vault, question, agent=BEN), Exists)
    for sid in (question.id, secret.id):
        other = Question(sid, question.public_key, question.submit, Proof.random())
        assert isinstance(await asked(vault, other), Exists)
    same_proof = Question(secret.id, question.public_key, question.submit, secret.proof)
    assert isinstance(await asked(vault, same_proof), Exists)
    assert await snapshot(store_client) == before


async def test_policies_bind_requests(store_client: RawStore, ring: KeyRing) -> None:
    """REQUESTS, MAX_LIFETIME and CREATES_PER_HOUR, which secrets and requests share."""
    policy = Policy(max_lifetime=Lifetime(DAY), creates_per_hour=2)
    vault = Vault(store_client, ring, policy=policy)
    long = await asked(vault, new_question(), lifetime=Lifetime(2 * DAY))
    assert long == AgainstPolicy(Rule.MAX_LIFETIME)
    await ask(vault)
    await share(vault)
    one_more = await asked(vault, new_question())
    assert isinstance(one_more, AgainstPolicy)
    assert one_more.rule is Rule.CREATES_PER_HOUR
    assert isinstance(await asked(vault, new_question(BEN), agent=BEN), Asked)
    closed = Vault(store_client, ring, policy=Policy(requests=False))
    assert await asked(closed, new_question()) == AgainstPolicy(Rule.REQUESTS)
    stream = await store_client.xrange(keys.audit(new_question().id.tag))
    rules = [fields[b"rule"] for _, fields in stream if fields[b"event"] == b"refused_by_policy"]
    assert rules == [b"max_lifetime", b"creates_per_hour", b"requests"]


async def test_browser_only_binds_what_is_typed_in_slack(
    store_client: RawStore, ring: KeyRing
) -> None:
    """A secret from a modal is refused before it is made; a request holds none and is not."""
    vault = Vault(store_client, ring, policy=Policy(browser_only=True))
    given = {"label": "", "lifetime": HOUR, "single_use": True}
    shared = await vault.share(ANNA, Content(text="x"), **given)  # type: ignore[arg-type]
    assert not isinstance(shared, Shared)
    assert shared == AgainstPolicy(Rule.BROWSER_ONLY)
    press = Submission("V1", "t1")
    reserved = await vault.reserve(ANNA, press, lifetime=HOUR, has_passphrase=True)
    assert reserved == AgainstPolicy(Rule.BROWSER_ONLY)
    await ask(vault)


async def test_c7_a_request_survives_the_rotation_of_keys(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """C7: asked under one key, answered and collected under a ring with a newer one in front."""
    question = await ask(vault)
    rotated = Vault(store_client, KeyRing([MasterKey.random(), ring.current]))
    nonce = Nonce.random()
    for _ in range(2):
        assert isinstance(await answer(rotated, question, nonce), Submitted)
    assert isinstance(await answer(vault, question, nonce), Submitted)
    anna = await session(rotated, ANNA, request=question.id)
    opened = await collect(rotated, question, anna)
    assert isinstance(opened, Opened)
    assert opened.blob == BLOB
    strange = Vault(store_client, KeyRing([MasterKey.random()]))
    assert isinstance(await answer(strange, await ask(vault)), Unavailable)


def test_who_may_collect_has_two_words() -> None:
    """Read back as written, and nothing else."""
    for one in (CollectBy(), IN_CHANNEL):
        assert CollectBy.of(str(one)) == one
    for text in ("", "channel:", "me:C1", "everybody", "channel"):
        with pytest.raises(DecodingError):
            CollectBy.of(text)


async def test_a_key_of_another_size_is_no_request(vault: Vault) -> None:
    """X-Wing's public keys have 1,216 bytes."""
    question = new_question()
    for size in (0, 32, 1215, 1217):
        short = Question(question.id, b"k" * size, question.submit, question.link)
        with pytest.raises(DecodingError):
            await asked(vault, short)


async def test_an_admin_cancels_others_requests(store_client: RawStore, ring: KeyRing) -> None:
    """As they may burn others' secrets; the trail names them."""
    admin = Agent(ANNA.workspace, "Example Support", UserId("U0ADMIN"), "ada")
    vault = Vault(store_client, ring, policy=Policy(admins=frozenset({admin.user})))
    question = await ask(vault)
    assert isinstance(await vault.burn(admin, question.id), Burned)
    details = await vault.details(ANNA.workspace, question.id)
    assert isinstance(details, Details)
    assert (details.trail[-1].event, details.trail[-1].by) == (Event.CANCELLED, admin.user)
