"""News of requests: below the message while it lives, one plain line at its end, told once."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from bot import courier as courier_module
from bot import slack_api
from bot.sandbox.model import APP_USER, Conversation, Kind
from bot.views import ids
from storage import keys, notices
from storage.model import Agent, Event, UserId
from storage.notices import Place
from storage.outcomes import Burned
from storage.policy import Policy
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests import asking, meddling
from tests.bot.asked import (
    WHAT,
    Request,
    below,
    button,
    everything,
    in_browser,
    in_slack,
    standing,
)
from tests.bot.blockkit import faults_of_message
from tests.bot.delivery import ROOM, look_due, settled, until, working
from tests.bot.late_store import LateStore
from tests.numbers import n
from tests.raw import RawStore
from tests.slack import ANNA, CLARA, TEAM_NAME, FakeSlack, Fault

POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
SUPPORT = "C000000001"
ELSEWHERE = "C000000002"
DELETED = "This message was deleted."


@pytest.fixture
async def ben(slack: FakeSlack) -> Agent:
    """Ben, who asks."""
    return Agent(ROOM, TEAM_NAME, UserId(await slack.user("ben")), "ben")


@pytest.fixture
def anna() -> Agent:
    """Anna, a colleague."""
    return Agent(ROOM, TEAM_NAME, UserId(ANNA), "anna")


@pytest.fixture
def clara() -> Agent:
    """Clara, an admin."""
    return Agent(ROOM, TEAM_NAME, UserId(CLARA), "clara")


@pytest.fixture
def led(vault: Vault, clara: Agent) -> Vault:
    """The vault of a team whose admin is Clara."""
    return Vault(vault._redis, vault._ring, policy=Policy(admins=frozenset({clara.user})))


@pytest.fixture
def _short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A courier that died is missed sooner than in earnest."""
    monkeypatch.setattr(notices, "LEASE_MS", 300)
    monkeypatch.setattr(notices, "IDLE_MS", 150)
    monkeypatch.setattr(courier_module, "_LAST_WORDS", 0.0)


def own(slack: FakeSlack, agent: Agent) -> str:
    """Somebody's direct messages with the app."""
    return slack.workspace.dm(agent.user).id


async def expire(request: Request, store: RawStore) -> None:
    """Let its time pass, and the sweeper come by."""
    await meddling.expire_in(store, request.vault._ring, request.id, -1)
    await look_due(store, request.id)
    await request.vault.sweep(ROOM)


