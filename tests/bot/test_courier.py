"""Notices: one message to the creator of each secret, told once, whatever breaks on the way."""

import asyncio
import json
import random
import time
from collections import Counter

import pytest
from structlog.testing import capture_logs

from bot import courier as courier_module
from bot.courier import Pace
from storage import envelope, keys, notices
from storage.model import (
    Agent,
    Content,
    Details,
    Event,
    Kind,
    Nonce,
    Passphrase,
    Proof,
    SecretId,
    UserId,
    WorkspaceId,
)
from storage.outcomes import Shared
from storage.policy import Policy
from storage.seal import KeyRing
from storage.vault import Vault
from tests import meddling
from tests.bot.blockkit import faults_of_message
from tests.bot.delivery import ROOM, look_due, settled, until, working
from tests.bot.late_store import LateStore
from tests.links import HOUR, READER, Holder, reveal, share
from tests.numbers import n
from tests.raw import RawStore
from tests.slack import ANNA, TEAM, TEAM_NAME, FakeSlack, Fault, Json

POST, UPDATE = "chat.postMessage", "chat.update"


@pytest.fixture
async def ben(slack: FakeSlack) -> Agent:
    """Ben, who makes the secrets."""
    return Agent(ROOM, TEAM_NAME, UserId(await slack.user("ben")), "ben")


@pytest.fixture
def _short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A courier that died is missed sooner than in earnest."""
    monkeypatch.setattr(notices, "LEASE_MS", 300)
    monkeypatch.setattr(notices, "IDLE_MS", 150)
    monkeypatch.setattr(courier_module, "_LAST_WORDS", 0.0)


def posted(slack: FakeSlack) -> list[Json]:
    """Messages of their own."""
    return [body for body in slack.called(POST) if "thread_ts" not in body]


def replies(slack: FakeSlack) -> list[Json]:
    """Messages in threads."""
    return [body for body in slack.called(POST) if "thread_ts" in body]


def label_of(body: Json) -> str:
    """The label that a message shows."""
    return str(body["blocks"][0]["text"]["text"])


async def locked(vault: Vault, agent: Agent) -> Holder:
    """A secret with a passphrase."""
    made = await vault.share(
        agent,
        Content(text="hunter2"),
        label="ACME",
        lifetime=HOUR,
        single_use=True,
        passphrase=Passphrase.of("correct horse"),
    )
    assert isinstance(made, Shared)
    return Holder.of(made.link)


async def guess(vault: Vault, holder: Holder) -> None:
    """Type a wrong passphrase."""
    await vault.open(holder.id, holder.proof, Nonce.random(), READER, Proof.random())


async def test_one_message_updated_in_place_and_a_reply_for_what_needs_attention(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Opened: a message. Confirmed: the same one. Refused afterwards: the same one and a reply."""
    async with working(vault, slack):
        holder, nonce = await share(vault, agent=ben), Nonce.random()
        await settled(store_client)
        assert slack.calls == []  # nothing at creation

        await reveal(vault, holder, nonce)
        await settled(store_client)
        (first,) = posted(slack)
        assert first["channel"] == ben.user
        assert label_of(first) == "ACME, ticket 4711"
        told = json.dumps(first)
        assert all(one in told for one in ("Opened", READER.address, READER.browser))
        assert "Viewed, not confirmed" in told

        await vault.ack(holder.id, holder.proof, nonce)
        await settled(store_client)
        (second,) = slack.called(UPDATE)
        assert "Confirmed: the page showed it." in json.dumps(second)

        await reveal(vault, holder)
        await settled(store_client)
        third = slack.called(UPDATE)[-1]
        assert third["ts"] == second["ts"]
        assert "Opened again, perhaps by the same person." in json.dumps(third)
        assert len(posted(slack)) == 1
        (answer,) = replies(slack)
        assert answer["text"].startswith(f"<@{ben.user}> Opened again, perhaps by the same person.")
        assert (answer["channel"], answer["thread_ts"]) == (third["channel"], third["ts"])


