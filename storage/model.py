"""Frozen types of the domain: ids, keys that cannot be printed, records, outcomes as unions.

Times are integer Unix seconds (``Seconds``); what is measured inside the store is milliseconds
and ends in ``_ms``. Nothing here does I/O or reads a clock.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType, NoReturn, Self

from storage.errors import DecodingError
from storage.languages import Language
from storage.wire import b64u

WorkspaceId = NewType("WorkspaceId", str)
UserId = NewType("UserId", str)
Seconds = NewType("Seconds", int)

_ID = re.compile(r"[A-Za-z0-9_-]{25}[AQgw]\Z")  # 16 bytes leave 2 bits in the last letter
_TAG_LENGTH = 4
PASSPHRASE_MAX = 256
# ECMAScript's white space: the page trims with the browser's own function, which knows these.
WHITE_SPACE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
HOUR = 3600
DAY = 24 * HOUR


class Hidden:
    """Bytes that must never be printed, logged or pickled; compared in constant time."""

    __slots__ = ("_value",)
    size: int | None = None

    def __init__(self, value: bytes) -> None:
        if self.size is not None and len(value) != self.size:
            raise DecodingError(f"{type(self).__name__} must be {self.size} bytes")
        self._value = bytes(value)

    @classmethod
    def random(cls) -> Self:
        """Fresh from the operating system's generator."""
        if cls.size is None:
            raise TypeError(f"{cls.__name__} has no fixed size")
        return cls(secrets.token_bytes(cls.size))

    def expose(self) -> bytes:
        """Return the bytes: the one place to look for when reviewing who sees them."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and hmac.compare_digest(
            self._value, other.expose() if isinstance(other, Hidden) else b""
        )

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied")


class LinkKey(Hidden):
    """K: what the fragment carries."""

    size = 32


class Proof(Hidden):
    """A value derived from K that shows possession of the fragment without giving K away."""

    size = 32


class Passphrase(Hidden):
    """What reader and agent agreed on elsewhere, normalised: UTF-8 of 1 to 256 characters."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Trim outer white space and normalise to NFKC, as the page does. Raises DecodingError.

        One person's keyboard or clipboard must not make another passphrase of the same letters.
        """
        clean = unicodedata.normalize("NFKC", text.strip(WHITE_SPACE))
        if not clean:
            raise DecodingError("a passphrase of white space only")
        if len(clean) > PASSPHRASE_MAX:
            raise DecodingError(f"a passphrase has at most {PASSPHRASE_MAX} characters")
        return cls(clean.encode())


class Nonce(Hidden):
    """Made by the page for one page load; the claim is bound to it."""

    size = 16


class Token(Hidden):
    """The text of a fragment. Whoever has it and the id can read the secret."""


class Kind(StrEnum):
    """The letter that a link's path and checksum carry."""

    SHARE = "s"
    REQUEST = "r"
    COLLECT = "c"


