"""What a person can reach: the conversations they are in, the modal on top, their Home tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.model import Conversation, Message, View
from bot.sandbox.rules import elements_of
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Posted:
    """A message where it stands."""

    room: Conversation
    message: Message

    @property
    def blocks(self) -> Sequence[Json]:
        """What can be pressed in it."""
        return self.message.blocks


def room(workspace: Workspace, user: str, channel: object) -> Conversation | None:
    """A conversation that somebody is in."""
    found = workspace.conversations.get(channel) if isinstance(channel, str) else None
    is_in = found is not None and workspace.is_here(user) and user in found.members
    return found if is_in else None


def posted(workspace: Workspace, user: str, channel: object, ts: object) -> Posted | None:
    """A message that somebody can see."""
    place = room(workspace, user, channel)
    message = place.find(ts) if place else None
    if place is None or message is None or message.only_for not in {None, user}:
        return None
    return Posted(place, message)


def modal(workspace: Workspace, user: str, view_id: object) -> View | None:
    """Somebody's own modal, if nothing is on top of it."""
    view = workspace.views.get(view_id) if isinstance(view_id, str) else None
    if view is None or view.kind != "modal" or view.user != user:
        return None
    return view if workspace.stack(view)[-1] is view else None


def spot(workspace: Workspace, user: str, place: Mapping[str, Any]) -> View | Posted | None:
    """Where somebody presses: ``{"view"}``, ``{"channel", "ts"}`` or ``{"home": true}``."""
    if place.get("home"):
        return workspace.homes.get(user)
    if "view" in place:
        return modal(workspace, user, place["view"])
    return posted(workspace, user, place.get("channel"), place.get("ts"))


def find(blocks: Sequence[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """A block and its element of these names."""
    for block in blocks:
        for element in elements_of(block):
            if (block["block_id"], element.get("action_id")) == (block_id, action_id):
                return block, element
    return None
