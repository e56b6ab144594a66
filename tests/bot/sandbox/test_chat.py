"""``chat.*``: where messages go, what changes them, and Slack's codes for everything else."""

import re

import pytest

from bot.sandbox.model import ANNA, APP, APP_USER, BEN, BOT, SLACKBOT, SUPPORT
from bot.sandbox.server import Fault, LocalSlack
from tests.bot.sandbox.conftest import ELSEWHERE, Api, Clock, Json, plain, section

TS = re.compile(r"\d{10}\.\d{6}")


def seen(local: LocalSlack, user: str, channel: str = SUPPORT) -> list[Json]:
    """What somebody reads in a conversation."""
    places = {place["id"]: place for place in local.snapshot(user)["conversations"]}
    messages: list[Json] = places[channel]["messages"]
    return messages


def texts(messages: list[Json]) -> list[str]:
    """What they say."""
    return [message["text"] for message in messages]


async def test_a_message_is_posted_as_the_app(api: Api, local: LocalSlack) -> None:
    """The answer has channel, ts and the message; everybody in the channel reads it."""
    answer = await api("chat.postMessage", channel=SUPPORT, text="a &lt; *b*", unfurl_links=False)
    assert answer["channel"] == SUPPORT
    assert TS.fullmatch(answer["ts"])
    message = answer["message"]
    assert (message["text"], message["ts"]) == ("a &lt; *b*", answer["ts"])
    assert (message["user"], message["bot_id"], message["app_id"]) == (APP_USER, BOT, APP)
    for user in (ANNA, BEN):
        (read,) = seen(local, user)
        assert read == {
            "ts": answer["ts"], "user": APP_USER, "text": "a &lt; *b*", "blocks": [],
            "edited": False, "ephemeral": False, "thread": [],
        }  # fmt: skip


