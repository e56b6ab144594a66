"""A person in Slack: types the command, fills modals, presses buttons, sees what comes back."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from bot.sandbox import chat, modals, payloads
from bot.sandbox.answers import settle
from bot.sandbox.line import Reply
from bot.sandbox.payloads import Act, Actor
from tests import slack
from tests.bot.blockkit import faults_of_message, faults_of_view
from tests.slack import ANNA, CHANNEL, SIGNING_SECRET, TEAM, FakeSlack, Room, Value, sign

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The bot's HTTP answer. ``json`` is empty when the body is."""

    status: int
    text: str
    json: Json
    seconds: float

    @property
    def view(self) -> Json:
        """The view that replaces the submitted one."""
        assert self.json["response_action"] == "update"
        view: Json = self.json["view"]
        return view

    @property
    def errors(self) -> dict[str, str]:
        """What Slack shows below the fields."""
        assert self.json["response_action"] == "errors"
        errors: dict[str, str] = self.json["errors"]
        return errors


@dataclass
class Person:
    """Somebody of a workspace in front of Slack."""

    slack: FakeSlack
    session: ClientSession
    url: str
    user: str = ANNA
    team: str = TEAM
    name: str = "anna"

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Send a body as Slack does, signed now unless ``headers`` are given."""
        headers = headers or sign(SIGNING_SECRET, int(time.time()), body)
        start = time.perf_counter()
        async with self.session.post(self.url, data=body, headers=headers) as response:
            text = await response.text()
            seconds = time.perf_counter() - start
            answer = json.loads(text) if text.startswith("{") else {}
        self._check(answer)
        return Answer(response.status, text, answer, seconds)

    def _check(self, answer: Json) -> None:
        # What Slack would refuse, no test may call an answer.
        if "view" in answer:
            assert faults_of_view(answer["view"]) == []
        if "text" in answer:
            assert faults_of_message(answer) == []

    async def type(
        self, text: str = "", *, trigger: str | None = None, room: Room = CHANNEL
    ) -> Answer:
        """Type the command."""
        trigger = trigger or await self.slack.trigger(user=self.user)
        return await self.post(
            slack.slash_command(
                text, trigger=trigger, user=self.user, team=self.team, name=self.name, room=room
            )
        )

    async def open_share(self) -> Json:
        """Type the command and look at the modal."""
        answer = await self.type()
        assert (answer.status, answer.text) == (200, "")
        return self.latest()

    def latest(self) -> Json:
        """The view that was opened or pushed last."""
        return list(self.slack.views.values())[-1]

    def now(self, view: Json) -> Json:
        """The same view as it looks now."""
        return self.slack.views[view["id"]]

    async def submit(
        self, view: Json, values: Mapping[str, Value] | None = None, *, trigger: str | None = None
    ) -> Answer:
        """Fill a modal's fields, given by block id, and press Submit."""
        trigger = trigger or await self.slack.trigger(user=self.user, view_id=view["id"])
        body = slack.view_submission(
            view, values, trigger=trigger, user=self.user, team=self.team, name=self.name
        )
        answer = await self.post(body)
        shown = self.slack.workspace.views.get(view.get("id", ""))
        if shown:
            settle(self.slack.workspace, shown, Reply(answer.status, answer.text))
        return answer

    async def press(self, view: Json, action: str, value: str = "") -> Answer:
        """Press a button, or choose ``value`` from a menu."""
        trigger = await self.slack.trigger(user=self.user, view_id=view["id"])
        return await self.post(
            slack.block_actions(
                view,
                action,
                value,
                trigger=trigger,
                user=self.user,
                team=self.team,
                name=self.name,
            )
        )

    async def press_below(self, room: Room, message: Json, action: str) -> Answer:
        """Press a button of a message."""
        trigger = await self.slack.trigger(user=self.user)
        return await self.post(
            slack.message_action(
                room,
                message,
                action,
                trigger=trigger,
                user=self.user,
                team=self.team,
                name=self.name,
            )
        )

    async def shortcut(self, callback_id: str) -> Answer:
        """Choose a global shortcut."""
        trigger = await self.slack.trigger(user=self.user)
        return await self.post(
            slack.shortcut(
                callback_id, trigger=trigger, user=self.user, team=self.team, name=self.name
            )
        )

    async def look_home(self, *, tab: str = "home", seen: bool = True) -> Answer:
        """Turn to the app's Home; ``seen``: Slack tells what they see there now."""
        known = self.slack.workspace.homes.get(self.user)
        act = Act(Actor(self.user, self.name, self.team), "", "1795536000.000100")
        view = modals.shown(known) if known and seen else None
        body = payloads.app_home_opened(act, "D1", view, "Ev1").replace(
            b'"tab": "home"', f'"tab": "{tab}"'.encode()
        )
        headers = sign(SIGNING_SECRET, int(time.time()), body)
        return await self.post(body, {**headers, "Content-Type": "application/json"})

    @property
    def home(self) -> Json:
        """Their Home as Slack describes it now."""
        return json.loads(json.dumps(modals.shown(self.slack.workspace.homes[self.user])))  # type: ignore[no-any-return]

    async def shortcut_on(self, room: Room, message: Json, callback_id: str) -> Answer:
        """Choose a shortcut from a message's menu."""
        trigger = await self.slack.trigger(user=self.user)
        return await self.post(
            slack.message_shortcut(
                room,
                message,
                callback_id,
                trigger=trigger,
                user=self.user,
                team=self.team,
                name=self.name,
            )
        )

    def messages(self, room: Room) -> list[Json]:
        """What stands in a conversation, oldest first."""
        return [chat.shown(one) for one in self.slack.workspace.conversations[room.id].messages]

    @property
    def dm(self) -> Room:
        """Their direct messages with the app."""
        return Room(self.slack.workspace.dm(self.user).id, "directmessage")