async def test_the_life_of_a_request_in_a_channel(
    vault: Vault, slack: FakeSlack, ben: Agent, anna: Agent, store_client: RawStore
) -> None:
    """Received and a second attempt call its creator in the thread; the end leaves a plain line."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    assert request.place
    async with working(vault, slack):
        await settled(store_client)
        assert slack.calls == []
        await request.answer()
        await settled(store_client)
        (received,) = below(slack, request.place)
        assert received.startswith(f"<@{ben.user}> Answered ")
        await request.answer_again()
        await settled(store_client)
        second = below(slack, request.place)[1]
        assert second.startswith(f"<@{ben.user}> Answered once more, perhaps by the same person")
        assert "somebody else has the link" in second
        assert request.seed in everything(slack)
        assert slack.called(UPDATE) == []

        session, _ = await request.collect(anna)
        await settled(store_client)
        assert below(slack, request.place)[2].startswith(f"Collected by <@{ANNA}>, ")
        mark, line = standing(slack, SUPPORT)
        assert mark["text"] == DELETED
        assert line["text"] == "Collected: canary-what, the admin login".replace(",", "")
        assert f"Collected by <@{ANNA}>" in json.dumps(line)
        again = button(line, ids.Action.ASK_AGAIN)
        assert again
        assert again["value"] == request.id.value
        assert request.seed not in everything(slack)

        await request.save(session)
        await settled(store_client)
    line = standing(slack, SUPPORT)[1]
    assert line["edited"]
    assert f"Saved in the vault by <@{ANNA}>" in json.dumps(line)
    assert len(standing(slack, SUPPORT)) == 2
    assert standing(slack, own(slack, ben)) == []
    for call in slack.calls:
        if call.method != DELETE:
            assert set(faults_of_message(call.body)) <= {"not ephemeral"}
            assert request.seed not in json.dumps(call.body)
            assert "http" not in json.dumps(call.body)


Act = Callable[[Request, RawStore, Agent], Awaitable[None]]


async def _cancel(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.burn()


async def _cancel_as_admin(request: Request, _store: RawStore, admin: Agent) -> None:
    await request.burn(admin)


async def _burn(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.answer()
    await request.burn()


async def _withdraw(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.withdraw()


async def _take_back(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.answer()
    await request.withdraw()


async def _unexpected(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.refuse()


async def _expire(request: Request, store: RawStore, _admin: Agent) -> None:
    await expire(request, store)


async def _expire_answered(request: Request, store: RawStore, _admin: Agent) -> None:
    await request.answer()
    await expire(request, store)


async def _collect(request: Request, _store: RawStore, _admin: Agent) -> None:
    await request.answer()
    await request.collect()


async def _lose(request: Request, store: RawStore, _admin: Agent) -> None:
    await request.answer()
    await meddling.lose(store, request.id)
    await look_due(store, request.id)
    await request.vault.sweep(ROOM)


async def _vanish(request: Request, store: RawStore, _admin: Agent) -> None:
    await store.delete(keys.record(request.id))
    await look_due(store, request.id)
    await request.vault.sweep(ROOM)


async def _alter(request: Request, store: RawStore, _admin: Agent) -> None:
    await store.hset(keys.record(request.id), "mac", b"x" * 32)
    await request.vault.request_status(request.id, request.question.submit)


@dataclass(frozen=True)
class End:
    """An act, and what the line says of it; ``calls`` where its creator is called."""

    act: Act
    headline: str
    words: str
    calls: bool = True


ENDS = [
    End(_cancel, "Cancelled", "Cancelled by ben", calls=False),
    End(_cancel_as_admin, "Cancelled", f"Cancelled by <@{CLARA}>"),
    End(_burn, "Burned", "The answer was destroyed unread.", calls=False),
    End(_withdraw, "Withdrawn", "Nothing had been sent."),
    End(_take_back, "Withdrawn", "The answer was destroyed unread."),
    End(_unexpected, "A request was not expected", "Check that it reached the right person"),
    End(_expire, "Nobody answered", "press *Ask again*"),
    End(_expire_answered, "Expired", "nobody collected it"),
    End(_collect, "Collected", "Collected by <@U000000002>", calls=False),
    End(_lose, "A request was lost", "The store lost it before its time."),
    End(_vanish, "A request was lost", "The store lost it before its time."),
    End(_alter, "A request was tampered with", "changed it in the store"),
]


@pytest.mark.parametrize("channel", ["", SUPPORT], ids=["alone", "channel"])
@pytest.mark.parametrize("end", ENDS, ids=[end.act.__name__[1:] for end in ENDS])
@pytest.mark.usefixtures("_short_lives")
async def test_each_end_takes_the_message_away_and_leaves_one_line(
    led: Vault,
    slack: FakeSlack,
    ben: Agent,
    clara: Agent,
    store_client: RawStore,
    channel: str,
    end: End,
) -> None:
    """Seed gone, in the same place; what needs attention calls its creator, what they did does not."""
    request = await in_slack(led, slack, ben, channel)
    await end.act(request, store_client, clara)
    for _ in range(2):  # the second one has nothing to do
        async with working(led, slack):
            await settled(store_client)
    (line,) = standing(slack, channel or own(slack, ben))
    assert line["text"].startswith(f"{end.headline}: ")
    told = json.dumps(line)
    assert end.words in told
    assert request.seed not in everything(slack)
    said = line["blocks"][1]["text"]["text"]
    assert said.startswith(f"<@{ben.user}> ") is end.calls
    readable = end.act not in {_vanish, _alter}
    assert bool(button(line, ids.Action.ASK_AGAIN)) is readable
    assert [call.method for call in slack.calls] == [DELETE, POST]


async def test_without_the_deletion_the_seed_stays(
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    store_client: RawStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control of "seed gone"."""

    async def nothing(_slack: object, place: Place) -> Place:
        return place

    monkeypatch.setattr(slack_api.Slack, "delete_message", nothing)
    request = await in_slack(vault, slack, ben)
    await request.burn()
    async with working(vault, slack):
        await settled(store_client)
    assert request.seed in everything(slack)