async def test_f4_no_message_holds_a_usable_link_and_slack_takes_them_all(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """F4, F6: no id, no key, both unfurl flags off, Block Kit's limits kept."""
    async with working(vault, slack):
        holder = await share(vault, agent=ben)
        for _ in range(3):
            await reveal(vault, holder)
            await settled(store_client)
    assert slack.calls
    token = envelope.encode_token(Kind.SHARE, holder.id, holder.key)
    for call in slack.calls:
        sent = json.dumps(call.body)
        assert holder.id.value not in sent
        assert token.expose().decode() not in sent
        assert "/s/" not in sent
        assert "http" not in sent
        assert set(faults_of_message(call.body)) <= {"not ephemeral"}


async def test_what_people_do_themselves_is_not_told(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Creating and burning one's own secret makes no message; an admin's burn does."""
    admin = UserId(ANNA)
    strict = Vault(store_client, vault._ring, policy=Policy(admins=frozenset({admin})))
    async with working(strict, slack):
        mine, other = await share(strict, agent=ben), await share(strict, agent=ben)
        await strict.burn(ben, mine.id)
        await strict.burn(Agent(ROOM, TEAM_NAME, admin, "anna"), other.id)
        await settled(store_client)
    (told,) = posted(slack)
    assert f"Burned by <@{ANNA}>" in json.dumps(told)


async def test_a_restart_between_goes_on_where_it_was(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """The message is remembered in the store; what was told is not told again."""
    holder = await share(vault, agent=ben)
    for _ in range(4):
        async with working(vault, slack):
            await settled(store_client)
        await reveal(vault, holder)  # opened, then refused once an hour and address
    async with working(vault, slack):
        await settled(store_client)
    assert (len(posted(slack)), len(replies(slack))) == (1, 1)


async def scene(vault: Vault, agent: Agent, number: int) -> str:
    """A secret that is opened, confirmed and tried again; its label."""
    holder, nonce = await share(vault, agent=agent, label=f"ticket {number}"), Nonce.random()
    await reveal(vault, holder, nonce)
    await asyncio.sleep(random.random() * 0.1)
    await vault.ack(holder.id, holder.proof, nonce)
    await asyncio.sleep(random.random() * 0.1)
    await reveal(vault, holder)
    return f"ticket {number}"


async def several_couriers(
    vault: Vault, slack: FakeSlack, ben: Agent, store: RawStore
) -> Counter[str]:
    """Three couriers, many secrets; how often each had a message of its own."""
    count = n("two couriers", everyday=40, full=500)
    async with working(vault, slack), working(vault, slack), working(vault, slack):
        made = await asyncio.gather(*(scene(vault, ben, number) for number in range(count)))
        await settled(store, 120)
    found = Counter(label_of(body) for body in posted(slack))
    assert set(found) == set(made)
    return found


async def test_several_couriers_send_nothing_twice(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Any number of bot processes: one message for each secret, one reply at most."""
    found = await several_couriers(vault, slack, ben, store_client)
    assert set(found.values()) == {1}
    places = Counter(body["thread_ts"] for body in replies(slack))
    assert set(places.values()) <= {1}


async def test_several_couriers_without_the_lease_send_twice(
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    store_client: RawStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: a lease that ends at once lets two speak of one secret."""
    monkeypatch.setattr(notices, "LEASE_MS", 0)
    slack.fail(POST, Fault(delay=0.05))
    found = await several_couriers(vault, slack, ben, store_client)
    assert max(found.values()) > 1


@pytest.mark.usefixtures("_short_lives")
async def test_killed_at_any_moment_all_is_told_and_little_twice(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Killed between Slack's answer and our record of it: one duplicate for a kill, none lost."""
    kills = n("killed couriers", everyday=25, full=200)
    made = []
    for number in range(kills):
        holder = await share(vault, agent=ben, label=f"ticket {number}")
        await reveal(vault, holder)
        made.append(f"ticket {number}")
        async with working(vault, slack):
            await asyncio.sleep(random.random() * 0.06)
    async with working(vault, slack):
        await settled(store_client)
    found = Counter(label_of(body) for body in posted(slack))
    assert set(found) == set(made)
    # One kill doubles at most the message that was under way; two may meet the same one.
    assert sum(found.values()) - len(made) <= kills


@pytest.mark.usefixtures("_short_lives")
@pytest.mark.one_server
async def test_killed_between_slacks_answer_and_our_record(
    ring: KeyRing,
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    late_store: LateStore,
    store_client: RawStore,
) -> None:
    """The store goes as Slack answers, and the process with it: exactly one duplicate."""
    await reveal(vault, await share(vault, agent=ben))
    slack.fail(POST, Fault(delay=0.1, times=1))
    async with working(Vault(late_store.client, ring), slack):
        await until(lambda: _is(bool(slack.calls)))
        await late_store.cut()
        await slack.seen(POST)
        await asyncio.sleep(0.1)
    async with working(vault, slack):
        await settled(store_client)
        await asyncio.sleep(0.3)
    assert len(posted(slack)) == 2


async def _is(value: bool) -> bool:  # noqa: FBT001 - a value for ``until``
    return value


async def test_a_stop_finishes_the_message_under_way(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """SIGTERM while Slack is slow: nothing is sent twice by the next process."""
    await reveal(vault, await share(vault, agent=ben))
    slack.fail(POST, Fault(delay=0.5, times=1))
    async with working(vault, slack):
        await until(lambda: _is(bool(slack.calls)))
    async with working(vault, slack):
        await settled(store_client)
    assert len(posted(slack)) == 1


async def test_slacks_retry_after_is_kept_for_all_messages(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """429: nothing is sent before the time is over; then all, in their order."""
    busy = Fault(status=429, error="ratelimited", headers={"Retry-After": "2"}, times=1)
    slack.fail(POST, busy)
    labels = [f"ticket {number}" for number in range(5)]
    for label in labels:
        await reveal(vault, await share(vault, agent=ben, label=label))
    async with working(vault, slack):
        await slack.seen(POST)
        start = time.monotonic()
        await asyncio.sleep(1.5)
        assert len(slack.calls) == 1
        await slack.seen(POST, 2)
        assert time.monotonic() - start >= 1.95
        await settled(store_client)
    assert [label_of(body) for body in posted(slack)] == [labels[0], *labels]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, error="internal_error", times=4),
        Fault(status=503, body="<html>Slack is down</html>", times=4),
        Fault(error="invalid_auth", times=4),
        Fault(error="missing_scope", times=4),
    ],
    ids=["500", "html", "token", "scope"],
)
async def test_an_outage_of_slack_loses_nothing(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, fault: Fault
) -> None:
    """Entries stay pending until Slack takes the message, in their order."""
    slack.fail(POST, fault)
    labels = [f"ticket {number}" for number in range(3)]
    for label in labels:
        await reveal(vault, await share(vault, agent=ben, label=label))
    async with working(vault, slack):
        await slack.seen(POST, 2)
        pending = (await store_client.xinfo_groups(keys.audit(SecretId.new(ROOM).tag)))[0]
        assert pending["pending"] >= 3
        await settled(store_client)
    taken = [label_of(body) for body in posted(slack)]
    assert taken == [labels[0]] * 4 + labels


@pytest.mark.one_server
async def test_an_outage_of_the_store_loses_nothing(
    ring: KeyRing,
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    late_store: LateStore,
    store_client: RawStore,
) -> None:
    """The store goes and comes back: the courier works on, without a restart."""
    holder = await share(vault, agent=ben)
    async with working(Vault(late_store.client, ring), slack):
        await settled(store_client)
        await late_store.cut()
        await reveal(vault, holder)
        await asyncio.sleep(0.3)
        assert slack.calls == []
        await late_store.mend()
        await settled(store_client)
    assert len(posted(slack)) == 1


@pytest.mark.one_server
async def test_a_store_that_goes_after_slacks_answer_doubles_nothing(
    ring: KeyRing,
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    late_store: LateStore,
    store_client: RawStore,
) -> None:
    """What Slack took is remembered as soon as the store is back."""
    await reveal(vault, await share(vault, agent=ben))
    slack.fail(POST, Fault(delay=0.1, times=1))
    async with working(Vault(late_store.client, ring), slack):
        await until(lambda: _is(bool(slack.calls)))
        await late_store.cut()
        await asyncio.sleep(0.4)
        await late_store.mend()
        await settled(store_client)
    assert len(posted(slack)) == 1


@pytest.mark.parametrize("code", ["edit_window_closed", "message_not_found", "cant_update_message"])
async def test_a_message_that_cannot_be_edited_is_posted_anew(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, code: str
) -> None:
    """The new one is remembered; it notifies by itself, so there is no reply."""
    holder = await share(vault, agent=ben)
    async with working(vault, slack):
        await reveal(vault, holder)
        await settled(store_client)
        slack.fail(UPDATE, Fault(error=code, times=1))
        await reveal(vault, holder)
        await settled(store_client)
        assert (len(posted(slack)), len(replies(slack))) == (2, 0)
        await vault.burn(ben, holder.id)
        await store_client.hset(keys.record(holder.id), "refused", "")
        await reveal(vault, holder)
        await settled(store_client)
    tried, last = slack.called(UPDATE)[0], slack.called(UPDATE)[-1]
    assert last["ts"] != tried["ts"]
    assert (len(posted(slack)), len(replies(slack))) == (2, 1)


@pytest.mark.parametrize(
    "code", ["channel_not_found", "account_inactive", "is_archived", "user_not_found"]
)
async def test_somebody_who_left_is_given_up_and_logged_once(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, code: str
) -> None:
    """One who cannot be reached keeps nobody else waiting."""
    holder = await share(vault, agent=ben)
    with capture_logs() as lines:
        async with working(vault, slack):
            slack.fail(POST, Fault(error=code, times=2))
            await reveal(vault, holder)
            await settled(store_client)
            await reveal(vault, holder)
            await settled(store_client)
            await reveal(vault, await share(vault, agent=ben, label="another"))
            await settled(store_client)
    assert label_of(posted(slack)[-1]) == "another"
    gave_up = [line for line in lines if line["event"] == "notice_undeliverable"]
    assert [(line["ref"], line["code"]) for line in gave_up] == [(holder.id.ref, code)]


async def test_a_dead_token_is_nobody_who_left(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Slack has one word for both: while auth.test says it too, the notice waits for a live token."""
    holder = await share(vault, agent=ben)
    async with working(vault, slack):
        slack.fail(POST, Fault(error="account_inactive", times=2))
        slack.fail("auth.test", Fault(error="account_inactive", times=2))
        await reveal(vault, holder)
        await settled(store_client)
    assert len(posted(slack)) == 3
    assert len(slack.called("auth.test")) == 2


async def test_destroyed_is_told_within_5_seconds(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Five wrong passphrases, the courier at its real pace; the count is told on the way."""
    async with working(vault, slack, Pace()):
        holder = await locked(vault, ben)
        await guess(vault, holder)
        await slack.seen(POST, 1)
        assert "1 wrong passphrase was typed, perhaps by mistake" in json.dumps(posted(slack))
        for _ in range(4):
            await guess(vault, holder)
        start = time.monotonic()
        await slack.seen(POST, 2, seconds=5)
        print(f"destroyed was told after {time.monotonic() - start:.2f} s")
        await settled(store_client)
    assert "Destroyed after 5 wrong passphrases. Nobody saw it." in replies(slack)[-1]["text"]
    assert "Destroyed after 5 wrong passphrases" in json.dumps(slack.called(UPDATE)[-1])
    assert len(posted(slack)) == 1


async def test_destroyed_while_nobody_worked_is_one_message(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Six entries, one secret, one message that says what it came to."""
    holder = await locked(vault, ben)
    for _ in range(5):
        await guess(vault, holder)
    async with working(vault, slack):
        await settled(store_client)
    (told,) = posted(slack)
    assert told["text"] == "Destroyed by wrong passphrases: ACME"
    assert len(slack.calls) == 1


async def test_expired_unopened_is_told(
    vault: Vault, slack: FakeSlack, ben: Agent, ring: KeyRing, store_client: RawStore
) -> None:
    """By the sweeper, when nobody opened it; a reusable one that was opened is only updated."""
    unopened = await share(vault, agent=ben, label="unopened")
    reusable = await share(vault, agent=ben, label="reusable", single_use=False)
    async with working(vault, slack):
        await reveal(vault, reusable)
        await settled(store_client)
        for holder in (unopened, reusable):
            await meddling.expire_in(store_client, ring, holder.id, -1)
            await look_due(store_client, holder.id)
        await vault.sweep(ROOM)
        await settled(store_client)
    assert [label_of(body) for body in posted(slack)] == ["reusable", "unopened"]
    assert posted(slack)[1]["text"] == "Expired unopened: unopened"
    assert "Expired: the link no longer opens." in json.dumps(slack.called(UPDATE))
    assert replies(slack) == []


async def test_b3_a_loss_is_told_within_a_sweep(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """B3: ciphertext gone before its time: Lost, an alarm, and the creator hears of it."""
    holder = await share(vault, agent=ben)
    with capture_logs() as lines:
        async with working(vault, slack):
            await meddling.lose(store_client, holder.id)
            await look_due(store_client, holder.id)
            await vault.sweep(ROOM)
            await settled(store_client)
    (told,) = posted(slack)
    assert told["text"] == "A secret was lost: ACME, ticket 4711"
    assert "Nobody saw it." in json.dumps(told)
    assert [line["kind"] for line in lines if line["event"] == "alarm"] == ["lost"]


@pytest.mark.parametrize("opened", [False, True])
async def test_a_vanished_record_is_told_too(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, *, opened: bool
) -> None:
    """Its creator is known from the stream; what was told before is updated, and answered."""
    holder = await share(vault, agent=ben)
    async with working(vault, slack):
        if opened:
            await reveal(vault, holder)
        await settled(store_client)
        await store_client.delete(keys.record(holder.id))
        await look_due(store_client, holder.id)
        await vault.sweep(ROOM)
        await settled(store_client)
        await look_due(store_client, holder.id)
        await vault.sweep(ROOM)
        await settled(store_client)
    (first,) = posted(slack)
    assert first["channel"] == ben.user
    told = slack.called(UPDATE)[-1] if opened else first
    assert told["text"].startswith("A secret was lost")
    seen = "It had been opened once before." if opened else "Nobody is on record as having seen it."
    assert seen in json.dumps(told)
    assert len(replies(slack)) == opened


@pytest.mark.parametrize("where", ["creator", "length", "workspace", "blob"])
async def test_tampering_is_told_even_when_the_record_is_unreadable(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, where: str
) -> None:
    """The creator of an altered record is known from its first entry in the stream."""
    holder = await share(vault, agent=ben)
    name, part = keys.record(holder.id), await store_client.hget(keys.record(holder.id), "part")
    old, new = {
        "creator": (ben.user.encode(), b"U0MALLORY0"),
        "length": (ben.user.encode(), b"U0MALLORY"),
        "workspace": (TEAM.encode(), b"T00000000X"),
        "blob": (b"", b""),
    }[where]
    await store_client.hset(name, "part", part.replace(old, new, 1))
    if where == "blob":
        await store_client.setrange(keys.blob(holder.id), 20, b"xx")
    async with working(vault, slack):
        await reveal(vault, holder)
        await settled(store_client)
    told = posted(slack)[0]
    assert told["channel"] == ben.user
    assert "changed it in the store" in json.dumps([posted(slack), slack.called(UPDATE)])
    details = await vault.details(ROOM, holder.id)
    assert isinstance(details, Details)
    assert details.trail[-1].event is Event.TAMPERED


async def test_an_emptied_store_and_a_lost_group_are_no_end(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """FLUSHALL, then new secrets are told; a destroyed group starts over and tells nothing twice."""
    async with working(vault, slack):
        await reveal(vault, await share(vault, agent=ben))
        await settled(store_client)
        await store_client.flushall()
        holder = await share(vault, agent=ben, label="after the flood")
        await reveal(vault, holder)
        await reveal(vault, holder)
        await settled(store_client)
        assert label_of(posted(slack)[-1]) == "after the flood"
        told = len(slack.calls)
        stream = keys.audit(holder.id.tag)
        for group in await store_client.xinfo_groups(stream):
            await store_client.xgroup_destroy(stream, group["name"])
        await settled(store_client)
        assert len(slack.calls) == told
        await reveal(vault, await share(vault, agent=ben, label="after that"))
        await settled(store_client)
    assert label_of(posted(slack)[-1]) == "after that"


@pytest.mark.usefixtures("_short_lives")
async def test_entries_trimmed_while_pending_hold_nobody_up(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """A dead courier's entries that are gone from the stream are passed over."""
    holder = await share(vault, agent=ben)
    await reveal(vault, holder)
    dead = vault.notice_log(ROOM)
    assert await dead.read() == []  # the group is made now
    assert await dead.read()
    await store_client.xtrim(keys.audit(holder.id.tag), maxlen=0, approximate=False)
    await asyncio.sleep(0.2)
    async with working(vault, slack):
        await reveal(vault, await share(vault, agent=ben, label="later"))
        await settled(store_client)
    assert [label_of(body) for body in posted(slack)] == ["later"]


async def test_junk_in_the_stream_holds_nobody_up(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Whoever writes into the store cannot silence the courier."""
    holder = await share(vault, agent=ben)
    stream = keys.audit(holder.id.tag)
    await store_client.xadd(stream, {"a": "b"})
    await store_client.xadd(
        stream, {"workspace": TEAM, "id": "\udcff".encode("utf8", "surrogateescape"), "event": "x"}
    )
    await store_client.xadd(stream, {"workspace": TEAM, "id": holder.id.value, "event": "x"})
    await store_client.hset(keys.record(holder.id), "trail", "not an entry")
    for junk in ({"told": "x"}, {"channel": b"\xff", "ts": "1"}, None):
        other = await share(vault, agent=ben, label="junk")
        await reveal(vault, other)
        if junk:
            await store_client.hset(keys.notice(other.id), mapping=junk)
        else:
            await store_client.set(keys.notice(other.id), "no hash")
    async with working(vault, slack):
        await reveal(vault, await share(vault, agent=ben, label="later"))
        await settled(store_client)
    assert [label_of(body) for body in posted(slack)] == ["later"]


async def test_what_a_notice_remembers_goes_with_its_record(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Retention: the sweeper forgets both at once, and no later entry brings the notice back."""
    holder = await share(vault, agent=ben)
    async with working(vault, slack):
        await reveal(vault, holder)
        await settled(store_client)
        assert await store_client.exists(keys.notice(holder.id))
        brief = Vault(store_client, vault._ring, policy=Policy(audit_retention=-60))
        await meddling.end_window(store_client, holder.id)
        await look_due(store_client, holder.id)
        await brief.sweep(ROOM)
        assert not await store_client.exists(keys.record(holder.id), keys.notice(holder.id))
        await store_client.xadd(
            keys.audit(holder.id.tag),
            {"workspace": TEAM, "id": holder.id.value, "event": "lost", "by": "", "reader": ""},
        )
        await settled(store_client)
    assert not await store_client.exists(keys.notice(holder.id))
    assert len(slack.calls) == 1


async def test_the_dead_leave_the_group(
    vault: Vault, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of couriers that owe nothing do not pile up; one that owes an entry stays."""
    monkeypatch.setattr(notices, "FORGET_MS", 50)
    stream = keys.audit(SecretId.new(ROOM).tag)
    owing, idle, living = (vault.notice_log(ROOM) for _ in range(3))
    await owing.forget_the_dead()
    await store_client.xadd(stream, {"workspace": TEAM, "id": "", "event": "x"})
    assert await owing.read()
    await idle.read()
    await asyncio.sleep(0.1)
    await living.read()
    await living.forget_the_dead()
    left = {one["name"] for one in await store_client.xinfo_consumers(stream, owing.group)}
    assert left == {owing.courier.encode(), living.courier.encode()}


async def test_workspaces_that_share_a_tag_each_hear_their_own(
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    store_client: RawStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One stream, two workspaces: what the other's courier passes over is not lost."""
    mine = await share(vault, agent=ben)
    for name in ("vault", "history", "keys", "model", "notices"):
        monkeypatch.setattr(f"storage.{name}.tag_of", lambda _workspace: mine.id.tag)
    other = vault.notice_log(WorkspaceId("T0ELSEWHERE"))
    await other.read()
    await reveal(vault, mine)
    assert [one.id for one in await other.read()] == [None, None]
    async with working(vault, slack):
        await until(lambda: _is(bool(posted(slack))))
