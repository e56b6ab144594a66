"""The skeleton of Slack's payloads: what Bolt and the listeners reach into is there, and of its type.

Slack signs what it sends and documents it, so anything else is a defect of Slack's or of a proxy's.
It is refused at the door, where nothing has begun yet, rather than in the middle of a listener.
"""

from typing import Annotated, Any

import msgspec

Json = dict[str, Any]


class _Named(msgspec.Struct):
    id: str | None = None
    team_id: str | None = None
    name: str | None = None
    username: str | None = None


class _Team(msgspec.Struct):
    id: str | None = None
    domain: str | None = None


class _Option(msgspec.Struct):
    value: str


class _Action(msgspec.Struct):
    action_id: str
    type: str | None = None
    block_id: str | None = None
    value: str | None = None
    selected_option: _Option | None = None


class _Filled(msgspec.Struct):
    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, _Filled]]


class _Block(msgspec.Struct):
    type: str
    block_id: str | None = None


class _View(msgspec.Struct):
    id: str
    blocks: list[_Block]
    type: str | None = None
    hash: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    root_view_id: str | None = None
    app_installed_team_id: str | None = None
    state: _State | None = None


class _Submission(msgspec.Struct):
    user: _Named
    trigger_id: str
    view: _View
    team: _Named | None = None


class _Press(msgspec.Struct):
    user: _Named
    trigger_id: str
    actions: Annotated[list[_Action], msgspec.Meta(min_length=1)]
    team: _Named | None = None
    view: _View | None = None
    channel: _Named | None = None
    container: Json | None = None
    message: Json | None = None
    response_url: str | None = None


class _Shortcut(msgspec.Struct):
    user: _Named
    trigger_id: str
    callback_id: str
    team: _Team | None = None


class _Message(msgspec.Struct):
    ts: str | None = None
    thread_ts: str | None = None
    user: str | None = None
    bot_id: str | None = None
    text: str | None = None


class _MessageShortcut(msgspec.Struct):
    user: _Named
    trigger_id: str
    callback_id: str
    message: _Message
    team: _Team | None = None
    channel: _Named | None = None


class _HomeView(msgspec.Struct):
    hash: str | None = None
    private_metadata: str | None = None


class _Told(msgspec.Struct):
    type: str
    user: str | None = None
    tab: str | None = None
    view: _HomeView | None = None


class _Event(msgspec.Struct):
    event: _Told


_Documented = _Submission | _Press | _Shortcut | _MessageShortcut | _Event
_KINDS: dict[str, type[_Documented]] = {
    "view_submission": _Submission,
    "block_actions": _Press,
    "shortcut": _Shortcut,
    "message_action": _MessageShortcut,
    "event_callback": _Event,
}


def is_documented(body: Json) -> bool:
    """Whether a payload has the shape that Slack documents, as far as anybody here reads it."""
    kind = body.get("type")
    if "type" not in body:
        return True  # a command, whose fields are all texts
    if not isinstance(kind, str):
        return False
    if kind not in _KINDS:
        return True  # nothing that a listener takes
    try:
        msgspec.convert(body, _KINDS[kind])
    except msgspec.ValidationError:
        return False
    return True
