"""Outcomes: each use case of the vault returns a union of these; each edge answers every case."""

from dataclasses import dataclass
from enum import StrEnum

from storage.languages import Language
from storage.model import Link, Record, Seconds, State, Submission, Summary


@dataclass(frozen=True, slots=True)
class Shared:
    """A secret was stored; the link exists only in this value."""

    link: Link
    expires: Seconds
    single_use: bool
    has_passphrase: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """This press of Submit arrived before, or a later one of its view did: no link for it."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The press of Submit is this caller's to finish, and the store would take a secret now."""

    submission: Submission


class Rule(StrEnum):
    """The policies that can refuse a secret, named as their settings."""

    MAX_LIFETIME = "max_lifetime"
    REQUIRE_PASSPHRASE = "require_passphrase"  # noqa: S105 - a setting's name
    CREATES_PER_HOUR = "creates_per_hour"
    BROWSER_ONLY = "browser_only"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class AgainstPolicy:
    """Refused, and on record; nothing was stored. ``again`` is when a limit allows the next one."""

    rule: Rule
    again: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Full:
    """The store has no memory left; nothing was written."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No such secret for this caller: unknown, wrongly proven, tampered or in another room."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The caller proved the fragment, and the secret has ended."""

    reason: State
    at: Seconds


@dataclass(frozen=True, slots=True)
class Look:
    """The caller proved the fragment, and the secret can be revealed.

    Of a request, by its collect link: ``state`` is WAITING or RECEIVED.
    """

    record: Record
    views: int
    tries_left: int | None = None
    state: State = State.ACTIVE
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class PassphraseRequired:
    """The secret has a passphrase, and none was proven. Not a try."""


@dataclass(frozen=True, slots=True)
class WrongPassphrase:
    """Counted, unless the same wrong one was counted before."""

    tries_left: int


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """Ciphertext for the page. ``retry_until`` is None when the secret is reusable."""

    blob: bytes
    views: int
    retry_until: Seconds | None

    def __repr__(self) -> str:
        return f"Opened(views={self.views})"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The page has decrypted; the retry window is over."""


@dataclass(frozen=True, slots=True)
class Burned:
    """Destroyed by this call: nobody can open it any more."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class AlreadyEnded:
    """Nothing to burn; ``summary`` says what had happened before."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class Extended:
    """It can be opened or answered until later, by this call or an earlier one."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class NotUntouched:
    """Nothing to extend: ``summary`` says whether it was opened, answered, or has ended."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The secret exists in the caller's workspace; only its creator or an admin may do this to it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The customer's language is kept with the secret, and as the agent's last choice."""

    record: Record


@dataclass(frozen=True, slots=True)
class Asked:
    """A request was stored; its links are with whoever made its key pair."""

    expires: Seconds
    record: Record


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A request with an earlier one's words was stored, and this is what it says."""

    expires: Seconds
    what: str
    fields: tuple[str, ...]
    lifetime: int
    language: Language | None


@dataclass(frozen=True, slots=True)
class Composed:
    """A secret that a browser has encrypted was stored."""

    expires: Seconds
    single_use: bool


@dataclass(frozen=True, slots=True)
class Exists:
    """The id is taken by something else; nothing was written."""


@dataclass(frozen=True, slots=True)
class RequestLook:
    """What became of a request, for whoever has its own link; also after its end."""

    record: Record
    state: State
    received: Seconds | None
    collected: Seconds | None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer is stored; the same page may ask again and hears the same."""


@dataclass(frozen=True, slots=True)
class AlreadySubmitted:
    """Another submission came first, or the answer was collected: too late for this."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Ended by whoever has the request's link; nobody can collect it any more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The collect link is right, and nobody has answered yet."""


@dataclass(frozen=True, slots=True)
class SessionRequired:
    """Right link, and no session that allows it: press the button in Slack."""


@dataclass(frozen=True, slots=True)
class NotForYou:
    """Right link, and a session of somebody who may not: no button helps."""


@dataclass(frozen=True, slots=True)
class Saved:
    """On record: what was collected is in the team's vault."""