@dataclass(frozen=True, slots=True)
class SecretId:
    """tag (4) + b64u(16 random bytes) (22): the path of a link and the name in the store."""

    value: str

    def __post_init__(self) -> None:
        if not _ID.match(self.value):
            raise DecodingError("not an id")

    @classmethod
    def new(cls, workspace: WorkspaceId) -> Self:
        """Make an id in the workspace's slot."""
        return cls(tag_of(workspace) + b64u(secrets.token_bytes(16)))

    @property
    def tag(self) -> str:
        """The Redis Cluster hash tag: all keys of one workspace share a slot."""
        return self.value[:_TAG_LENGTH]

    @property
    def ref(self) -> str:
        """Eight letters that name the secret in logs and to the team, and open nothing."""
        return hashlib.sha256(b"slash-secret/1/ref|" + self.value.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        # The full id is half of a link: it stays out of logs and tracebacks.
        return f"SecretId({self.ref})"

    def __str__(self) -> str:
        return self.ref


@lru_cache(1024)  # a hash for every key of every call, else
def tag_of(workspace: WorkspaceId) -> str:
    """First 4 characters of b64u(SHA-256(prefix, workspace id)): protocol, "Links"."""
    return b64u(hashlib.sha256(b"slash-secret/1/tag|" + workspace.encode()).digest())[:_TAG_LENGTH]


@dataclass(frozen=True, slots=True)
class Link:
    """A link that opens a secret. It is shown once and stored nowhere."""

    kind: Kind
    id: SecretId
    token: Token

    def url(self, public_url: str) -> str:
        """The text to copy."""
        token = self.token.expose().decode("ascii")
        return f"{public_url}/{self.kind.value}/{self.id.value}#{token}"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a secret lives, in seconds: 1 hour to 30 days."""

    seconds: int

    def __post_init__(self) -> None:
        if not HOUR <= self.seconds <= 30 * DAY:
            raise DecodingError("a lifetime is between 1 hour and 30 days")


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts, as Slack names them."""

    workspace: WorkspaceId
    workspace_name: str
    user: UserId
    name: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens a link, as far as a web server can tell."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class TextFile:
    """A small text file inside a content."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What is shared: one text or an ordered list of named fields, and perhaps a text file."""

    text: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    file: TextFile | None = None

    def __repr__(self) -> str:
        return "Content(hidden)"


@dataclass(frozen=True, slots=True)
class Argon2:
    """Argon2id parameters: m in KiB, t passes, p lanes (RFC 9106)."""

    m: int
    t: int
    p: int


@dataclass(frozen=True, slots=True)
class Verifiers:
    """HMACs of the proofs; empty where the kind of secret has no such proof."""

    link: bytes
    passphrase: bytes = b""
    submit: bytes = b""


@dataclass(frozen=True, slots=True)
class Record:
    """The immutable part of what the server stores, opened."""

    id: SecretId
    workspace: WorkspaceId
    creator: UserId
    kind: Kind
    label: str
    workspace_name: str
    agent_name: str
    what: str
    fields: tuple[str, ...]
    single_use: bool
    created: Seconds
    expires: Seconds
    argon2: Argon2 | None
    verifiers: Verifiers
    public_key: bytes
    collect_by: str
    key_name: str

    @property
    def is_request(self) -> bool:
        """Whether it asks for something; its ``r`` and ``c`` links share one record."""
        return self.kind is Kind.REQUEST


@dataclass(frozen=True, slots=True)
class CollectBy:
    """Who may collect an answer: whoever asked, or everybody who can press in one channel."""

    channel: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``Record.collect_by``. Raises DecodingError."""
        channel = text.partition(":")[2]
        if text != str(cls(channel)):
            raise DecodingError("not a word for who may collect")
        return cls(channel)

    def __str__(self) -> str:
        return f"channel:{self.channel}" if self.channel else "me"

    @property
    def word(self) -> str:
        """``me`` or ``channel``, as the API says it."""
        return "channel" if self.channel else "me"


class State(StrEnum):
    """The state machine's words, as stored and as the API says them."""

    ACTIVE = "active"
    VIEWED = "viewed"
    WAITING = "waiting"
    RECEIVED = "received"
    COLLECTED = "collected"
    EXPIRED = "expired"
    BURNED = "burned"
    LOST = "lost"
    TAMPERED = "tampered"


# What time, a loss or a person can still end.
LIVING = frozenset({State.ACTIVE, State.WAITING, State.RECEIVED})


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a secret, computed from the record and the store's clock.

    ``at`` is when it reached its end, ``last_opened`` when a reader last got it, and
    ``key_missing`` tells a record whose key was removed from one that was altered, ``went_back`` one
    that is held back after a restore from one that is gone. Of a request,
    ``received`` is when its answer came, ``collector`` who has it. ``lifetime`` is what it was made
    with, in seconds, whatever it has been extended by since. A record that can't be read counts as a
    share's.
    """

    state: State
    single_use: bool
    views: int = 0
    confirmed: bool = False
    at: Seconds | None = None
    last_opened: Seconds | None = None
    key_missing: bool = False
    went_back: bool = False
    is_request: bool = False
    received: Seconds | None = None
    collector: UserId | None = None
    lifetime: int = 0

    @property
    def is_untouched(self) -> bool:
        """Whether it lives, and nobody has opened or answered it."""
        return self.state is State.WAITING or (self.state is State.ACTIVE and not self.views)


@dataclass(frozen=True, slots=True)
class Summary:
    """A row of the history. ``record`` is None when it cannot be believed or read.

    ``language`` is the one that was chosen for the customer.
    """

    id: SecretId
    created: Seconds
    status: Status
    record: Record | None
    last_reader: Reader | None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """At most ten rows, newest first; ``as_of_ms`` keeps the pages still while new secrets arrive.

    ``offset`` counts entries of the index, looked at and left out ones included; the next page
    begins at ``next_offset``, if there is ``more``.
    """

    rows: tuple[Summary, ...]
    as_of_ms: int
    offset: int
    next_offset: int
    more: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the history is narrowed to; None wants all."""

    creator: UserId | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """What an agent chose for a secret: the default of the next one."""

    lifetime: Lifetime
    single_use: bool


class Event(StrEnum):
    """What the audit stream tells."""

    CREATED = "created"
    OPENED = "opened"
    RETRIED = "retried"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REFUSED_BY_POLICY = "refused_by_policy"  # without an id: nothing was made
    WRONG_PASSPHRASE = "wrong_passphrase"  # noqa: S105 - an event's name
    DESTROYED = "destroyed"
    BURNED = "burned"
    CANCELLED = "cancelled"  # a request burned by its agent before anybody answered
    WITHDRAWN = "withdrawn"  # by whoever has the request's link
    UNEXPECTED = "unexpected"  # the same, who did not expect it
    SUBMITTED = "submitted"
    SECOND_ATTEMPT = "second_attempt"  # a submission refused, since there was one before
    COLLECTED = "collected"
    SAVED = "saved"
    NUDGED = (
        "nudged"  # its creator is to hear that it ends soon, and nobody has opened or answered it
    )
    EXTENDED = "extended"
    REPLACED = "replaced"
    ENDED_AGAIN = "ended_again"  # it had ended, and the store went back
    WENT_BACK = "went_back"  # without an id: the store did, and older secrets are held back
    TEMPLATES_CHANGED = "templates_changed"  # without an id: the team's message templates
    RESTORE_ACCEPTED = "restore_accepted"  # without an id: an operator lets them go
    POSTED = "posted"  # a request's message in Slack was found after its end
    CLOSED = "closed"
    EXPIRED = "expired"
    LOST = "lost"
    WITHHELD = "withheld"  # lost, since its reveal could not be made durable: nobody saw it
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of a secret's trail. ``by`` is a Slack user, ``reader`` a browser."""

    at: Seconds
    event: Event
    by: UserId | None
    reader: Reader | None


@dataclass(frozen=True, slots=True)
class Details:
    """A row with its whole trail, oldest first; ``trimmed`` counts entries beyond retention."""

    summary: Summary
    trail: tuple[AuditEntry, ...]
    trimmed: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One press of Submit in Slack: its view, its single-use trigger, and when Slack sent it.

    ``reserved`` once the vault has taken it for a secret that takes a while to make.
    """

    view: str
    trigger: str
    pressed: Seconds = Seconds(0)
    reserved: bool = False
