"""The Web API's edge: tokens, bodies, faults on demand, and answers through a response_url."""

import asyncio
import time

import pytest
from aiohttp import ClientConnectionError, ClientSession, ContentTypeError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.model import ANNA, APP_NAME, APP_USER, BEN, BOT, CLARA, SLACKBOT, SUPPORT, TEAM
from bot.sandbox.server import CALLS_KEPT, Fault, LocalSlack
from tests.bot.sandbox.conftest import Api, Clock, Json, TinyBot, button, modal
from tests.bot.sandbox.test_chat import seen, texts
from tests.slack import TOKEN

AUTH = {"Authorization": f"Bearer {TOKEN}"}


async def test_whoever_has_no_token_learns_nothing(
    local: LocalSlack, session: ClientSession
) -> None:
    """not_authed without one, invalid_auth with another, whatever the method."""
    for method in ("auth.test", "views.open", "chat.postMessage", "users.list"):
        url = local.base_url + method
        for headers, code in (
            ({}, "not_authed"),
            ({"Authorization": "Bearer"}, "not_authed"),
            ({"Authorization": "Bearer xoxb-another"}, "invalid_auth"),
            ({"Authorization": TOKEN}, "not_authed"),
        ):
            async with session.post(url, json={}, headers=headers) as answer:
                assert answer.status == 200
                assert await answer.json() == {"ok": False, "error": code}
    async with session.post(local.base_url + "auth.test", data={"token": TOKEN}) as answer:
        assert (await answer.json())["ok"]


async def test_an_unknown_method_is_told(api: Api) -> None:
    """unknown_method, also for what Slack has and this has not."""
    for method in ("views.close", "chat.scheduleMessage", "x"):
        assert await api(method) == {"ok": False, "error": "unknown_method"}


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "invalid_json"), (b"[1]", "json_not_object"), (b"", "invalid_json")]
)
async def test_json_that_is_none(
    local: LocalSlack, session: ClientSession, body: bytes, code: str
) -> None:
    """A body that says it is JSON has to be an object."""
    headers = {**AUTH, "Content-Type": "application/json"}
    url = local.base_url + "auth.test"
    async with session.post(url, data=body, headers=headers) as answer:
        assert await answer.json() == {"ok": False, "error": code}


async def test_slacks_own_client_gets_through(local: LocalSlack) -> None:
    """The SDK sends some arguments as JSON, some in the address, some with GET."""
    client = AsyncWebClient(token=TOKEN, base_url=local.base_url)
    who = await client.auth_test()
    assert (who["team"], who["team_id"]) == ("Example Support", TEAM)
    assert (who["user"], who["user_id"], who["bot_id"]) == (APP_NAME, APP_USER, BOT)
    assert (await client.users_info(user=ANNA))["user"]["real_name"] == "Anna Agent"
    room = await client.conversations_info(channel=SUPPORT)
    assert room["channel"]["name"] == "support"
    opened = await client.conversations_open(users=[ANNA])
    posted = await client.chat_postMessage(channel=opened["channel"]["id"], text="t")
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="u")
    trigger = local.workspace.permits.trigger(ANNA)
    assert (await client.views_open(trigger_id=trigger, view=modal()))["view"]["id"]
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger, view=modal())
    assert refused.value.response["error"] == "exchanged_trigger_id"
    assert [call.method for call in local.calls][:3] == [
        "auth.test", "users.info", "conversations.info",
    ]  # fmt: skip
    assert local.calls[1].body == {"user": ANNA}


async def test_people(api: Api, local: LocalSlack) -> None:
    """Two agents, an admin, the app and Slackbot; who has left is marked; a stranger not found."""
    local.workspace.people[BEN].has_left = True
    people = {user["id"]: user for user in (await api("users.list"))["members"]}
    assert set(people) == {ANNA, BEN, CLARA, APP_USER, SLACKBOT}
    assert {i for i, user in people.items() if user["is_bot"]} == {APP_USER, SLACKBOT}
    assert {i for i, user in people.items() if user["is_admin"]} == {CLARA}
    assert people[BEN]["deleted"] is True
    assert (await api("users.info", user=BEN))["user"] == people[BEN]
    assert (await api("users.info", user="U0NOBODY"))["error"] == "user_not_found"
    assert BEN not in str(local.snapshot(ANNA)["people"])


async def test_conversations(api: Api, local: LocalSlack) -> None:
    """Members, kinds, and whom a DM can be opened with."""
    members = (await api("conversations.members", channel=SUPPORT))["members"]
    assert members == sorted([ANNA, BEN, CLARA, APP_USER])
    name = (await api("conversations.open", users=ANNA))["channel"]["id"]
    described = (await api("conversations.open", channel=name, return_im=True))["channel"]
    assert (described["is_im"], described["user"]) == (True, ANNA)
    assert (await api("conversations.info", channel=name))["channel"] == described
    for method in ("conversations.info", "conversations.members"):
        assert (await api(method, channel="support"))["error"] == "channel_not_found"
        assert (await api(method))["error"] == "invalid_arguments"
    local.workspace.people[BEN].has_left = True
    for args, code in (
        ({}, "users_list_not_supplied"),
        ({"users": "U0NOBODY"}, "user_not_found"),
        ({"users": BEN}, "user_disabled"),
        ({"users": f"{ANNA},{CLARA}"}, "invalid_user_combination"),
        ({"channel": SUPPORT}, "channel_not_found"),
        ({"channel": "D0NOWHERE"}, "channel_not_found"),
    ):
        assert (await api("conversations.open", **args))["error"] == code


