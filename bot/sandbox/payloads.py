"""The bodies that Slack sends to an app, in their documented shapes: docs.slack.dev/reference.

Pure functions. A body is form-encoded but for an event's, which is JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.model import APP, DOMAIN, TEAM
from bot.sandbox.schema import Json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_TOKEN = "legacy"  # noqa: S105 - the verification token, which Slack has deprecated


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts; ``team`` is where they are from."""

    user: str
    name: str
    team: str = TEAM


@dataclass(frozen=True, slots=True)
class Act:
    """Who did it, and what it gives the app: a trigger, and mostly a response_url."""

    actor: Actor
    trigger: str
    ts: str = ""
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """The conversation in which something was done."""

    id: str
    name: str

    @property
    def described(self) -> Json:
        """As payloads name it."""
        return {"id": self.id, "name": self.name}


def slash_command(act: Act, room: Room, command: str, text: str) -> bytes:
    """The body of a slash command: interactivity/implementing-slash-commands."""
    actor = act.actor
    return urlencode(
        {
            "token": _TOKEN,
            "team_id": actor.team,
            "team_domain": DOMAIN,
            "channel_id": room.id,
            "channel_name": room.name,
            "user_id": actor.user,
            "user_name": actor.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": act.response_url,
            "trigger_id": act.trigger,
        }
    ).encode()


def view_submission(act: Act, view: Json) -> bytes:
    """The body of a submitted modal; ``view`` has its state."""
    return _interaction(act, "view_submission", view=view, response_urls=[])


def view_closed(actor: Actor, view: Json, *, is_cleared: bool) -> bytes:
    """The body of a closed modal; there is no trigger, since nobody waits for an answer."""
    about = {"view": view, "is_cleared": is_cleared}
    return _form({**_who("view_closed", actor), **about})


def view_actions(act: Act, view: Json, actions: Sequence[Json]) -> bytes:
    """The body of a press in a modal or a Home tab."""
    container = {"type": "view", "view_id": view["id"]}
    return _interaction(act, "block_actions", container=container, view=view, actions=actions)


def message_actions(
    act: Act, room: Room, message: Json, actions: Sequence[Json], values: Json, *, ephemeral: bool
) -> bytes:
    """The body of a press in a message. Slack does not repeat an ephemeral one."""
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": room.id,
        "is_ephemeral": ephemeral,
    }
    about = {
        "container": container,
        "channel": room.described,
        "response_url": act.response_url,
        "state": {"values": values},
        "actions": actions,
    }
    return _interaction(
        act, "block_actions", **about, **({} if ephemeral else {"message": message})
    )


def shortcut(act: Act, callback_id: str) -> bytes:
    """The body of a global shortcut."""
    return _interaction(act, "shortcut", callback_id=callback_id, action_ts=act.ts)


def message_shortcut(act: Act, callback_id: str, room: Room, message: Json) -> bytes:
    """The body of a shortcut from a message's menu."""
    about = {
        "callback_id": callback_id,
        "action_ts": act.ts,
        "message_ts": message["ts"],
        "channel": room.described,
        "message": message,
        "response_url": act.response_url,
    }
    return _interaction(act, "message_action", **about)


def app_home_opened(act: Act, dm: str, view: Json | None, event_id: str) -> bytes:
    """The body of the event that somebody opened the app's Home tab."""
    event = {
        "type": "app_home_opened",
        "user": act.actor.user,
        "channel": dm,
        "tab": "home",
        "event_ts": act.ts,
    }
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": act.actor.user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    body = {
        "token": _TOKEN,
        "team_id": act.actor.team,
        "api_app_id": APP,
        "event": event if view is None else {**event, "view": view},
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(float(act.ts)),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
    return json.dumps(body).encode()


def _interaction(act: Act, kind: str, **about: object) -> bytes:
    return _form({**_who(kind, act.actor), "trigger_id": act.trigger, **about})


def _who(kind: str, actor: Actor) -> Json:
    return {
        "type": kind,
        "team": {"id": actor.team, "domain": DOMAIN},
        "user": {
            "id": actor.user,
            "username": actor.name,
            "name": actor.name,
            "team_id": actor.team,
        },
        "api_app_id": APP,
        "token": _TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _form(payload: Json) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()
