"""What goes into the scripts and what comes out of them, as values."""

from dataclasses import dataclass

from storage.alarms import AlarmKind
from storage.languages import Language
from storage.model import SecretId, State
from storage.seal import SealedRecord


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a caller's proof (and nonce) look like under one of the configured keys."""

    key_name: str
    link: bytes
    nonce: bytes = b""
    passphrase: bytes = b""
    submit: bytes = b""


@dataclass(frozen=True, slots=True)
class Seen:
    """The reader as the script stores them: sealed, and a mark to count them once an hour.

    ``viewer`` is ``workspace|user`` when the browser is known as an agent's. ``person`` says the
    same of any session, and ``granted`` whether a ticket of it names this request.
    """

    sealed: bytes
    mark: bytes
    viewer: str = ""
    person: str = ""
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """No record under that id."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """There is a record, and the proof is not the one it wants."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Active:
    """The proof is right and the secret can be revealed, or the request is open."""

    sealed: SealedRecord
    views: int
    tries_left: int | None
    state: State = State.ACTIVE
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """The link proof is right, and the passphrase's is missing."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Wrong:
    """The link proof is right, the passphrase's is not."""

    sealed: SealedRecord
    tries_left: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """Ciphertext for this caller, still in the at-rest layer."""

    sealed: SealedRecord
    stored: bytes
    views: int
    retry_until_ms: int | None


@dataclass(frozen=True, slots=True)
class Acked:
    """The retry window is over (or there was none)."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Ended:
    """The proof is right and the secret has ended; ``found`` when its loss came out just now."""

    sealed: SealedRecord
    reason: State
    at_ms: int
    found: AlarmKind | None = None


@dataclass(frozen=True, slots=True)
class Destroyed:
    """Burned by this call, and with it the answer to a request, if one had come."""

    received_ms: int | None


@dataclass(frozen=True, slots=True)
class Created:
    """Stored."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The id is taken; nothing was written."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Limited:
    """This agent has made as many as CREATES_PER_HOUR allows; nothing was written but that."""

    again_ms: int


@dataclass(frozen=True, slots=True)
class PressTaken:
    """The press of Submit is noted as being worked on."""


@dataclass(frozen=True, slots=True)
class SamePress:
    """This press of Submit has made its secret, or a later one has taken its place."""


@dataclass(frozen=True, slots=True)
class Replaces:
    """The same Slack view made a secret before: call again with its id."""

    id: SecretId


@dataclass(frozen=True, slots=True)
class ClockOff:
    """The caller's clock and the store's differ too much; nothing was written."""

    now_ms: int


PutReply = Created | Exists | SamePress | Replaces | ClockOff | Limited


@dataclass(frozen=True, slots=True)
class Vanished:
    """The history has it and the record is gone before its time; made at this moment."""

    created_ms: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the store, unbelieved. Times in ms of the store's clock."""

    sealed: SealedRecord
    state: str
    views: int
    confirmed: bool
    claimed_ms: int | None
    ended_ms: int | None
    last_ms: int | None
    reader: bytes | None
    trail: tuple[str, ...]
    blob: bytes | None
    now_ms: int
    received_ms: int | None = None
    collector: str = ""
    lifetime: int | None = None  # what it was first given, in seconds, once it was extended
    back_since_ms: int | None = None  # when the store was seen to have gone back behind it
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The collect link's proof is right, and there is nothing to collect yet."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Barred:
    """The proof is right and the session is not; ``helpless`` when no session of theirs would be."""

    sealed: SealedRecord
    helpless: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer is stored, by this call or an earlier one of the same page."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Taken:
    """Another answer was there before."""

    sealed: SealedRecord


@dataclass(frozen=True, slots=True)
class Changed:
    """The record is not the one that was verified."""


@dataclass(frozen=True, slots=True)
class Prolonged:
    """It has the later expiry now."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Opened, answered or over by now; ``found`` when its loss came out just now."""

    found: AlarmKind | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A request as whoever has its own link may see it."""

    sealed: SealedRecord
    state: State
    received_ms: int | None
    collected_ms: int | None
    found: AlarmKind | None
    language: Language | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked for holds now: withdrawn, or noted as saved."""

    sealed: SealedRecord
