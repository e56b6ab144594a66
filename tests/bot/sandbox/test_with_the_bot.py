"""The local Slack drives the real bot, as people do: typing, filling, pressing, looking."""

import asyncio
import json
import re
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot import app
from bot.sandbox.answers import TROUBLE
from bot.sandbox.inputs import Values
from bot.sandbox.model import ANNA, BEN, SUPPORT
from bot.slack_http import PATH
from bot.views import ids
from storage.outcomes import Submitted
from storage.vault import Vault
from tests.bot.asking import Customer, collected
from tests.bot.listeners.test_share import holder_of
from tests.links import reveal
from tests.slack import FakeSlack

Json = dict[str, Any]
REQUEST: Values = {
    ids.Block.WHAT.value: {ids.Action.WHAT.value: "The <admin> login"},
    ids.Block.FIELDS.value: {ids.Action.FIELDS.value: ["Password"]},
    ids.Block.COLLECT_BY.value: {ids.Action.COLLECT_BY.value: "channel"},
}
HUNTER = {ids.Block.SECRET.value: {ids.Action.SECRET.value: "hunter2 <b>"}}


@pytest.fixture
async def live(slack: FakeSlack, bot: app.Bot, server: TestServer) -> FakeSlack:
    """A local Slack whose one app is the bot."""
    slack.request_url = str(server.make_url(PATH))
    await bot.workspace.learn(bot.slack)
    return slack


def modals(slack: FakeSlack, user: str = ANNA) -> list[Json]:
    """The modals that somebody sees."""
    found: list[Json] = slack.snapshot(user)["modals"]
    return found


async def shown(slack: FakeSlack, text: str, user: str = ANNA) -> Json:
    """Wait until the topmost modal says this, and give it."""
    async with asyncio.timeout(10):
        while text not in json.dumps(modals(slack, user)[-1:]):
            await slack.changes(slack.workspace.revision)
    return modals(slack, user)[-1]


def menu_of(view: Json, verb: str) -> tuple[str, str]:
    """The first row's menu: its block, and the value behind one of its words."""
    row = next(block for block in view["blocks"] if "accessory" in block)
    options = row["accessory"]["options"]
    return row["block_id"], next(o["value"] for o in options if o["text"]["text"] == verb)


async def test_the_whole_job(live: FakeSlack, vault: Vault) -> None:
    """Command, form, link; history, details, Burn in a pushed view, the rows below fresh."""
    assert (await live.type(ANNA, SUPPORT, "/secret")).ok
    (form,) = modals(live)
    assert (await live.submit(ANNA, form["id"], HUNTER)).ok
    ready = await shown(live, "Your link is ready")
    assert ready["id"] == form["id"]
    assert re.search(r"https://secret\.example\.com/s/[\w-]+#[\w-]+", json.dumps(ready))
    holder = holder_of(ready)
    assert (await live.close(ANNA, ready["id"])).ok

    assert (await live.type(BEN, SUPPORT, "/secret history")).ok
    assert modals(live) == []
    listed = await shown(live, "Active", BEN)
    assert "Burn" not in json.dumps(listed["blocks"][1]["accessory"]["options"])

    await live.type(ANNA, SUPPORT, "/secret history")
    history = await shown(live, "Active")
    block, value = menu_of(history, "Burn")
    place = {"view": history["id"]}
    assert (await live.act(ANNA, place, block, ids.Action.ROW_MENU, value)).ok
    asked = await shown(live, "This cannot be undone")
    assert len(modals(live)) == 2
    assert (await live.submit(ANNA, asked["id"], {})).ok
    await shown(live, "Burned")
    assert (await live.close(ANNA, asked["id"])).ok
    await shown(live, "*Status*\\nBurned")
    assert "hunter2" not in str(await reveal(vault, holder))


