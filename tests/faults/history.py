"""What was asked of the service and what it answered, as those who asked saw it."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from storage.model import Nonce, Proof, SecretId
from storage.tickets import Session

_EPOCH = time.time() - time.monotonic()


def now() -> float:
    """Unix seconds by a clock that never jumps, whatever a test does to the store's."""
    return _EPOCH + time.monotonic()


class Deed(StrEnum):
    """What can be asked."""

    CREATE = "create"
    SUBMIT = "submit"
    OPEN = "open"
    ACK = "ack"
    BURN = "burn"


class Answer(StrEnum):
    """How it ended for whoever asked. UNKNOWN: no answer, or one that says to try again."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reply:
    """An answer, the reason of a refusal, and what a reveal handed out."""

    answer: Answer
    reason: str = ""
    blob: bytes = b""


@dataclass(frozen=True)
class Subject:
    """A secret or a request, and all that its holders know of it."""

    id: SecretId
    link: Proof
    blob: bytes = field(repr=False)
    single_use: bool = True
    expires: float | None = None
    """Unix seconds; None: later than the run."""
    guess: Proof | None = None
    submit: Proof | None = None
    """What proves a request's own link; None: this is no request."""
    collector: Session | None = None
    cookie: str = ""
    """The collector's session as a browser sends it."""


@dataclass(frozen=True)
class Fact:
    """One question and its answer; ``began`` and ``ended`` in Unix seconds."""

    deed: Deed
    began: float
    ended: float
    answer: Answer
    reason: str = ""
    page: str = ""
    """Which page load asked: its nonce."""
    guess: str = ""
    """A passphrase proof that is wrong; empty for the right one, or for none."""
    digest: bytes = b""

    @property
    def may_have_happened(self) -> bool:
        """It did, or nobody knows."""
        return self.answer is not Answer.REFUSED


@dataclass
class History:
    """Everything that happened to each secret whose creation was tried."""

    subjects: dict[SecretId, Subject] = field(default_factory=dict)
    facts: dict[SecretId, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def note(
        self,
        subject: Subject,
        deed: Deed,
        began: float,
        reply: Reply,
        *,
        page: Nonce | None = None,
        guess: Proof | None = None,
    ) -> None:
        """Write down an answer at the moment it came."""
        wrong = guess is not None and guess != subject.guess
        self.subjects[subject.id] = subject
        self.facts[subject.id].append(
            Fact(
                deed=deed,
                began=began,
                ended=now(),
                answer=reply.answer,
                reason=reply.reason,
                page=page.expose().hex() if page else "",
                guess=guess.expose().hex() if guess and wrong else "",
                digest=hashlib.sha256(reply.blob).digest() if reply.blob else b"",
            )
        )

    def acknowledged(self, deed: Deed) -> list[SecretId]:
        """Of which secrets somebody was told that this was done."""
        return [
            sid
            for sid, facts in self.facts.items()
            if any(fact.deed is deed and fact.answer is Answer.DONE for fact in facts)
        ]

    def count(self, answer: Answer) -> int:
        """How many questions ended so."""
        return sum(fact.answer is answer for facts in self.facts.values() for fact in facts)


@dataclass(frozen=True)
class Found:
    """What the store holds of one secret when all is over."""

    state: str
    views: int
    retries: int
    confirmed: bool
    guesses: int
    refused: int
    blob_ttl_ms: int
    """-2: there is no ciphertext; -1: it has no end."""
    trail: tuple[str, ...]
    """Names of its entries, by its record."""
    entries: Mapping[str, str]
    """Names and events of its entries, by the stream; in order."""

    @property
    def events(self) -> list[str]:
        """What is on record, in order."""
        return list(self.entries.values())
