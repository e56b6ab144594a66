"""What Slack's payloads say about who acts, from where, and on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.views.parts import Json
from storage.model import Seconds, UserId

SENT = "sent"


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
    others = set[object]()
    if isinstance(event, dict):
        user, others = event.get("user"), {event.get("user_team")}
    elif isinstance(person, dict):
        user, home = person.get("id"), person.get("team_id")
        name = person.get("name") or person.get("username")
        others = {
            (body.get("team") or {}).get("id"),
            (body.get("view") or {}).get("app_installed_team_id"),
        }
    if not (isinstance(user, str) and user and isinstance(home, str) and home):
        return None
    teams = frozenset(team for team in {home, *others} if isinstance(team, str) and team)
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
