"""What Slack's client does when a person acts: tells the app, and shows what comes of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox import chat, inputs, modals, payloads, reach
from bot.sandbox.answers import TROUBLE, commanded, settle
from bot.sandbox.inputs import Value, Values
from bot.sandbox.line import Line, Reply
from bot.sandbox.model import Command, Conversation, Kind, Refusal, Shortcut, View
from bot.sandbox.payloads import Act, Actor, Room
from bot.sandbox.reach import Posted
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Draft, Workspace

NOBODY = "There is no such person in this workspace."
NOT_THERE = "This is not there any more."
NOT_A_CHOICE = "This cannot be chosen here."
READ_ONLY = "Sending messages to this app has been turned off."
NO_THREADS = "{command} is not supported in threads. Sorry!"
UNKNOWN = (
    '{command} is not a valid command. In Slack, all messages that start with the "/" character '
    "are interpreted as commands."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act.

    ``message`` says in words why it was not ``ok``, unless the view says it on its fields.
    ``reply`` is the app's answer, if it was asked; ``opens`` an address that the client opens.
    """

    ok: bool = True
    message: str = ""
    reply: Reply | None = None
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """Acts for the people of a workspace. ``hooks`` is what response URLs begin with."""

    workspace: Workspace
    line: Line
    commands: Sequence[Command]
    shortcuts: Sequence[Shortcut]
    hooks: str

    async def type(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> Outcome:
        """Send a message, or a command if it begins with a slash."""
        room = reach.room(self.workspace, user, channel)
        if room is None or not text.strip():
            return Outcome(ok=False, message=NOT_THERE if room is None else "Type a message.")
        if isinstance(chat.threaded(room, thread_ts), Refusal):
            return Outcome(ok=False, message=NOT_THERE)
        if text.startswith("/"):
            return await self._command(user, room, text, thread_ts)
        if room.kind is Kind.DM:
            return Outcome(ok=False, message=READ_ONLY)
        self.workspace.post(room, user, Draft(_escaped(text)), thread_ts=thread_ts)
        return Outcome()

    async def _command(
        self, user: str, room: Conversation, text: str, thread_ts: str | None
    ) -> Outcome:
        command, *rest = text.split(maxsplit=1)
        if command not in {known.command for known in self.commands}:
            return self._whispered(user, room, UNKNOWN.format(command=command), thread_ts)
        if thread_ts:
            return self._whispered(user, room, NO_THREADS.format(command=command), thread_ts)
        act = self._act(user, room.id)
        body = payloads.slash_command(act, _named(room), command, " ".join(rest).strip())
        reply = await self._interact(body)
        complaint = commanded(self.workspace, room, user, text, reply)
        return Outcome(not complaint, complaint, reply)

    def _whispered(
        self, user: str, room: Conversation, text: str, thread_ts: str | None
    ) -> Outcome:
        self.workspace.whisper(room, user, text, thread_ts)
        return Outcome(ok=False, message=text)

    async def act(
        self,
        user: str,
        place: Mapping[str, Any],
        block_id: str,
        action_id: str,
        value: Value = None,
        state: Values | None = None,
    ) -> Outcome:
        """Press, choose or change something. ``state`` is what else has been filled in there."""
        spot = reach.spot(self.workspace, user, place)
        found = reach.find(spot.blocks, block_id, action_id) if spot else None
        if spot is None or found is None:
            return Outcome(ok=False, message=NOT_THERE)
        block, element = found
        part = inputs.filled(element, value)
        before = spot.typed if isinstance(spot, View) else {}
        typed = inputs.read(spot.blocks, before, state or {})
        if part is None or typed is None:
            return Outcome(ok=False, message=NOT_A_CHOICE)
        if inputs.has_state(element):
            typed.setdefault(block_id, {})[action_id] = part
        if isinstance(spot, View):
            spot.typed = typed
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Outcome()
        action = _action(block, element, part, self.workspace.stamp())
        opens = element.get("url") or (part.get("selected_option") or {}).get("url") or ""
        if isinstance(spot, View):
            return await self._pressed_in_view(spot, action, opens)
        return await self._pressed_in_message(user, spot, action, typed, opens)

    async def _pressed_in_view(self, view: View, action: Json, opens: str) -> Outcome:
        described = modals.shown(view, filled=True)
        act = self._act(view.user, view=view)
        reply = await self._interact(payloads.view_actions(act, described, [action]))
        view.notice = TROUBLE if reply.code else ""
        self.workspace.changed()
        return _told(reply, opens)

    async def _pressed_in_message(
        self, user: str, spot: Posted, action: Json, typed: Json, opens: str
    ) -> Outcome:
        body = payloads.message_actions(
            self._act(user, spot.room.id, source=spot.message.ts),
            _named(spot.room),
            chat.shown(spot.message),
            [action],
            inputs.state(spot.blocks, typed),
            ephemeral=spot.message.only_for is not None,
        )
        return _told(await self._interact(body), opens)

    async def _interact(self, body: bytes) -> Reply:
        return await self.line.send(body, payloads.FORM)

    async def submit(self, user: str, view_id: str, values: Values) -> Outcome:
        """Fill a modal's fields and press its submit button."""
        view = reach.modal(self.workspace, user, view_id)
        if view is None or not view.content.get("submit"):
            return Outcome(ok=False, message=NOT_THERE)
        typed = inputs.read(view.blocks, view.typed, values)
        if typed is None:
            return Outcome(ok=False, message=NOT_A_CHOICE)
        view.typed, view.notice = typed, ""
        view.errors = inputs.mistakes(view.blocks, inputs.state(view.blocks, typed))
        self.workspace.changed()
        if view.errors:
            return Outcome(ok=False)
        body = payloads.view_submission(self._act(user, view=view), modals.shown(view, filled=True))
        reply = await self._interact(body)
        understood = settle(self.workspace, view, reply)
        return Outcome(understood, "" if understood else TROUBLE, reply)

    async def close(self, user: str, view_id: str, clear: bool = False) -> Outcome:  # noqa: FBT001, FBT002 - the contract's
        """Close a modal, or with ``clear`` all that are open below it as well."""
        view = reach.modal(self.workspace, user, view_id)
        if view is None:
            return Outcome(ok=False, message=NOT_THERE)
        clear = clear or bool(view.content.get("clear_on_close"))
        closed = self.workspace.stack(view)[::-1] if clear else [view]
        for one in closed:
            self.workspace.close(one)
        reply = None
        for one in closed:
            # Nobody waits for it: whatever the app says, the window is gone.
            if one.content.get("notify_on_close"):
                described = modals.shown(one, filled=True)
                body = payloads.view_closed(self._actor(user), described, is_cleared=clear)
                reply = await self._interact(body)
        return Outcome(reply=reply)

    async def open_home(self, user: str) -> Outcome:
        """Look at the app's Home tab. Slack would repeat an event that failed; this does not."""
        if not self.workspace.is_here(user):
            return Outcome(ok=False, message=NOBODY)
        home = self.workspace.homes.get(user)
        body = payloads.app_home_opened(
            self._act(user),
            self.workspace.dm(user).id,
            modals.shown(home) if home else None,
            "Ev" + secrets.token_hex(5).upper(),
        )
        return Outcome(reply=await self.line.send(body, payloads.JSON))

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Choose a global shortcut."""
        if not self._offers("global", callback_id) or not self.workspace.is_here(user):
            return Outcome(ok=False, message=NOT_THERE)
        body = payloads.shortcut(self._act(user), callback_id)
        return _told(await self._interact(body))

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Outcome:
        """Choose a shortcut from a message's menu."""
        spot = reach.posted(self.workspace, user, channel, ts)
        if spot is None or spot.message.only_for or not self._offers("message", callback_id):
            return Outcome(ok=False, message=NOT_THERE)
        act = self._act(user, channel, source=ts)
        message = chat.shown(spot.message)
        body = payloads.message_shortcut(act, callback_id, _named(spot.room), message)
        return _told(await self._interact(body))

    def _offers(self, kind: str, callback_id: str) -> bool:
        return any((s.type, s.callback_id) == (kind, callback_id) for s in self.shortcuts)

    def _actor(self, user: str) -> Actor:
        return Actor(user, self.workspace.people[user].name)

    def _act(
        self,
        user: str,
        channel: str | None = None,
        *,
        source: str | None = None,
        view: View | None = None,
    ) -> Act:
        """A fresh trigger for this act, and a response_url where there is a conversation."""
        trigger = self.workspace.permits.trigger(user, view.id if view else None)
        hook = self.hooks + self.workspace.permits.hook(user, channel, source) if channel else ""
        return Act(self._actor(user), trigger, self.workspace.stamp(), hook)


def _told(reply: Reply, opens: str = "") -> Outcome:
    return Outcome(not reply.code, TROUBLE if reply.code else "", reply, opens)


def _action(block: Json, element: Json, part: Json, ts: str) -> Json:
    names = {"block_id": block["block_id"], "action_id": element["action_id"], "action_ts": ts}
    if element["type"] != "button":
        return part | names
    about = ("text", "value", "style")
    return part | names | {name: element[name] for name in about if name in element}


def _named(room: Conversation) -> Room:
    return Room(room.id, "directmessage" if room.kind is Kind.DM else room.name)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
