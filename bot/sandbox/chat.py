"""The Web API's ``chat.*``: docs.slack.dev/reference/methods."""

import re
from typing import Any

from bot.sandbox.model import (
    APP,
    APP_NAME,
    APP_USER,
    BOT,
    DOMAIN,
    TEAM,
    Conversation,
    Kind,
    Message,
    Refusal,
)
from bot.sandbox.rules import MESSAGE_TEXT, flaws_of_blocks, is_too_long
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Draft, Workspace

_TS = re.compile(r"\d{1,11}\.\d{6}")


def shown(message: Message) -> Json:
    """A message as Slack describes it."""
    described: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": TEAM,
    }
    if message.user == APP_USER:
        profile = {"id": BOT, "app_id": APP, "name": APP_NAME, "team_id": TEAM, "deleted": False}
        described |= {"bot_id": BOT, "app_id": APP, "bot_profile": profile}
    if message.blocks:
        described["blocks"] = message.blocks
    if message.thread_ts:
        described["thread_ts"] = message.thread_ts
    if message.edited:
        described["edited"] = {"user": message.user, "ts": message.edited}
    return described


def drafted(args: Json) -> Draft | Refusal:
    """What a message is to say, or why Slack does not take it."""
    text, blocks = args.get("text") or "", args.get("blocks") or []
    if not isinstance(blocks, list):
        return Refusal("invalid_blocks_format")
    if flaws := flaws_of_blocks(blocks):
        return Refusal("invalid_blocks", tuple(map(str, flaws)))
    if is_too_long(blocks):
        return Refusal("msg_blocks_too_long")
    if len(text) > MESSAGE_TEXT:
        return Refusal("msg_too_long")
    return Draft(text, blocks) if text or blocks else Refusal("no_text")


def threaded(place: Conversation, thread_ts: Any) -> str | Refusal | None:
    """The thread that a message is to go to, if there is one."""
    if not thread_ts:
        return None
    if not _TS.fullmatch(str(thread_ts)):
        return Refusal("invalid_thread_ts")
    parent = place.find(thread_ts)
    if parent is None or parent.only_for:
        return Refusal("thread_not_found")
    return Refusal("cannot_reply_to_message") if parent.thread_ts else thread_ts


def post(workspace: Workspace, args: Json) -> Json | Refusal:
    """``chat.postMessage``: to a channel, or to somebody's id, which means their DM with the app."""
    draft = drafted(args)
    place = _place(workspace, args["channel"])
    if isinstance(draft, Refusal):
        return draft
    if isinstance(place, Refusal):
        return place
    thread = threaded(place, args.get("thread_ts"))
    if isinstance(thread, Refusal):
        return thread
    message = workspace.post(place, APP_USER, draft, thread_ts=thread)
    return {"channel": place.id, "ts": message.ts, "message": shown(message)}


def post_ephemeral(workspace: Workspace, args: Json) -> Json | Refusal:
    """``chat.postEphemeral``."""
    draft = drafted(args)
    place = _place(workspace, args["channel"])
    if isinstance(draft, Refusal):
        return draft
    if isinstance(place, Refusal):
        return place
    if not workspace.is_here(args["user"]):
        return Refusal("user_not_found")
    if args["user"] not in place.members:
        return Refusal("user_not_in_channel")
    thread = threaded(place, args.get("thread_ts"))
    if isinstance(thread, Refusal):
        return thread
    message = workspace.post(place, APP_USER, draft, thread_ts=thread, only_for=args["user"])
    return {"message_ts": message.ts}


def update(workspace: Workspace, args: Json) -> Json | Refusal:
    """``chat.update``: the app's own messages only, and no ephemeral ones."""
    draft = drafted(args)
    if isinstance(draft, Refusal):
        return draft
    found = _own(workspace, args, "cant_update_message")
    if isinstance(found, Refusal):
        return found
    place, message = found
    workspace.rewrite(message, draft)
    described = shown(message)
    return {
        "channel": place.id,
        "ts": message.ts,
        "text": message.text,
        "message": described,
    }


def delete(workspace: Workspace, args: Json) -> Json | Refusal:
    """``chat.delete``: the app's own messages only."""
    found = _own(workspace, args, "cant_delete_message")
    if isinstance(found, Refusal):
        return found
    place, message = found
    workspace.delete(place, message)
    return {"channel": place.id, "ts": message.ts}


def permalink(workspace: Workspace, args: Json) -> Json | Refusal:
    """``chat.getPermalink``."""
    place = workspace.conversations.get(args["channel"])
    if place is None or APP_USER not in place.members:
        return Refusal("channel_not_found")
    message = place.find(args["message_ts"])
    if message is None or message.only_for:
        return Refusal("message_not_found")
    link = f"https://{DOMAIN}.slack.com/archives/{place.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={place.id}"
    return {"channel": place.id, "permalink": link}


def _own(workspace: Workspace, args: Json, code: str) -> tuple[Conversation, Message] | Refusal:
    place = workspace.conversations.get(args["channel"])
    if place is None:
        return Refusal("channel_not_found")
    message = place.find(args["ts"])
    if message is None or message.only_for or message.deleted:
        return Refusal("message_not_found")
    return (place, message) if message.user == APP_USER else Refusal(code)


def _place(workspace: Workspace, name: str) -> Conversation | Refusal:
    """Where a message goes: a name is no id, and finds nothing."""
    is_person = name in workspace.people
    place = workspace.dm(name) if is_person else workspace.conversations.get(name)
    if place is None:
        return Refusal("channel_not_found")
    if APP_USER not in place.members:
        return Refusal("not_in_channel")
    if place.is_archived:
        return Refusal("is_archived")
    others = place.members - {APP_USER}
    if place.kind is Kind.DM and not any(map(workspace.is_here, others)):
        return Refusal("account_inactive")
    return place
