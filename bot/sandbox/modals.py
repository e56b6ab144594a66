"""The Web API's ``views.*``: docs.slack.dev/reference/methods."""

from typing import Any

from bot.sandbox.inputs import state
from bot.sandbox.model import APP, BOT, TEAM, Refusal, View
from bot.sandbox.permits import Trigger
from bot.sandbox.rules import flaws_of_view, is_too_large
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Workspace

_OWN_MODAL = ("title", "submit", "close")


def shown(view: View, *, filled: bool = False) -> Json:
    """A view as Slack describes it; ``filled`` with what its person typed, for payloads."""
    content = view.content
    described: Json = {
        "id": view.id,
        "team_id": TEAM,
        "type": view.kind,
        "blocks": view.blocks,
        "private_metadata": content.get("private_metadata") or "",
        "callback_id": content.get("callback_id") or "",
        "state": {"values": state(view.blocks, view.typed) if filled else {}},
        "hash": view.hash,
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": APP,
        "external_id": content.get("external_id") or "",
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    }
    return described | {part: content.get(part) for part in _OWN_MODAL}


def refused(
    workspace: Workspace, content: Any, kind: str, own: View | None = None
) -> Refusal | None:
    """Why Slack does not take this view; ``own`` is the one that it is to replace."""
    if is_too_large(content):
        return Refusal("view_too_large")
    if flaws := flaws_of_view(content, kind):
        return Refusal("invalid_arguments", tuple(map(str, flaws)))
    twin = workspace.by_external_id(content.get("external_id"))
    return Refusal("duplicate_external_id") if twin and twin is not own else None


def open_(workspace: Workspace, args: Json) -> Json | Refusal:
    """``views.open``."""
    trigger = _taken(workspace, args)
    if isinstance(trigger, Refusal):
        return trigger
    return {"view": shown(workspace.open(trigger.user, args["view"]))}


def push(workspace: Workspace, args: Json) -> Json | Refusal:
    """``views.push``. A trigger from outside a modal has nothing to push on."""
    trigger = _taken(workspace, args)
    if isinstance(trigger, Refusal):
        return trigger
    below = workspace.views.get(trigger.view_id or "")
    if below is None or below.kind != "modal":
        return Refusal("invalid_trigger_id")
    view = workspace.push(below, args["view"])
    return view if isinstance(view, Refusal) else {"view": shown(view)}


def _taken(workspace: Workspace, args: Json) -> Trigger | Refusal:
    # The view first: one that Slack refuses leaves the trigger as it is.
    why = refused(workspace, args["view"], "modal")
    return why or workspace.permits.exchange(args["trigger_id"])


def update(workspace: Workspace, args: Json) -> Json | Refusal:
    """``views.update``, by view_id or external_id."""
    view = workspace.views.get(args.get("view_id") or "")
    view = view or workspace.by_external_id(args.get("external_id"))
    if view is None:
        return Refusal("not_found")
    return _replaced(workspace, view, args)


def publish(workspace: Workspace, args: Json) -> Json | Refusal:
    """``views.publish``."""
    if not workspace.is_here(args["user_id"]):
        return Refusal("user_not_found")
    known = workspace.homes.get(args["user_id"])
    if known is not None:
        return _replaced(workspace, known, args)
    why = refused(workspace, args["view"], "home")
    return why or {"view": shown(workspace.publish(args["user_id"], args["view"]))}


def _replaced(workspace: Workspace, view: View, args: Json) -> Json | Refusal:
    if why := refused(workspace, args["view"], view.kind, view):
        return why
    if args.get("hash") and args["hash"] != view.hash:
        return Refusal("hash_conflict")
    workspace.replace(view, args["view"])
    return {"view": shown(view)}
