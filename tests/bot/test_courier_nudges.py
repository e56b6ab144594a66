"""The warning that a link is about to end: told once, with what to do, and never when it is too late."""

import asyncio
import json
from collections import Counter

import pytest

from bot.views import ids
from bot.views.nudge import Pressed
from storage.model import HOUR, Agent, Lifetime, Nonce, Passphrase, Proof, SecretId, UserId
from storage.notices import Noticed
from storage.outcomes import Burned, Extended
from storage.policy import Policy
from storage.seal import KeyRing
from storage.vault import Vault
from tests import meddling
from tests.bot.asked import below, button, in_browser, in_slack, standing
from tests.bot.blockkit import faults_of_message
from tests.bot.delivery import ROOM, look_due, settled, working
from tests.bot.test_courier import UPDATE, label_of, posted, replies
from tests.links import READER, Holder, reveal, share
from tests.raw import RawStore
from tests.slack import ANNA, TEAM_NAME, FakeSlack, Json

SUPPORT = "C000000001"
NEAR = HOUR - HOUR // 10 + 1
OPENED = "Nobody has opened it so far, and the link ends "
ANSWERED = "Nobody has answered so far, and the link ends "


@pytest.fixture
async def ben(slack: FakeSlack) -> Agent:
    """Ben, who makes and asks."""
    return Agent(ROOM, TEAM_NAME, UserId(await slack.user("ben")), "ben")


async def warn(vault: Vault, sid: SecretId, seconds: int = NEAR) -> None:
    """Let so much of its life pass, and the sweeper come by."""
    await meddling.age(vault._redis, vault._ring, sid, seconds)
    await vault.sweep(ROOM)


async def extend(vault: Vault, agent: Agent, sid: SecretId) -> None:
    """Press the button of a message that is up to date."""
    found = await vault.noticed(ROOM, sid)
    assert isinstance(found, Noticed)
    assert found.summary.record
    done = await vault.extend(agent, sid, found.summary.record.expires)
    assert isinstance(done, Extended)


def texts(body: Json) -> str:
    """All that it says."""
    return json.dumps(body, ensure_ascii=False)


