"""What Slack sends, as Slack's own framework reads it: the second opinion on every body."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext

from bot.sandbox.model import ANNA, APP, SUPPORT, TEAM
from bot.sandbox.server import LocalSlack
from tests.bot.sandbox.conftest import Api, button, modal, section
from tests.bot.sandbox.test_chat import seen
from tests.bot.sandbox.test_views import opened
from tests.slack import SIGNING_SECRET, TOKEN

PRESSABLE = {"type": "actions", "block_id": "b", "elements": [button()]}


@dataclass
class BoltApp:
    """An app as Bolt's documentation has it, signature check included, that notes who came in."""

    heard: list[tuple[str, AsyncBoltContext, dict[str, Any]]] = field(default_factory=list)

    def listener(self, name: str) -> Any:
        """A listener that acknowledges and notes."""

        async def heard(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
            await ack()
            self.heard.append((name, context, body))

        return heard

    def build(self, local: LocalSlack) -> AsyncApp:
        """The app with one listener of each kind."""

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token=TOKEN)

        app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize)
        app.client.base_url = local.base_url
        app.command("/secret")(self.listener("command"))
        app.view("form")(self.listener("submission"))
        app.view_closed("form")(self.listener("closed"))
        app.action({"block_id": "b", "action_id": "press"})(self.listener("press"))
        app.shortcut({"type": "shortcut", "callback_id": "share"})(self.listener("shortcut"))
        app.shortcut({"type": "message_action", "callback_id": "move"})(self.listener("message"))
        app.event("app_home_opened")(self.listener("home"))
        return app


@pytest.fixture
async def bolt(local: LocalSlack) -> AsyncIterator[BoltApp]:
    """The app, served, with ``local`` in front of it."""
    noted = BoltApp()
    app = noted.build(local)

    async def handle(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", handle)
    async with TestServer(application) as server:
        local.request_url = str(server.make_url("/slack/events"))
        yield noted


async def test_bolt_understands_all_of_it(bolt: BoltApp, local: LocalSlack, api: Api) -> None:
    """Signed, routed to the right listener, with team, user, channel and trigger where they belong."""
    assert (await local.type(ANNA, SUPPORT, "/secret help")).ok
    view = await opened(api, local, modal(PRESSABLE, callback_id="form", notify_on_close=True))
    assert (await local.act(ANNA, {"view": view["id"]}, "b", "press")).ok
    assert (await local.close(ANNA, view["id"])).ok
    view = await opened(api, local, modal(section(), callback_id="form"))
    assert (await local.submit(ANNA, view["id"], {})).ok
    await api("chat.postMessage", channel=SUPPORT, text="t", blocks=[PRESSABLE])
    (message,) = seen(local, ANNA)
    assert (await local.act(ANNA, {"channel": SUPPORT, "ts": message["ts"]}, "b", "press")).ok
    assert (await local.message_shortcut(ANNA, "move", SUPPORT, message["ts"])).ok
    assert (await local.shortcut(ANNA, "share")).ok
    home = {"type": "home", "blocks": [PRESSABLE]}
    await api("views.publish", user_id=ANNA, view=home)
    assert (await local.act(ANNA, {"home": True}, "b", "press")).ok
    assert (await local.open_home(ANNA)).ok
    names = [name for name, _, _ in bolt.heard]
    assert names == [
        "command", "press", "closed", "submission", "press", "message", "shortcut", "press", "home",
    ]  # fmt: skip
    for name, context, body in bolt.heard:
        assert (context.team_id, context.user_id) == (TEAM, ANNA)
        assert body["api_app_id"] == APP
        assert context.is_enterprise_install is False
        assert ("trigger_id" in body) is (name not in {"closed", "home"})
    with_channel = [name for name, context, _ in bolt.heard if context.channel_id == SUPPORT]
    assert with_channel == ["command", "press", "message"]
    assert [context.response_url is not None for _, context, _ in bolt.heard] == [
        name in {"command", "message"} or (name == "press" and number == 4)
        for number, name in enumerate(names)
    ]
    assert json.dumps([body for _, _, body in bolt.heard])
