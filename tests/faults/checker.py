"""Reads a run's history and says what in it breaks a promise.

Each rule is a function that gives sentences: what the people who asked saw (``SEEN``), and what the
store and its audit trail hold against that (``KEPT``). An answer that never came may mean either, so
it explains a later refusal and is never a violation by itself.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from storage.model import SecretId
from tests.faults.history import Answer, Deed, Fact, Found, History, Subject

WINDOW_MS = 30_000
TRIES = 5
RETRIES = 3
_EXPIRY_SLACK = 1.0  # an early "expired" is told apart to the second that a lifetime is made of
_ENDS = {"viewed", "collected", "burned", "expired", "lost", "tampered"}

Seen = Callable[[Subject, Sequence[Fact]], Iterator[str]]
Kept = Callable[[Subject, Sequence[Fact], Found], Iterator[str]]


def violations(history: History, found: Mapping[SecretId, Found]) -> list[str]:
    """Every broken promise of a run, one sentence each; empty when all were kept."""
    broken = []
    for sid, facts in history.facts.items():
        subject, kept = history.subjects[sid], found.get(sid)
        said = [sentence for rule in SEEN for sentence in rule(subject, facts)]
        if kept is None:
            if _done(facts, Deed.CREATE):
                said.append("an acknowledged create left no record")
        else:
            said += [sentence for rule in KEPT for sentence in rule(subject, facts, kept)]
        broken += [f"{sid.value}: {sentence}" for sentence in said]
    return broken


def _done(facts: Sequence[Fact], deed: Deed) -> list[Fact]:
    return [fact for fact in facts if fact.deed is deed and fact.answer is Answer.DONE]


def _tried(facts: Sequence[Fact], deed: Deed, before: float = float("inf")) -> list[Fact]:
    return [
        fact
        for fact in facts
        if fact.deed is deed and fact.may_have_happened and fact.began < before
    ]


def _one_page_at_most(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    pages = {fact.page for fact in _done(facts, Deed.OPEN)}
    if subject.single_use and len(pages) > 1:
        yield f"{len(pages)} nonces got the ciphertext"


def _three_retries_at_most(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    times = Counter(fact.page for fact in _done(facts, Deed.OPEN))
    if subject.single_use and max(times.values(), default=0) > 1 + RETRIES:
        yield "its page got the ciphertext more often than it may retry"


def _the_bytes_that_were_sealed(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    right = hashlib.sha256(subject.blob).digest()
    if any(fact.digest != right for fact in _done(facts, Deed.OPEN)):
        yield "a reveal gave other bytes than were stored"


def _nothing_after_a_burn(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    for burn in _done(facts, Deed.BURN):
        opened = _done(facts, Deed.OPEN)
        if any(fact.began > burn.ended for fact in opened):
            yield "readable after an acknowledged burn"
        if subject.single_use and any(fact.ended < burn.began for fact in opened):
            yield "a burn was acknowledged of what had been handed out"


def _nothing_after_the_ack(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    for ack in _done(facts, Deed.ACK):
        if subject.single_use and any(f.began > ack.ended for f in _done(facts, Deed.OPEN)):
            yield "readable after the page's ack"


def _nothing_after_expiry(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    if subject.expires is None:
        return
    if any(fact.began >= subject.expires for fact in _done(facts, Deed.OPEN)):
        yield "readable after its expiry"


def _an_end_is_final(_subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    opened = _done(facts, Deed.OPEN)
    for fact in facts:
        if fact.deed is not Deed.OPEN or fact.reason not in _ENDS:
            continue
        # The page that claimed may ask again while strangers are refused.
        claims = {"viewed", "collected"}
        later = [one for one in opened if one.began > fact.ended]
        earlier = {one.page for one in _tried(facts, Deed.OPEN, fact.ended)}
        if any(fact.reason not in claims or one.page not in earlier for one in later):
            yield f"readable after it was said to be {fact.reason}"


def _readable_until_then(subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    created = _done(facts, Deed.CREATE)
    for fact in facts:
        if not created or fact.deed is not Deed.OPEN or fact.answer is not Answer.REFUSED:
            continue
        if fact.began > created[0].ended and not _explained(subject, facts, fact):
            yield f"refused as {fact.reason or 'nothing'}, and nothing had ended it"


def _explained(subject: Subject, facts: Sequence[Fact], refusal: Fact) -> bool:
    match refusal.reason:
        case "viewed" | "collected":
            return bool(_tried(facts, Deed.OPEN, refusal.ended))
        case "lost":
            # Withheld, and its window is over: whoever asked had no answer.
            opened = _tried(facts, Deed.OPEN, refusal.ended - WINDOW_MS / 1000)
            return any(fact.answer is Answer.UNKNOWN for fact in opened)
        case "burned":
            wrong = {f.guess for f in facts if f.guess and f.began < refusal.ended}
            return bool(_tried(facts, Deed.BURN, refusal.ended)) or len(wrong) >= TRIES
        case "expired":
            due = subject.expires
            return due is not None and refusal.ended > due - _EXPIRY_SLACK
        case "waiting":
            return subject.submit is not None and not any(
                fact.ended < refusal.began for fact in _done(facts, Deed.SUBMIT)
            )
        case _:
            return refusal.reason == "wrong_passphrase" and bool(refusal.guess)


def _one_submission_at_most(_subject: Subject, facts: Sequence[Fact]) -> Iterator[str]:
    if len({fact.page for fact in _done(facts, Deed.SUBMIT)}) > 1:
        yield "two submissions were accepted"


SEEN: tuple[Seen, ...] = (
    _one_page_at_most,
    _three_retries_at_most,
    _the_bytes_that_were_sealed,
    _nothing_after_a_burn,
    _nothing_after_the_ack,
    _nothing_after_expiry,
    _an_end_is_final,
    _readable_until_then,
    _one_submission_at_most,
)


def _record_and_stream_agree(_s: Subject, _f: Sequence[Fact], kept: Found) -> Iterator[str]:
    if set(kept.trail) != set(kept.entries):
        yield "its record and the audit stream name other entries"


_LAST = {
    "created": "active",
    "submitted": "received",
    "opened": "viewed",
    "collected": "collected",
    "burned": "burned",
    "replaced": "burned",
    "cancelled": "burned",
    "destroyed": "burned",
    "expired": "expired",
    "lost": "lost",
    "withheld": "lost",
    "tampered": "tampered",
}


def _each_change_has_its_entry(
    subject: Subject, facts: Sequence[Fact], kept: Found
) -> Iterator[str]:
    events = Counter(kept.events)
    # Asking again after an answer that was withheld is on record and counts as no retry.
    unanswered = sum(f.deed is Deed.OPEN and f.answer is Answer.UNKNOWN for f in facts)
    uncounted = min(unanswered, max(0, events["retried"] - kept.retries))
    told = {
        # What was withheld was no opening; its entry says who had asked.
        "views": (
            kept.views,
            0 if events["withheld"] else events["opened"] + events["collected"],
        ),
        "retries": (kept.retries + uncounted, events["retried"]),
        "confirmed": (kept.confirmed, events["confirmed"]),
        "wrong tries": (kept.guesses, events["wrong_passphrase"]),
        "refusals": (kept.refused, events["refused"] + events["second_attempt"]),
        "creations": (1, events["created"]),
    }
    for what, (state, trail) in told.items():
        if state != trail:
            yield f"{what}: {int(state)} in the record, {trail} in the audit trail"
    changes = [event for event in kept.events if event in _LAST]
    last = _LAST[changes[-1]] if changes else ""
    if subject.submit and last == "active":
        last = "waiting"
    if not subject.single_use and last == "viewed":
        last = "active"
    if kept.state != last:
        yield f"its state is {kept.state}, its audit trail ends with {last or 'nothing'}"


def _ciphertext_goes_with_the_end(
    _subject: Subject, _facts: Sequence[Fact], kept: Found
) -> Iterator[str]:
    there = kept.blob_ttl_ms != -2
    if there and kept.state in {"burned", "expired", "lost", "tampered"}:
        yield f"its ciphertext is still there, {kept.state} as it is"
    # Half claimed: the store itself must end what the reader's page did not.
    if there and kept.state in {"viewed", "collected"} and not 0 <= kept.blob_ttl_ms <= WINDOW_MS:
        yield "it is claimed, and its ciphertext outlives the retry window"


def _each_answer_has_its_entry(
    subject: Subject, facts: Sequence[Fact], kept: Found
) -> Iterator[str]:
    events = Counter(kept.events)
    opened = len(_done(facts, Deed.OPEN))
    handed = events["opened"] + events["collected"] + events["retried"]
    tried = len(_tried(facts, Deed.OPEN))
    burns = ("burned", "cancelled")
    bounds = {
        "reveals": (opened, handed, tried),
        "burns": (
            len(_done(facts, Deed.BURN)),
            sum(events[name] for name in burns),
            len(_tried(facts, Deed.BURN)),
        ),
        "submissions": (
            min(1, len(_done(facts, Deed.SUBMIT))),
            events["submitted"],
            len(_tried(facts, Deed.SUBMIT)),
        ),
    }
    if subject.single_use:
        acks = len(_tried(facts, Deed.ACK))
        bounds["acks"] = (min(1, len(_done(facts, Deed.ACK))), events["confirmed"], acks)
    for what, (least, recorded, most) in bounds.items():
        if not least <= recorded <= most:
            yield f"{what}: {recorded} on record, {least} to {most} happened"


KEPT: tuple[Kept, ...] = (
    _record_and_stream_agree,
    _each_change_has_its_entry,
    _ciphertext_goes_with_the_end,
    _each_answer_has_its_entry,
)
