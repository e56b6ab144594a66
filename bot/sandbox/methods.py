"""The Web API's methods as a table: what each needs, what answers it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox import chat, modals
from bot.sandbox.model import (
    APP_NAME,
    APP_USER,
    BOT,
    DOMAIN,
    SLACKBOT,
    TEAM,
    Conversation,
    Kind,
    Person,
    Refusal,
    Role,
)
from bot.sandbox.schema import Flaw, Json
from bot.sandbox.workspace import Workspace

Answer = Json | Refusal
_TEXTS = (
    "channel", "external_id", "hash", "message_ts", "text", "thread_ts", "trigger_id", "ts",
    "user", "user_id", "users", "view_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Method:
    """A method. ``needs`` are the arguments without which Slack does not look any further."""

    answer: Callable[[Workspace, Json], Answer]
    needs: tuple[str, ...] = ()


def call(workspace: Workspace, name: str, args: Json) -> Json:
    """The body of Slack's answer to a call that has the right token."""
    method = METHODS.get(name)
    if method is None:
        return Refusal("unknown_method").body()
    args = {key: _decoded(key, value) for key, value in args.items()}
    missing = [need for need in method.needs if args.get(need) in (None, "")]
    if missing:
        messages = tuple(f"missing required field: {need}" for need in missing)
        return Refusal("invalid_arguments", messages).body()
    if flaws := [Flaw("must provide a string", f"/{key}") for key in _TEXTS if _is_odd(args, key)]:
        return Refusal("invalid_arguments", tuple(map(str, flaws))).body()
    answer = method.answer(workspace, args)
    return answer.body() if isinstance(answer, Refusal) else {"ok": True, **answer}


def _is_odd(args: Json, key: str) -> bool:
    return not isinstance(args.get(key) or "", str)


def _decoded(name: str, value: Any) -> Any:
    """Views and blocks may come as JSON in a string, as forms have them."""
    if name in {"view", "blocks"} and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _auth_test(workspace: Workspace, _args: Json) -> Answer:
    return {
        "url": f"https://{DOMAIN}.slack.com/",
        "team": workspace.name,
        "user": APP_NAME,
        "team_id": TEAM,
        "user_id": APP_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _user(person: Person) -> Json:
    is_admin = person.role is Role.ADMIN
    return {
        "id": person.id,
        "team_id": TEAM,
        "name": person.name,
        "deleted": person.has_left,
        "real_name": person.real_name,
        "tz": "Etc/UTC",
        "profile": {"real_name": person.real_name, "display_name": person.name, "team": TEAM},
        "is_admin": is_admin,
        "is_owner": False,
        "is_bot": person.id in {APP_USER, SLACKBOT},
        "is_app_user": False,
    }


_ROBOTS = {
    APP_USER: Person(APP_USER, APP_NAME, APP_NAME),
    SLACKBOT: Person(SLACKBOT, "slackbot", "Slackbot"),
}


def _users_info(workspace: Workspace, args: Json) -> Answer:
    person = {**workspace.people, **_ROBOTS}.get(args["user"])
    return {"user": _user(person)} if person else Refusal("user_not_found")


def _users_list(workspace: Workspace, _args: Json) -> Answer:
    everybody = [*workspace.people.values(), *_ROBOTS.values()]
    return {
        "members": [_user(person) for person in everybody],
        "cache_ts": int(workspace.clock()),
        "response_metadata": {"next_cursor": ""},
    }


def _channel(place: Conversation) -> Json:
    is_dm = place.kind is Kind.DM
    described: Json = {
        "id": place.id,
        "created": 0,
        "is_archived": place.is_archived,
        "is_channel": not is_dm,
        "is_group": False,
        "is_im": is_dm,
        "is_mpim": False,
        "is_private": is_dm,
        "is_member": APP_USER in place.members,
    }
    if is_dm:
        return described | {"user": next(iter(place.members - {APP_USER}))}
    return described | {
        "name": place.name,
        "name_normalized": place.name,
        "creator": SLACKBOT,
        "num_members": len(place.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _open(workspace: Workspace, args: Json) -> Answer:
    """Only direct messages of two: that is what the app's scopes are for."""
    if channel := args.get("channel"):
        place = workspace.conversations.get(channel)
        if place is None or place.kind is not Kind.DM:
            return Refusal("channel_not_found")
    else:
        users = [user for user in str(args.get("users") or "").split(",") if user]
        if not users:
            return Refusal("users_list_not_supplied")
        if len(users) > 1:
            return Refusal("invalid_user_combination")
        if users[0] not in workspace.people:
            return Refusal("user_not_found")
        if not workspace.is_here(users[0]):
            return Refusal("user_disabled")
        place = workspace.dm(users[0])
    opened = _channel(place) if str(args.get("return_im")).lower() == "true" else {"id": place.id}
    return {"no_op": True, "already_open": True, "channel": opened}


def _info(workspace: Workspace, args: Json) -> Answer:
    place = workspace.conversations.get(args["channel"])
    return {"channel": _channel(place)} if place else Refusal("channel_not_found")


def _members(workspace: Workspace, args: Json) -> Answer:
    place = workspace.conversations.get(args["channel"])
    if place is None:
        return Refusal("channel_not_found")
    return {"members": sorted(place.members), "response_metadata": {"next_cursor": ""}}


METHODS = {
    "auth.test": Method(_auth_test),
    "chat.delete": Method(chat.delete, ("channel", "ts")),
    "chat.getPermalink": Method(chat.permalink, ("channel", "message_ts")),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("channel", "user")),
    "chat.postMessage": Method(chat.post, ("channel",)),
    "chat.update": Method(chat.update, ("channel", "ts")),
    "conversations.info": Method(_info, ("channel",)),
    "conversations.members": Method(_members, ("channel",)),
    "conversations.open": Method(_open),
    "users.info": Method(_users_info, ("user",)),
    "users.list": Method(_users_list),
    "views.open": Method(modals.open_, ("trigger_id", "view")),
    "views.publish": Method(modals.publish, ("user_id", "view")),
    "views.push": Method(modals.push, ("trigger_id", "view")),
    "views.update": Method(modals.update, ("view",)),
}
