"""Slack for the tests: the local Slack that listens in, and bodies as Slack would send them."""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox import inputs, modals, payloads
from bot.sandbox.inputs import Value
from bot.sandbox.model import ANNA, APP, BEN, CLARA, SUPPORT, TEAM
from bot.sandbox.payloads import Act, Actor, Room
from bot.sandbox.rules import elements_of
from bot.sandbox.server import Call, Fault, LocalSlack

__all__ = [
    "ANNA",
    "APP",
    "BEN",
    "CHANNEL",
    "CLARA",
    "SUPPORT",
    "TEAM",
    "Call",
    "FakeSlack",
    "Fault",
    "Json",
    "Room",
    "Value",
]

Json = dict[str, Any]

TEAM_NAME = "Example Support"
TOKEN = "xoxb-a-token-for-tests"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHECKOUT = Path(__file__).resolve().parent.parent
CHANNEL = Room(SUPPORT, "support")
_HOOK = "https://hooks.slack.com/commands/T0/1/x"


def sign(secret: str, timestamp: int | str, body: bytes) -> dict[str, str]:
    """The headers of a request from Slack, by their documentation and none of our code."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": f"v0={digest}",
    }


def slash_command(
    text: str = "",
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    command: str = "/secret",
    name: str = "anna",
    room: Room = CHANNEL,
) -> bytes:
    """The body of a slash command."""
    act = Act(Actor(user, name, team), trigger, response_url=_HOOK)
    return payloads.slash_command(act, room, command, text)


def view_submission(
    view: Json,
    values: Mapping[str, Value] | None = None,
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a submitted modal; ``values`` (text, option value or several) by block id."""
    state = {"values": state_of(view, values or {})}
    act = Act(Actor(user, name, team), trigger)
    return payloads.view_submission(act, {**view, "state": state})


def block_actions(
    view: Json,
    action_id: str,
    value: str = "",
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a pressed button, or of a chosen menu option if ``value`` is one."""
    block, element = next(
        (block, element)
        for block in view["blocks"]
        for element in elements_of(block)
        if element["action_id"] == action_id
        and ("options" not in element or inputs.filled(element, value))
    )
    action = {"action_id": action_id, "block_id": block["block_id"]}
    action |= inputs.filled(element, value) or {}
    if "options" not in element:
        action |= {"text": element["text"], "value": element.get("value", "")}
    act = Act(Actor(user, name, team), trigger)
    return payloads.view_actions(act, {**view, "state": {"values": {}}}, [action])


def message_action(
    room: Room,
    message: Json,
    action_id: str,
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a button pressed in a message."""
    block, element = next(
        (block, element)
        for block in message["blocks"]
        for element in elements_of(block)
        if element["action_id"] == action_id
    )
    action = {"action_id": action_id, "block_id": block["block_id"], "type": element["type"]}
    action |= {"text": element["text"], "value": element.get("value", "")}
    act = Act(Actor(user, name, team), trigger, response_url=_HOOK)
    return payloads.message_actions(act, room, message, [action], {}, ephemeral=False)


def shortcut(
    callback_id: str,
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a global shortcut."""
    return payloads.shortcut(Act(Actor(user, name, team), trigger), callback_id)


def message_shortcut(
    room: Room,
    message: Json,
    callback_id: str,
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a message's shortcut."""
    act = Act(Actor(user, name, team), trigger, response_url=_HOOK)
    return payloads.message_shortcut(act, callback_id, room, message)


def state_of(view: Json, values: Mapping[str, Value]) -> Json:
    """``state.values`` as Slack sends them for this view with these fields filled in."""
    typed = {
        block["block_id"]: {block["element"]["action_id"]: part}
        for block in view["blocks"]
        if block["type"] == "input" and block["block_id"] in values
        if (part := inputs.filled(block["element"], values[block["block_id"]]))
    }
    return inputs.state(view["blocks"], typed)


class FakeSlack(LocalSlack):
    """The local Slack, watched."""

    def __init__(self) -> None:
        super().__init__(token=TOKEN, signing_secret=SIGNING_SECRET, team_name=TEAM_NAME)
        self._answered: defaultdict[str, int] = defaultdict(int)
        self._news = asyncio.Condition()
        self._peers: set[object] = set()

    @property
    def connections(self) -> int:
        """How many connections the bot has made so far."""
        return len(self._peers)

    @property
    def views(self) -> dict[str, Json]:
        """Every view that is there, oldest first, as Slack describes it now."""
        known = self.workspace.views
        return {name: json.loads(json.dumps(modals.shown(view))) for name, view in known.items()}

    def forget(self) -> None:
        """Count from nothing again, for the next test; what stands in the workspace stays."""
        self.calls.clear()
        self._answered.clear()

    async def hang_up(self) -> None:
        """Slack's address refuses connections from now on."""
        await self.stop()

    async def trigger(self, *, user: str = ANNA, view_id: str | None = None) -> str:
        """A fresh trigger, as Slack makes one when somebody types or presses."""
        return self.workspace.permits.trigger(user, view_id)

    async def user(self, name: str) -> str:
        """Somebody's id."""
        people = self.workspace.people.values()
        return next(person.id for person in people if person.name == name)

    def called(self, method: str) -> list[Json]:
        """The bodies of all calls of a method."""
        return [call.body for call in self.calls if call.method == method]

    def answered(self, method: str) -> int:
        """How often a method has been answered so far."""
        return self._answered[method]

    async def seen(self, method: str, count: int = 1, seconds: float = 10) -> list[Json]:
        """Wait until a method has been answered that often: updates come after the ack."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: self._answered[method] >= count)
        return self.called(method)

    async def web_api(self, request: web.Request) -> web.Response:
        """One call of the Web API, which whoever waits in ``seen`` hears of."""
        assert request.transport
        self._peers.add(request.transport.get_extra_info("peername"))
        response = await super().web_api(request)
        async with self._news:
            self._answered[request.match_info["method"]] += 1
            self._news.notify_all()
        return response