async def test_a_request_from_both_ends(live: FakeSlack, vault: Vault) -> None:
    """Asked for in the channel, answered by the customer, collected by a colleague; all as people do."""
    await live.type(ANNA, SUPPORT, "/secret request")
    (form,) = modals(live)
    assert (await live.submit(ANNA, form["id"], REQUEST)).ok
    ready = await shown(live, "Your link is ready")
    customer = Customer.of(ready)
    assert (await customer.look(vault)).record.what == "The <admin> login"
    (waiting,) = live.snapshot(BEN)["conversations"][0]["messages"]
    place = {"channel": SUPPORT, "ts": waiting["ts"]}
    assert (await live.act(BEN, place, ids.Block.ASKED, ids.Action.COLLECT)).ok
    await shown(live, "Nothing has come in yet.", BEN)
    assert isinstance(await customer.answer(vault, "hunter2"), Submitted)
    assert (await live.act(BEN, place, ids.Block.ASKED, ids.Action.COLLECT)).ok
    window = await shown(live, "Open the collect page", BEN)
    button = {"view": window["id"]}
    outcome = await live.act(BEN, button, ids.Block.COLLECT, ids.Action.OPEN_COLLECT)
    assert outcome.ok
    assert await collected(vault, outcome.opens) == "hunter2"
    assert (await live.act(ANNA, place, ids.Block.ASKED, ids.Action.COLLECT)).ok
    await shown(live, f"Collected by <@{BEN}>")


async def test_a_filter_and_a_url_button(live: FakeSlack) -> None:
    """A select reports itself; the button opens the link and is acknowledged."""
    await live.type(ANNA, SUPPORT, "/secret")
    await live.submit(ANNA, modals(live)[0]["id"], HUNTER)
    ready = await shown(live, "Your link is ready")
    place = {"view": ready["id"]}
    outcome = await live.act(ANNA, place, ids.Block.BURN, ids.Action.VISIT)
    assert outcome.ok
    assert outcome.opens.startswith("https://secret.example.com/s/")
    await live.close(ANNA, ready["id"])
    await live.type(ANNA, SUPPORT, "/secret history")
    history = await shown(live, "Active")
    place = {"view": history["id"]}
    assert (await live.act(ANNA, place, ids.Block.FILTERS, ids.Action.STATUS, "lost")).ok
    await shown(live, "Nothing like that.")


async def test_errors_and_help(live: FakeSlack) -> None:
    """A blank secret is an error on its field, and the modal stays; help is for its asker alone."""
    await live.type(ANNA, SUPPORT, "/secret")
    blank = {ids.Block.SECRET.value: {ids.Action.SECRET.value: " "}}
    assert (await live.submit(ANNA, modals(live)[0]["id"], blank)).ok
    (form,) = modals(live)
    assert "nothing visible" in form["errors"][ids.Block.SECRET]
    await live.type(ANNA, SUPPORT, "/secret help")
    (told,) = live.snapshot(ANNA)["conversations"][0]["messages"]
    assert told["ephemeral"]
    assert "table" in {block["type"] for block in told["blocks"]}
    assert live.snapshot(BEN)["conversations"][0]["messages"] == []


async def test_home_is_filled(live: FakeSlack) -> None:
    """Turned to, it is filled with what the sandbox takes as Slack would."""
    assert (await live.open_home(ANNA)).ok
    await live.seen("views.publish")
    assert "Needs attention" in str(live.snapshot(ANNA)["home"]["blocks"])


async def test_a_bot_that_is_away(live: FakeSlack) -> None:
    """Told as Slack tells it, in the window and below the message box."""
    await live.type(ANNA, SUPPORT, "/secret")
    live.request_url = "http://127.0.0.1:9" + PATH
    outcome = await live.submit(ANNA, modals(live)[0]["id"], HUNTER)
    assert (outcome.ok, outcome.message) == (False, TROUBLE)
    assert modals(live)[0]["notice"] == TROUBLE
    failed = await live.type(ANNA, SUPPORT, "/secret")
    assert failed.message == '/secret failed with the error "dispatch_failed"'
