"""What one person sees of the workspace, for a page to draw."""

from collections.abc import Sequence
from dataclasses import asdict

from bot.sandbox.model import (
    APP,
    APP_NAME,
    APP_USER,
    TEAM,
    Command,
    Conversation,
    Message,
    Shortcut,
    View,
)
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Workspace


def snapshot(
    workspace: Workspace, user: str, commands: Sequence[Command], shortcuts: Sequence[Shortcut]
) -> Json:
    """Everything that is on somebody's screen. Raises LookupError for a stranger."""
    if user not in workspace.people:
        raise LookupError("not a person of this workspace")
    home = workspace.homes.get(user)
    return {
        "revision": workspace.revision,
        "team": {"id": TEAM, "name": workspace.name},
        "app": {"id": APP, "name": APP_NAME, "user": APP_USER},
        "commands": [asdict(command) for command in commands],
        "shortcuts": [asdict(shortcut) for shortcut in shortcuts],
        "me": user,
        "people": [
            {"id": one.id, "name": one.name, "real_name": one.real_name, "role": one.role.value}
            for one in workspace.people.values()
            if not one.has_left
        ],
        "conversations": [
            _conversation(place, user)
            for place in workspace.conversations.values()
            if user in place.members
        ],
        "home": _view(home) if home else None,
        "modals": [_titled(view) for view in workspace.modals(user)],
    }


def _conversation(place: Conversation, user: str) -> Json:
    seen = [message for message in place.messages if message.only_for in {None, user}]
    return {
        "id": place.id,
        "kind": place.kind.value,
        "name": place.name,
        "messages": [_message(one, seen) for one in seen if not one.thread_ts],
    }


def _message(message: Message, seen: Sequence[Message]) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "edited": bool(message.edited),
        "ephemeral": message.only_for is not None,
        "thread": [_message(reply, ()) for reply in seen if reply.thread_ts == message.ts],
    }


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "callback_id": view.content.get("callback_id") or "",
        "blocks": view.blocks,
        "errors": view.errors,
        "notice": view.notice,
    }


def _titled(view: View) -> Json:
    parts = {part: view.content.get(part) for part in ("title", "submit", "close")}
    return _view(view) | parts
