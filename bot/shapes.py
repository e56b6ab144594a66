"""The skeleton of Slack's payloads: what Bolt and the listeners reach into is there, and of its type.

Slack signs what it sends and documents it, so anything else is a defect of Slack's or of a proxy's.
It is refused at the door, where nothing has begun yet, rather than in the middle of a listener.
"""

from typing import Annotated, Any

import msgspec

Json = dict[str, Any]
# Ids and names are far shorter; whatever is built from them has Slack's own limits to keep.
# And half a character, which JSON can write, is no text that anybody could store or send on.
_Word = Annotated[str, msgspec.Meta(max_length=255, pattern=r"^[^\ud800-\udfff]*$")]
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[!-~]+$")]


class _Named(msgspec.Struct):
    id: _Word | None = None
    team_id: _Word | None = None
    name: _Word | None = None
    username: _Word | None = None


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
    id: _Id
    blocks: list[_Block]
    type: str  # Bolt reaches for it
    private_metadata: str = ""
    hash: str | None = None
    callback_id: str | None = None
    root_view_id: _Word | None = None
    app_installed_team_id: _Word | None = None
    state: _State | None = None


class _Form(_View, kw_only=True):
    state: _State


class _Container(msgspec.Struct):
    type: str


class _Command(msgspec.Struct):
    command: str
    user_id: _Id
    team_id: _Id
    trigger_id: _Id
    user_name: _Word = ""
    channel_id: _Word = ""


class _Submission(msgspec.Struct):
    user: _Named
    trigger_id: _Id
    view: _Form
    team: _Named | None = None


class _Press(msgspec.Struct):
    user: _Named
    trigger_id: _Id
    actions: Annotated[list[_Action], msgspec.Meta(min_length=1)]
    container: _Container | None = None
    team: _Named | None = None
    view: _View | None = None
    channel: _Named | None = None
    message: Json | None = None
    response_url: str | None = None


class _Shortcut(msgspec.Struct):
    user: _Named
    trigger_id: _Id
    callback_id: str
    team: _Team | None = None


class _Message(msgspec.Struct):
    ts: str | None = None
    thread_ts: str | None = None
    user: _Word | None = None
    bot_id: _Word | None = None
    text: str | None = None


class _MessageShortcut(msgspec.Struct):
    user: _Named
    trigger_id: _Id
    callback_id: str
    message: _Message
    team: _Team | None = None
    channel: _Named | None = None


class _HomeView(msgspec.Struct):
    hash: str | None = None
    private_metadata: str | None = None


class _Told(msgspec.Struct):
    type: str
    user: _Word | None = None
    tab: str | None = None
    view: _HomeView | None = None


class _Event(msgspec.Struct):
    event: _Told


# A command is a form without a type, whose fields are all texts.
_Documented = _Command | _Submission | _Press | _Shortcut | _MessageShortcut | _Event
_KINDS: dict[str, type[_Documented]] = {
    "command": _Command,
    "view_submission": _Submission,
    "block_actions": _Press,
    "shortcut": _Shortcut,
    "message_action": _MessageShortcut,
    "event_callback": _Event,
}


def is_documented(body: Json) -> bool:
    """Whether a payload has the shape that Slack documents, as far as anybody here reads it."""
    kind = body.get("type", "command")
    if not isinstance(kind, str):
        return False
    shape = _KINDS.get(kind)  # what else there is, no listener takes
    try:
        read = msgspec.convert(body, shape) if shape else None
    except msgspec.ValidationError:
        return False
    return not (isinstance(read, _Press) and _lacks_its_view(read))


def _lacks_its_view(press: _Press) -> bool:
    return press.view is None and press.container is not None and press.container.type == "view"