async def test_an_unopened_link_is_warned_of_once(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """A message with the end, a reminder to copy and both buttons; with Extend it is said, and over."""
    holder = await share(vault, agent=ben)
    async with working(vault, slack):
        await settled(store_client)
        await warn(vault, holder.id)
        await settled(store_client)
        (told,) = posted(slack)
        assert told["channel"] == ben.user
        assert label_of(told) == "ACME, ticket 4711"
        assert told["text"] == "Not opened yet: ACME, ticket 4711"
        assert OPENED in texts(told)
        assert "Extend keeps it alive until " in texts(told)
        assert "what we sent you is still waiting" in texts(told)
        assert faults_of_message(told) in ([], ["not ephemeral"])
        extends, again = button(told, ids.Action.EXTEND), button(told, ids.Action.MAKE_AGAIN)
        assert extends
        assert again
        assert again["text"]["text"] == "Make a new one"
        assert Pressed.parse(extends["value"]).id == holder.id

        await look_due(store_client, holder.id)
        await vault.sweep(ROOM)
        await settled(store_client)
        assert (len(posted(slack)), slack.called(UPDATE)) == (1, [])

        await extend(vault, ben, holder.id)
        await settled(store_client)
        (updated,) = slack.called(UPDATE)
        assert f"Extended by <@{ben.user}>" in texts(updated)
        assert button(updated, ids.Action.EXTEND) is None
        assert OPENED not in texts(updated)
        assert replies(slack) == []

        await warn(vault, holder.id, HOUR - 60)
        await settled(store_client)
        assert button(slack.called(UPDATE)[-1], ids.Action.EXTEND)
        (answer,) = replies(slack)
        assert answer["text"].startswith(f"<@{ben.user}> {OPENED}")
        assert len(posted(slack)) == 1


async def test_an_unanswered_request_is_warned_of_in_its_thread(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """A mention, what to tell the customer, both buttons; the message with the seed is left alone."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    assert request.place
    async with working(vault, slack):
        await warn(vault, request.id)
        await settled(store_client)
        (told,) = replies(slack)
        assert (told["channel"], told["thread_ts"]) == (SUPPORT, request.place.ts)
        assert told["text"].startswith(f"<@{ben.user}> {ANSWERED}")
        assert f"<@{ben.user}> {ANSWERED}" in texts(told["blocks"][0])
        assert "Hi there, we still need this from you" in texts(told)
        assert button(told, ids.Action.EXTEND)
        assert button(told, ids.Action.ASK_AGAIN)
        assert faults_of_message(told) in ([], ["not ephemeral"])

        await extend(vault, ben, request.id)
        await settled(store_client)
        extended = below(slack, request.place)[1]
        assert extended.startswith(f"Extended by <@{ben.user}>")
        assert "It can be answered until " in extended
        assert slack.called(UPDATE) == []

        await request.answer()
        await settled(store_client)
        assert "Answered " in below(slack, request.place)[2]
        await request.burn()
        await settled(store_client)
    (line,) = standing(slack, SUPPORT)[-1:]
    assert "Burned" in line["text"]
    assert "Extended" not in json.dumps(line)


async def test_a_request_whose_message_is_gone_is_warned_of_alone(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Somebody deleted it: its creator reads what it is about, buttons included."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    assert request.place
    slack.workspace.conversations[SUPPORT].messages.clear()
    async with working(vault, slack):
        await warn(vault, request.id)
        await settled(store_client)
    last = slack.called("chat.postMessage")[-1]
    assert last["channel"] == ben.user
    assert "About the request *canary-what" in last["text"]
    assert button(last, ids.Action.EXTEND)


async def test_a_browsers_request_is_warned_of_too(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Its message is the courier's to post first."""
    request = await in_browser(vault, ben, SUPPORT)
    await warn(vault, request.id)
    async with working(vault, slack):
        await settled(store_client)
    (told,) = replies(slack)
    assert ANSWERED in told["text"]


@pytest.mark.parametrize("happens", ["opened", "burned", "extended", "expired", "lost"])
async def test_it_is_not_told_when_something_has_happened_since(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore, happens: str
) -> None:
    """The couriers were away: the message is made from the record as it is when it is sent."""
    holder = await share(vault, agent=ben)
    await warn(vault, holder.id)
    if happens == "opened":
        await reveal(vault, holder)
    elif happens == "burned":
        assert isinstance(await vault.burn(ben, holder.id), Burned)
    elif happens == "extended":
        await extend(vault, ben, holder.id)
    elif happens == "expired":
        await warn(vault, holder.id, HOUR)
    else:
        await meddling.lose(store_client, holder.id)
        await look_due(store_client, holder.id)
        await vault.sweep(ROOM)
    async with working(vault, slack):
        await settled(store_client)
    said = " ".join(texts(call.body) for call in slack.calls)
    assert OPENED not in said
    assert ids.Action.EXTEND not in said
    expected = {"opened": "Opened", "expired": "Expired unopened", "lost": "A secret was lost"}
    headlines = [body["text"].partition(":")[0] for body in posted(slack)]
    assert headlines == ([expected[happens]] if happens in expected else [])


async def test_an_answered_request_is_not_warned_of(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Answered between the sweeper's look and the message."""
    request = await in_slack(vault, slack, ben, SUPPORT)
    assert request.place
    await warn(vault, request.id)
    await request.answer()
    async with working(vault, slack):
        await settled(store_client)
    (said,) = below(slack, request.place)
    assert "Answered " in said
    assert ANSWERED not in said


async def test_several_bots_warn_once(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """Three sweepers and three couriers at once: one message for each secret."""
    made = [await share(vault, agent=ben, label=f"ticket {number}") for number in range(12)]
    for holder in made:
        await meddling.age(store_client, vault._ring, holder.id, NEAR)
    async with working(vault, slack), working(vault, slack), working(vault, slack):
        await asyncio.gather(*(vault.sweep(ROOM) for _ in range(3)))
        await settled(store_client, 30)
    found = Counter(label_of(body) for body in posted(slack))
    assert found == {f"ticket {number}": 1 for number in range(12)}
    assert replies(slack) == []


async def test_a_message_that_is_there_is_updated_and_answered_below(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """After a wrong passphrase: one message for a secret, and a mention in its thread."""
    holder: Holder = await share(vault, agent=ben, passphrase=Passphrase.of("horse"))
    async with working(vault, slack):
        await vault.open(holder.id, holder.proof, Nonce.random(), READER, Proof.random())
        await settled(store_client)
        await warn(vault, holder.id)
        await settled(store_client)
        assert len(posted(slack)) == 1
        (updated,) = slack.called(UPDATE)
        assert "1 wrong passphrase was typed" in texts(updated)
        assert button(updated, ids.Action.EXTEND)
        assert OPENED in replies(slack)[-1]["text"]
        assert isinstance(await vault.burn(ben, holder.id), Burned)
        await settled(store_client)
    last = slack.called(UPDATE)[-1]
    assert button(last, ids.Action.EXTEND) is None
    assert "Burned" in texts(last)


async def test_where_the_policy_leaves_no_room_it_says_so(
    slack: FakeSlack, ben: Agent, store_client: RawStore, ring: KeyRing
) -> None:
    """No button that could only be refused."""
    strict = Vault(store_client, ring, policy=Policy(max_lifetime=Lifetime(HOUR)))
    holder = await share(strict, agent=ben)
    async with working(strict, slack):
        await warn(strict, holder.id)
        await settled(store_client)
    (told,) = posted(slack)
    assert "It has the longest life that your team allows." in texts(told)
    assert button(told, ids.Action.EXTEND) is None
    assert button(told, ids.Action.MAKE_AGAIN)


async def test_f4_no_link_and_no_mention_of_others_in_it(
    vault: Vault, slack: FakeSlack, ben: Agent, store_client: RawStore
) -> None:
    """F4: an id opens nothing, and nothing else of a link is there; hostile labels stay text."""
    holder = await share(vault, agent=ben, label="<!channel> <@U0BEN> https://evil.example")
    async with working(vault, slack):
        await warn(vault, holder.id)
        await settled(store_client)
    (told,) = posted(slack)
    said = texts(told)
    assert "/s/" not in said
    assert "<!channel>" not in said
    assert "https://evil" not in told["text"]
    assert f"<@{ANNA}>" not in said
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)