async def test_a_persons_id_is_their_dm_with_the_app(api: Api, local: LocalSlack) -> None:
    """The answer names the DM, which is where conversations.open leads too; nobody else reads it."""
    answer = await api("chat.postMessage", channel=ANNA, text="for Anna")
    assert answer["channel"].startswith("D")
    opened = await api("conversations.open", users=ANNA)
    assert opened["channel"] == {"id": answer["channel"]}
    assert texts(seen(local, ANNA, answer["channel"])) == ["for Anna"]
    assert "for Anna" not in str(local.snapshot(BEN))
    again = await api("chat.postMessage", channel=answer["channel"], text="again")
    assert again["channel"] == answer["channel"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"channel": "support"}, "channel_not_found"),
        ({"channel": "#support"}, "channel_not_found"),
        ({"channel": "@anna"}, "channel_not_found"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"channel": "U0NOBODY"}, "channel_not_found"),
        ({"channel": ELSEWHERE}, "not_in_channel"),
        ({"channel": BEN}, "account_inactive"),
        ({"channel": SUPPORT, "text": ""}, "no_text"),
        ({"channel": SUPPORT, "text": "", "blocks": []}, "no_text"),
        ({"channel": SUPPORT, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": SUPPORT, "blocks": "[not json"}, "invalid_blocks_format"),
        ({"channel": SUPPORT, "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": SUPPORT, "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"channel": SUPPORT, "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ({"channel": SUPPORT, "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"channel": SUPPORT, "thread_ts": "1790000000.000100"}, "thread_not_found"),
        ({"channel": 7}, "invalid_arguments"),
        ({"channel": SUPPORT, "text": ["t"]}, "invalid_arguments"),
        ({}, "invalid_arguments"),
    ],
)
async def test_a_message_that_cannot_be_posted(
    api: Api, local: LocalSlack, args: Json, code: str
) -> None:
    """Each refusal has its code, and nothing is posted."""
    local.workspace.people[BEN].has_left = True
    answer = await api("chat.postMessage", **{"text": "t", **args})
    assert (answer["ok"], answer["error"]) == (False, code)
    assert seen(local, ANNA) == []


async def test_what_just_fits_is_posted(api: Api) -> None:
    """The controls of the lengths above."""
    assert (await api("chat.postMessage", channel=SUPPORT, text="x" * 40_000))["ok"]
    blocks = [section("x" * 2900)] * 4
    assert (await api("chat.postMessage", channel=SUPPORT, blocks=blocks))["ok"]


async def test_replies_go_below_their_message(api: Api, local: LocalSlack) -> None:
    """A thread; a reply to a reply is cannot_reply_to_message."""
    parent = await api("chat.postMessage", channel=SUPPORT, text="parent")
    args = {"channel": SUPPORT, "text": "reply"}
    reply = await api("chat.postMessage", **args, thread_ts=parent["ts"])
    assert reply["message"]["thread_ts"] == parent["ts"]
    (read,) = seen(local, ANNA)
    assert texts(read["thread"]) == ["reply"]
    nested = await api("chat.postMessage", **args, thread_ts=reply["ts"])
    assert nested["error"] == "cannot_reply_to_message"


async def test_an_update_changes_a_message_in_place(
    api: Api, local: LocalSlack, clock: Clock
) -> None:
    """Same ts, marked as edited; a text without blocks takes the blocks away."""
    posted = await api("chat.postMessage", channel=SUPPORT, text="one", blocks=[section()])
    clock.now += 60
    place = {"channel": SUPPORT, "ts": posted["ts"]}
    answer = await api("chat.update", **place, text="two")
    assert (answer["channel"], answer["ts"], answer["text"]) == (SUPPORT, posted["ts"], "two")
    assert answer["message"]["edited"]["user"] == APP_USER
    (read,) = seen(local, ANNA)
    assert (read["ts"], read["text"], read["blocks"], read["edited"]) == (
        posted["ts"], "two", [], True,
    )  # fmt: skip


async def test_only_the_apps_own_messages_change(api: Api, local: LocalSlack) -> None:
    """cant_update_message, cant_delete_message, message_not_found, channel_not_found."""
    await local.type(ANNA, SUPPORT, "Anna's")
    (theirs,) = seen(local, ANNA)
    whispered = await api("chat.postEphemeral", channel=SUPPORT, user=ANNA, text="psst")
    place: Json
    for ts, update, delete in (
        (theirs["ts"], "cant_update_message", "cant_delete_message"),
        ("1790000000.000100", "message_not_found", "message_not_found"),
        (whispered["message_ts"], "message_not_found", "message_not_found"),
    ):
        place = {"channel": SUPPORT, "ts": ts}
        assert (await api("chat.update", **place, text="x"))["error"] == update
        assert (await api("chat.delete", **place))["error"] == delete
    elsewhere = {"channel": "C0NOWHERE", "ts": theirs["ts"]}
    assert (await api("chat.update", **elsewhere, text="x"))["error"] == "channel_not_found"
    assert (await api("chat.delete", **elsewhere))["error"] == "channel_not_found"


async def test_an_update_is_checked_like_a_message(api: Api) -> None:
    """no_text, msg_too_long, invalid_blocks."""
    posted = await api("chat.postMessage", channel=SUPPORT, text="one")
    place = {"channel": SUPPORT, "ts": posted["ts"]}
    assert (await api("chat.update", **place))["error"] == "no_text"
    assert (await api("chat.update", **place, text="x" * 40_001))["error"] == "msg_too_long"
    broken = await api("chat.update", **place, blocks=[section("x" * 3001)])
    assert broken["error"] == "invalid_blocks"


async def test_a_deleted_message_is_gone(api: Api, local: LocalSlack) -> None:
    """One with replies leaves a mark, and the replies stay readable."""
    alone = await api("chat.postMessage", channel=SUPPORT, text="alone")
    parent = await api("chat.postMessage", channel=SUPPORT, text="parent")
    await api("chat.postMessage", channel=SUPPORT, text="reply", thread_ts=parent["ts"])
    for posted in (alone, parent):
        answer = await api("chat.delete", channel=SUPPORT, ts=posted["ts"])
        assert answer == {"ok": True, "channel": SUPPORT, "ts": posted["ts"]}
    (mark,) = seen(local, ANNA)
    assert (mark["user"], mark["text"]) == (SLACKBOT, "This message was deleted.")
    assert texts(mark["thread"]) == ["reply"]
    for posted in (alone, parent):
        place = {"channel": SUPPORT, "ts": posted["ts"]}
        assert (await api("chat.update", **place, text="x"))["error"] == "message_not_found"
        assert (await api("chat.delete", **place))["error"] == "message_not_found"
    late = {"channel": SUPPORT, "text": "late", "thread_ts": parent["ts"]}
    assert (await api("chat.postMessage", **late))["ok"]
    assert texts(seen(local, ANNA)[0]["thread"]) == ["reply", "late"]
    await api("chat.delete", channel=SUPPORT, ts=seen(local, ANNA)[0]["thread"][0]["ts"])
    assert texts(seen(local, ANNA)[0]["thread"]) == ["late"]


async def test_nothing_is_posted_in_an_archived_channel(api: Api, local: LocalSlack) -> None:
    """Refused as such to who is in it."""
    local.workspace.conversations[SUPPORT].is_archived = True
    assert (await api("chat.postMessage", channel=SUPPORT, text="t"))["error"] == "is_archived"
    assert (await api("conversations.info", channel=SUPPORT))["channel"]["is_archived"] is True


async def test_an_ephemeral_message_is_for_one(api: Api, local: LocalSlack) -> None:
    """Only its reader sees it; refused for somebody who is not there."""
    answer = await api("chat.postEphemeral", channel=SUPPORT, user=ANNA, text="psst")
    assert TS.fullmatch(answer["message_ts"])
    (read,) = seen(local, ANNA)
    assert read["ephemeral"] is True
    assert seen(local, BEN) == []
    for args, code in (
        ({"user": "U0NOBODY"}, "user_not_found"),
        ({"user": ANNA, "channel": ELSEWHERE}, "not_in_channel"),
        ({"user": ANNA, "channel": "support"}, "channel_not_found"),
        ({"user": ANNA, "text": ""}, "no_text"),
        ({"user": ANNA, "blocks": [{}]}, "invalid_blocks"),
        ({"user": ANNA, "thread_ts": "1790000000.000100"}, "thread_not_found"),
    ):
        refused = await api("chat.postEphemeral", **{"channel": SUPPORT, "text": "t", **args})
        assert refused["error"] == code
    local.workspace.conversations[SUPPORT].members.remove(BEN)
    refused = await api("chat.postEphemeral", channel=SUPPORT, user=BEN, text="t")
    assert refused["error"] == "user_not_in_channel"


async def test_a_permalink_leads_to_a_message(api: Api) -> None:
    """With its thread, if it is a reply."""
    parent = await api("chat.postMessage", channel=SUPPORT, text="parent")
    reply = await api("chat.postMessage", channel=SUPPORT, text="reply", thread_ts=parent["ts"])
    digits = parent["ts"].replace(".", "")
    linked = await api("chat.getPermalink", channel=SUPPORT, message_ts=parent["ts"])
    assert linked["permalink"] == f"https://example.slack.com/archives/{SUPPORT}/p{digits}"
    linked = await api("chat.getPermalink", channel=SUPPORT, message_ts=reply["ts"])
    assert linked["permalink"].endswith(f"?thread_ts={parent['ts']}&cid={SUPPORT}")
    for channel, ts, code in (
        ("C0NOWHERE", parent["ts"], "channel_not_found"),
        (ELSEWHERE, parent["ts"], "channel_not_found"),
        (SUPPORT, "1790000000.000100", "message_not_found"),
    ):
        refused = await api("chat.getPermalink", channel=channel, message_ts=ts)
        assert refused["error"] == code


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("chat.update", "edit_window_closed"),
        ("chat.update", "cant_update_message"),
        ("chat.delete", "cant_delete_message"),
        ("chat.delete", "compliance_exports_prevent_deletion"),
        ("chat.postMessage", "messages_tab_disabled"),
        ("chat.postMessage", "is_archived"),
        ("views.publish", "not_enabled"),
    ],
)
async def test_what_depends_on_the_workspace_happens_on_demand(
    api: Api, local: LocalSlack, method: str, code: str
) -> None:
    """A code for as many calls as a test wants; then the method works again."""
    local.fail(method, Fault(error=code, times=1))
    posted = await api("chat.postMessage", channel=SUPPORT, text="t")
    home = {"type": "home", "blocks": [{"type": "section", "text": plain()}]}
    each: dict[str, Json] = {
        "chat.update": {"channel": SUPPORT, "ts": posted.get("ts"), "text": "u"},
        "chat.delete": {"channel": SUPPORT, "ts": posted.get("ts")},
        "chat.postMessage": {"channel": SUPPORT, "text": "t"},
        "views.publish": {"user_id": ANNA, "view": home},
    }
    first = posted if method == "chat.postMessage" else await api(method, **each[method])
    assert first == {"ok": False, "error": code}
    assert (await api(method, **each[method]))["ok"]
