"""What Slack's payloads say about who acts, from where, and on what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.views.parts import Json
from storage.model import Seconds, UserId
from storage.notices import Place

SENT = "sent"
# Direct messages have ids with a D. A group's look like those of channels, but for its name.
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}\Z")
_GROUP = "mpdm-"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who pressed or typed. ``teams`` are all workspaces that the payload connects them with."""

    user: UserId
    name: str
    teams: frozenset[str]


def actor(body: Json) -> Actor | None:
    """Read the actor of a command, submission, press or event; None when it does not say.

    In channels shared with other organisations people of those can press our buttons: the
    person's own team is what counts, and a modal must come from this installation as well.
    """
    person, event = body.get("user"), body.get("event")
    # A command says it at the top, an event in a part of its own, the rest under "user".
    user, name, home = body.get("user_id"), body.get("user_name"), body.get("team_id")
    others: tuple[object, ...] = ()
    if isinstance(event, dict):
        user, others = event.get("user"), (event.get("user_team"),)
    elif isinstance(person, dict):
        user, home = person.get("id"), person.get("team_id")
        name = person.get("name") or person.get("username")
        others = tuple(
            part.get(name)
            for part, name in (
                (body.get("team"), "id"),
                (body.get("view"), "app_installed_team_id"),
            )
            if isinstance(part, dict)
        )
    if not (isinstance(user, str) and user and isinstance(home, str) and home):
        return None
    teams = frozenset(team for team in (home, *others) if isinstance(team, str) and team)
    return Actor(UserId(user), name if isinstance(name, str) else "", teams)


def sent(context: Mapping[str, Any]) -> Seconds:
    """When Slack sent the request, by its own clock; 0 where it does not say."""
    return Seconds(context.get(SENT, 0))


def view_id(body: Json) -> str:
    """The view that was submitted or pressed in."""
    return str(body["view"]["id"])


def root_view_id(body: Json) -> str:
    """The view at the bottom of the stack."""
    view = body["view"]
    return str(view.get("root_view_id") or view["id"])


def channel(body: Json) -> str:
    """The channel that a command was typed in or a button pressed in.

    '' for direct messages, also of several people, for what happened in a modal, and for a message's
    shortcut: that message may stand in a channel that its reader knows nothing of.
    """
    if body.get("type") == "message_action":
        return ""
    named = body.get("channel")
    place = named if isinstance(named, dict) else {}
    name = str(place.get("id") or body.get("channel_id") or "")
    title = str(place.get("name") or body.get("channel_name") or "")
    return name if _CHANNEL.match(name) and not title.startswith(_GROUP) else ""


def place(body: Json) -> Place | None:
    """The message that a button was pressed in."""
    container = body.get("container") or {}
    channel_id, ts = container.get("channel_id"), container.get("message_ts")
    if not (isinstance(channel_id, str) and isinstance(ts, str)):
        return None
    return Place(channel_id, ts)


def chosen(body: Json) -> str:
    """The option that was chosen in a select or a menu, or what the pressed button carries."""
    option = body["actions"][0].get("selected_option")
    return str(option["value"]) if option else value(body)


def is_home(body: Json) -> bool:
    """Whether it was pressed in App Home."""
    view = body.get("view")
    return bool(view and view.get("type") == "home")


def value(body: Json) -> str:
    """What the pressed button carries."""
    return str(body["actions"][0].get("value") or "")