async def test_a_rate_limit_on_demand(local: LocalSlack, session: ClientSession, api: Api) -> None:
    """429 with Retry-After and Slack's code, so many times; the calls are recorded all the same."""
    busy = Fault(status=429, error="ratelimited", headers={"Retry-After": "30"}, times=2)
    local.fail("chat.postMessage", busy)
    for _ in range(2):
        url = local.base_url + "chat.postMessage"
        async with session.post(url, json={"channel": SUPPORT}, headers=AUTH) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
            assert await answer.json() == {"ok": False, "error": "ratelimited"}
    assert (await api("chat.postMessage", channel=SUPPORT, text="t"))["ok"]
    assert len(local.calls) == 3


async def test_other_faults_on_demand(local: LocalSlack, api: Api) -> None:
    """A proxy's page, silence, a cut line, which may come after the deed."""
    local.fail("auth.test", Fault(status=503, body="<html>no</html>", times=1))
    with pytest.raises(ContentTypeError):
        await api("auth.test")
    local.fail("auth.test", Fault(delay=0.3, times=1))
    start = time.perf_counter()
    assert (await api("auth.test"))["ok"]
    assert time.perf_counter() - start >= 0.3
    local.fail("chat.postMessage", Fault(drop=True, times=1))
    with pytest.raises(ClientConnectionError):
        await api("chat.postMessage", channel=SUPPORT, text="t")
    async with asyncio.timeout(5):
        await local.changes(local.workspace.revision - 1)
    assert texts(seen(local, ANNA)) == ["t"]


async def test_recorded_calls_are_bounded(api: Api, local: LocalSlack) -> None:
    """A sandbox that runs for weeks forgets the oldest."""
    await api("auth.test")
    local.calls *= CALLS_KEPT
    await api("users.list")
    assert len(local.calls) == CALLS_KEPT
    assert local.calls[-1].method == "users.list"


async def typed(local: LocalSlack, tiny: TinyBot) -> str:
    """The response_url of a command that Anna typed."""
    await local.type(ANNA, SUPPORT, "/secret")
    return str(tiny.asked[-1]["response_url"])


async def respond(session: ClientSession, url: str, **body: object) -> tuple[int, str]:
    """Answer through it."""
    async with session.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_a_response_url_answers_five_times(
    local: LocalSlack, tiny: TinyBot, session: ClientSession
) -> None:
    """Ephemeral unless in_channel; the sixth answer is used_url."""
    url = await typed(local, tiny)
    assert await respond(session, url, text="for Anna") == (200, "ok")
    assert await respond(session, url, text="for all", response_type="in_channel") == (200, "ok")
    for number in range(3):
        assert (await respond(session, url, text=str(number)))[0] == 200
    status, text = await respond(session, url, text="one too many")
    assert (status, "used_url" in text) == (404, True)
    assert texts(seen(local, ANNA)) == ["for Anna", "for all", "0", "1", "2"]
    assert texts(seen(local, BEN)) == ["for all"]


async def test_a_response_url_lives_half_an_hour(
    local: LocalSlack, tiny: TinyBot, session: ClientSession, clock: Clock
) -> None:
    """After it: expired_url. A made-up one was never any good."""
    url = await typed(local, tiny)
    clock.now += 30 * 60
    assert (await respond(session, url, text="in time"))[0] == 200
    clock.now += 1
    status, text = await respond(session, url, text="late")
    assert (status, "expired_url" in text) == (404, True)
    assert (await respond(session, url + "x", text="t"))[0] == 404
    assert texts(seen(local, ANNA)) == ["in time"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "no_text"),
        ({"text": "t", "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ({"text": "t", "thread_ts": "1790000000.000100"}, "thread_not_found"),
        ({"delete_original": True}, "message_not_found"),
    ],
)
async def test_a_response_is_checked_like_a_message(
    local: LocalSlack, tiny: TinyBot, session: ClientSession, body: Json, code: str
) -> None:
    """400 with the code; the command itself cannot be deleted."""
    status, text = await respond(session, await typed(local, tiny), **body)
    assert (status, code in text) == (400, True)
    assert seen(local, ANNA) == []


async def test_a_response_that_is_no_json(
    local: LocalSlack, tiny: TinyBot, session: ClientSession
) -> None:
    """400."""
    async with session.post(await typed(local, tiny), data=b"text=t") as answer:
        assert (answer.status, "invalid_json" in await answer.text()) == (400, True)


async def test_a_response_replaces_or_deletes_what_was_pressed(
    api: Api, local: LocalSlack, tiny: TinyBot, session: ClientSession
) -> None:
    """replace_original and delete_original mean the message with the button, ephemeral ones too."""
    block = {"type": "actions", "block_id": "b", "elements": [button()]}
    await api("chat.postEphemeral", channel=SUPPORT, user=ANNA, text="first", blocks=[block])
    (message,) = seen(local, ANNA)
    await local.act(ANNA, {"channel": SUPPORT, "ts": message["ts"]}, "b", "press")
    url = tiny.asked[-1]["response_url"]
    assert await respond(session, url, text="second", replace_original=True) == (200, "ok")
    (read,) = seen(local, ANNA)
    assert (read["ts"], read["text"], read["blocks"]) == (message["ts"], "second", [])
    assert await respond(session, url, delete_original=True) == (200, "ok")
    assert seen(local, ANNA) == []