async def test_a_replaced_request_leaves_nothing(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Its creator has the one that came after it; the message and its seed go all the same."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    assert isinstance(await vault.burn(ben, request.id, undelivered=True), Burned)
    async with working(vault, slack):
        await settled(store_client)
    assert standing(slack, SUPPORT) == []
    assert [call.method for call in slack.calls] == [DELETE]


@pytest.mark.parametrize("channel", ["", SUPPORT], ids=["alone", "channel"])
async def test_a_browsers_request_is_posted_by_the_courier(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, channel: str
) -> None:
    """Once, with a button that holds no seed; a modal's request is left to its listener."""
    async with working(vault, slack):
        request = await in_browser(vault, ben, channel)
        await asking.ask(vault, agent=ben)
        await settled(store_client)
        (message,) = standing(slack, channel or own(slack, ben))
        collect = button(message, ids.Action.COLLECT)
        assert collect
        assert collect["value"] == request.id.value
        await request.answer()
        await settled(store_client)
        place = Place(channel or own(slack, ben), message["ts"])
        assert len(below(slack, place)) == 1
        await request.collect()
        await settled(store_client)
    mark, line = standing(slack, place.channel)
    assert (mark["text"], line["text"][:9]) == (DELETED, "Collected")


async def test_what_happened_while_nobody_worked_is_told_in_order(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """The message, then its news below it; of one that ended meanwhile, the line alone."""
    request = await in_browser(vault, ben)
    await request.answer()
    await request.answer_again()
    over = await in_browser(vault, ben)
    await over.burn()
    async with working(vault, slack):
        await settled(store_client)
    first, second = standing(slack, own(slack, ben))
    assert first["text"].startswith("Waiting for an answer")
    assert second["text"].startswith("Cancelled")
    (news,) = below(slack, Place(own(slack, ben), first["ts"]))
    assert news.index("Answered ") < news.index("Answered once more")


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
async def test_a_channel_that_takes_nothing_is_said_to_the_creator(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, code: str
) -> None:
    """The message comes to them alone, says why, and is the one that news goes below."""
    request = await in_browser(vault, ben, SUPPORT)
    slack.fail(POST, Fault(error=code, times=1))
    async with working(vault, slack):
        await settled(store_client)
        (message,) = standing(slack, own(slack, ben))
        assert "Invite the app to that channel." in json.dumps(message)
        assert button(message, ids.Action.COLLECT)
        await request.answer()
        await settled(store_client)
    assert len(below(slack, Place(own(slack, ben), message["ts"]))) == 1
    assert standing(slack, SUPPORT) == []


async def test_a_channel_that_we_left_has_its_end_told_to_the_creator(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Nothing can be deleted there any more: logged, and told to the one who asked."""
    members = {*slack.workspace.people, APP_USER}
    slack.workspace.add(Conversation(ELSEWHERE, Kind.CHANNEL, "elsewhere", members))
    request = await in_slack(vault, slack, ben, ELSEWHERE)
    slack.workspace.conversations[ELSEWHERE].members.remove(APP_USER)
    slack.fail(DELETE, Fault(error="channel_not_found"))
    slack.fail(UPDATE, Fault(error="channel_not_found"))
    with capture_logs() as lines:
        async with working(vault, slack):
            await request.answer()
            await settled(store_client)
            await request.collect()
            await settled(store_client)
    news, end = standing(slack, own(slack, ben))[0], standing(slack, own(slack, ben))[-1]
    assert "About the request *canary-what the admin login*: Answered" in news["text"]
    assert end["text"].startswith("Collected")
    assert "Slack did not let me write to the channel" in json.dumps(end)
    logged = [line for line in lines if line["event"] == "request_not_deleted"]
    assert [(line["code"], line["edited"]) for line in logged] == [("channel_not_found", False)]


@pytest.mark.parametrize("code", ["cant_delete_message", "compliance_exports_prevent_deletion"])
async def test_what_slack_does_not_delete_becomes_the_line(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, code: str
) -> None:
    """An edit without the button: the seed is gone as well, and nothing else is posted."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    slack.fail(DELETE, Fault(error=code))
    async with working(vault, slack):
        await request.answer()
        session, _ = await request.collect()
        await settled(store_client)
        await request.save(session)
        await settled(store_client)
    (line,) = standing(slack, SUPPORT)
    assert line["text"].startswith("Collected")
    assert "Saved in the vault" in json.dumps(line)
    assert request.seed not in everything(slack)


async def test_a_message_that_is_gone_already_is_taken_away(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Somebody deleted it: its news comes to the creator, its end leaves the line."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    slack.workspace.conversations[SUPPORT].messages.clear()
    async with working(vault, slack):
        await request.answer()
        await settled(store_client)
        (news,) = standing(slack, own(slack, ben))
        assert news["text"].startswith(f"<@{ben.user}> About the request *canary-what")
        await request.withdraw()
        await settled(store_client)
    (line,) = standing(slack, SUPPORT)
    assert line["text"].startswith("Withdrawn")


async def test_a_message_found_after_the_end_is_taken_away(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """The listener died before it remembered the place: a press on the button tells it."""
    request = await in_slack(vault, slack, ben, known=False)
    assert request.place
    async with working(vault, slack):
        await request.answer()
        await settled(store_client)
        assert "About the request" in standing(slack, own(slack, ben))[1]["text"]
        await request.withdraw()
        await settled(store_client)
        assert request.seed in everything(slack)
        for _ in range(2):
            await vault.places.posted(ROOM, request.id, request.place)
            await settled(store_client)
    assert request.seed not in everything(slack)
    assert len(standing(slack, own(slack, ben))) == 2  # the news, and one line
    assert (await request.trail()).count(Event.POSTED) == 1
    assert slack.called(UPDATE) == []


async def test_attempts_after_the_end_reply_below_the_line(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Interception shows late too: the line is brought up to date, and its thread calls."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    await request.answer()
    await request.collect()
    async with working(vault, slack):
        await settled(store_client)
        (line,) = standing(slack, SUPPORT)
        await request.answer_again()
        await settled(store_client)
        await asking.collect(vault, request.question, None)
        await settled(store_client)
    second, refused = below(slack, Place(SUPPORT, line["ts"]))
    assert second.startswith(f"<@{ben.user}> Answered once more")
    assert refused.startswith(f"<@{ben.user}> Someone tried to open the collected answer again")
    (line,) = standing(slack, SUPPORT)
    assert "Answered once more" in json.dumps(line)
    assert "Someone tried to open" in json.dumps(line)


async def test_a_line_that_cannot_be_edited_is_posted_anew_if_it_matters(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """To its creator; that something was saved is not worth a message of its own."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    await request.answer()
    session, _ = await request.collect()
    async with working(vault, slack):
        await settled(store_client)
        slack.fail(UPDATE, Fault(error="edit_window_closed", times=2))
        await request.save(session)
        await settled(store_client)
        assert standing(slack, own(slack, ben)) == []
        await request.answer_again()
        await settled(store_client)
    (line,) = standing(slack, own(slack, ben))
    assert "Answered once more" in json.dumps(line)
    assert "Saved in the vault" in json.dumps(line)


async def test_a_missing_key_ends_nothing(
    vault: Vault, slack: FakeSlack, ben: Agent, ring: KeyRing, store_client: RawStore
) -> None:
    """The record cannot be read while its key is away; its message has to stay."""
    request = await in_slack(vault, slack, ben)
    await request.answer()
    blind = Vault(store_client, KeyRing([MasterKey(b"\x01" * 32)]))
    async with working(blind, slack):
        await settled(store_client)
    assert slack.called(DELETE) == []
    assert request.seed in everything(slack)


async def test_an_app_without_a_person_gives_up_and_goes_on(
    vault: Vault, slack: FakeSlack, ben: Agent, anna: Agent, store_client: RawStore
) -> None:
    """One who has left keeps nobody else waiting."""
    gone, other = await in_browser(vault, ben), await in_browser(vault, anna)
    slack.workspace.people[ben.user].has_left = True
    with capture_logs() as lines:
        async with working(vault, slack):
            await settled(store_client)
            await gone.burn()
            await settled(store_client)
    assert len(standing(slack, own(slack, anna))) == 1
    gave_up = [line for line in lines if line["event"] == "notice_undeliverable"]
    assert [line["ref"] for line in gave_up] == [gone.id.ref]
    assert other.id.ref != gone.id.ref


FAULTS = {
    "429": Fault(status=429, error="ratelimited", headers={"Retry-After": "1"}, times=1),
    "500": Fault(status=500, error="internal_error", times=3),
    "html": Fault(status=503, body="<html>Slack is down</html>", times=3),
    "scope": Fault(error="missing_scope", times=3),
    "gone": Fault(drop=True, times=3),
    "slow": Fault(delay=0.5, times=2),
}


@pytest.mark.parametrize("method", [DELETE, POST])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_an_outage_of_slack_loses_nothing(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, fault: Fault, method: str
) -> None:
    """Whatever step it meets: the end is told, the seed is gone, the line stands once."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    await request.withdraw()
    slack.fail(method, fault)
    async with working(vault, slack):
        await settled(store_client)
    (line,) = standing(slack, SUPPORT)
    assert line["text"].startswith("Withdrawn")
    assert request.seed not in everything(slack)


@pytest.mark.parametrize("method", [DELETE, POST])
@pytest.mark.usefixtures("_short_lives")
async def test_killed_between_slacks_answer_and_our_record(
    ring: KeyRing,
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    late_store: LateStore,
    store_client: RawStore,
    method: str,
) -> None:
    """A deletion done twice is done; of the line there are two at most, and never none."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    await request.withdraw()
    slack.fail(method, Fault(delay=0.2, times=1))
    async with working(Vault(late_store.client, ring), slack):

        async def begun() -> bool:
            return bool(slack.called(method))

        await until(begun)
        await late_store.cut()
        await slack.seen(method)
        await asyncio.sleep(0.1)
    async with working(vault, slack):
        await settled(store_client)
        await asyncio.sleep(0.3)
    lines = standing(slack, SUPPORT)
    assert len(lines) == (2 if method == POST else 1)
    assert all(line["text"].startswith("Withdrawn") for line in lines)


def told_of(slack: FakeSlack) -> list[str]:
    """The request of each line that stands; empty for a message that is none."""
    lines = [line for line in standing(slack, SUPPORT) if line["text"] != DELETED]
    return [(button(line, ids.Action.ASK_AGAIN) or {"value": ""})["value"] for line in lines]


async def scene(vault: Vault, slack: FakeSlack, agent: Agent, number: int) -> Request:
    """A request that is answered twice and collected."""
    request = (
        await in_slack(vault, slack, agent, SUPPORT)
        if number % 2
        else await in_browser(vault, agent, SUPPORT)
    )
    await asyncio.sleep(random.random() * 0.1)
    await request.answer()
    await asyncio.sleep(random.random() * 0.1)
    await request.answer_again()
    await request.collect()
    return request


async def test_several_couriers_say_nothing_twice(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Any number of bot processes: one message, one line, each reply once, no seed left."""
    count = n("two couriers of requests", everyday=20, full=200)
    async with working(vault, slack), working(vault, slack), working(vault, slack):
        made = await asyncio.gather(*(scene(vault, slack, ben, one) for one in range(count)))
        await settled(store_client, 120)
    assert sorted(told_of(slack)) == sorted(request.id.value for request in made)
    assert not [request for request in made if request.seed and request.seed in everything(slack)]


async def test_without_the_lease_they_do(
    vault: Vault,
    slack: FakeSlack,
    ben: Agent,
    store_client: RawStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: a lease that ends at once lets two speak of one request."""
    monkeypatch.setattr(notices, "LEASE_MS", 0)
    slack.fail(POST, Fault(delay=0.05))
    with pytest.raises(AssertionError):
        await test_several_couriers_say_nothing_twice(vault, slack, ben, store_client)


@pytest.mark.usefixtures("_short_lives")
async def test_killed_at_any_moment_all_is_told_and_no_seed_stays(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """One duplicate for a kill at most, none lost."""
    kills = n("killed couriers of requests", everyday=15, full=150)
    made = []
    for _ in range(kills):
        made.append(await in_slack(vault, slack, ben, SUPPORT))
        await made[-1].answer()
        async with working(vault, slack):
            await asyncio.sleep(random.random() * 0.08)
            await made[-1].withdraw()
            await asyncio.sleep(random.random() * 0.08)
    async with working(vault, slack):
        await settled(store_client)
    told = told_of(slack)
    assert set(told) == {request.id.value for request in made}
    assert len(told) - len(made) <= kills
    assert not [request for request in made if request.seed in everything(slack)]


def test_the_canary_is_what_the_others_ask() -> None:
    """What stands in the texts above is what is asked for."""
    assert WHAT == "canary-what: the admin login"
