"""What a workspace is made of."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.sandbox.schema import Json

TEAM = "T000000001"
DOMAIN = "example"
APP = "A0EXAMPLE"
APP_NAME = "slash-secret"
APP_USER = "U0000000A1"
BOT = "B000000001"
SLACKBOT = "USLACKBOT"
ANNA = "U000000001"
BEN = "U000000002"
CLARA = "U000000003"
SUPPORT = "C000000001"


class Role(StrEnum):
    """What somebody does in the team; Slack itself knows admins only."""

    AGENT = "agent"
    ADMIN = "admin"


class Kind(StrEnum):
    """What a conversation is."""

    CHANNEL = "channel"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command of the app, as its manifest describes it."""

    command: str
    usage_hint: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app. ``type`` is ``global`` or ``message``."""

    type: str
    callback_id: str
    name: str


@dataclass(slots=True)
class Person:
    """A member of the workspace. Who has left keeps their name."""

    id: str
    name: str
    real_name: str
    role: Role = Role.AGENT
    has_left: bool = False


def everybody() -> list[Person]:
    """The people of a fresh workspace."""
    return [
        Person(ANNA, "anna", "Anna Agent"),
        Person(BEN, "ben", "Ben Agent"),
        Person(CLARA, "clara", "Clara Admin", Role.ADMIN),
    ]


@dataclass(slots=True, eq=False)
class Message:
    """A message. ``only_for`` makes it ephemeral; ``edited`` is the ts of the last change.

    ``deleted``: the mark that one with replies leaves.
    """

    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    only_for: str | None = None
    edited: str | None = None
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Conversation:
    """A channel, or somebody's direct messages with the app."""

    id: str
    kind: Kind
    name: str
    members: set[str]
    messages: list[Message] = field(default_factory=list)
    is_archived: bool = False

    def find(self, ts: object) -> Message | None:
        """The message of that ts."""
        return next((message for message in self.messages if message.ts == ts), None)


@dataclass(slots=True, eq=False)
class View:
    """A modal or a Home tab as Slack keeps it.

    ``content`` is what the app sent, with ids where it gave none. ``typed`` is what its person has
    filled in so far, in the form of Slack's ``state.values``; it outlives an update for every
    block_id and action_id that is still there.
    """

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""

    @property
    def kind(self) -> str:
        """``modal`` or ``home``."""
        return str(self.content["type"])

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, each with a block_id."""
        blocks: list[Json] = self.content["blocks"]
        return blocks


@dataclass(frozen=True, slots=True)
class Refusal:
    """Slack's error code, with what ``response_metadata`` says about it."""

    code: str
    messages: tuple[str, ...] = ()

    def body(self) -> Json:
        """The answer to a Web API call."""
        body: Json = {"ok": False, "error": self.code}
        if self.messages:
            errors = [f"[ERROR] {message}" for message in self.messages]
            body["response_metadata"] = {"messages": errors}
        if self.code == "invalid_blocks":
            body["errors"] = list(self.messages)
        return body
