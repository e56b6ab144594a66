"""What ``audit verify`` says: a verdict in sentences, without a store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from storage.checkpoints import Break
from storage.notices import NEVER, EntryId
from storage.verifier import Fault, Finding, Untold, Verdict

NO_TRAIL = "Cannot tell: there is no audit trail in this store, and DATA_DIR knows of none."
SUMMARY = ("Clean.", "Not clean: see what was found above.", "Cannot tell: see above.")


def lines(found: Verdict) -> Iterator[str]:
    """One sentence each: what holds, what does not, what can't be told."""
    return (f"{found.tag}: {sentence}" for sentence in _sentences(found))


def _sentences(found: Verdict) -> Iterator[str]:
    if found.count:
        yield (
            f"{_count(found.entries, 'entry', 'entries')} in "
            f"{_count(found.count, 'checkpoint', 'checkpoints')}, {_span(found.first, found.last)}, "
            "read as sealed."
        )
    for one in found.findings:
        yield f"FOUND {one.fault.value}, {_span(one.since, one.until)}: {_finding(one)}"
    if found.unsealed and found.unsealed_since:
        yield (
            f"The newest {_count(found.unsealed, 'entry', 'entries')}, from "
            f"{_time(found.unsealed_since)} on, {'is' if found.unsealed == 1 else 'are'} not sealed "
            "yet: whether anything was changed there cannot be told."
        )
    if found.count and not found.anchored:
        yield (
            "DATA_DIR of this machine knows no checkpoint of this trail, so a store that was set "
            "back, or cut together with its checkpoints, would not show here."
        )
    if found.untold:
        yield _untold(found.untold)


_FOUND = {
    Fault.CHANGED: "{found} entries, as many as were sealed, changed or in another order.",
    Fault.REMOVED: "{missing} of {sealed} entries are gone.",
    Fault.ADDED: "{found} entries where {sealed} were sealed.",
    Fault.CUT: "the end is cut off: {missing} of {sealed} entries are gone.",
    Fault.RETURNED: "entries stand where age had let all go.",
    Fault.CHECKPOINT_REMOVED: "checkpoints are gone, and nothing proves what they covered.",
    Fault.CHECKPOINT_ALTERED: (
        "a checkpoint is not what was written, and nothing proves what it covered."
    ),
    Fault.FOREIGN_KEY: (
        "sealed under a key that is not in SECRETS_HMAC_KEY, and no later checkpoint vouches for it."
    ),
    Fault.WENT_BACK: (
        "the store does not hold the last checkpoint that this machine knows of: it is an older or "
        "another one, or its end was cut off."
    ),
    Fault.ANCHOR_ALTERED: "the anchor in DATA_DIR is not what was written.",
    Fault.BEGAN_ANEW: "at {at} the sealer began anew, because {why}.",
}


def _finding(one: Finding) -> str:
    return _FOUND[one.fault].format(
        found=one.found,
        sealed=one.sealed,
        missing=one.sealed - one.found,
        at=datetime.fromtimestamp(one.at or 0, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        why=_why(one.why),
    )


def _why(why: Break) -> str:
    match why:
        case Break.WENT_BACK:
            return "the store had gone back or was emptied"
        case Break.ALTERED:
            return "the trail was not what was sealed"
        case Break.KEY_MISSING:
            return "the last checkpoint's key was not configured"
        case Break.NONE:
            return "it had to"
        case _:
            assert_never(why)


def _untold(why: Untold) -> str:
    match why:
        case Untold.EMPTY:
            return "Nothing is in this trail."
        case Untold.NOTHING_SEALED:
            return "Nothing is sealed yet: no bot process has looked after this trail."
        case Untold.NO_KEY:
            return "Every checkpoint is under a key that is not in SECRETS_HMAC_KEY."
        case Untold.BEHIND:
            return (
                "Sealing has stopped: is a bot process running, and does its log say seal_failed?"
            )
        case _:
            assert_never(why)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _span(since: EntryId, until: EntryId | None) -> str:
    start = "from the beginning" if since == NEVER else f"after {_time(since)}"
    return f"{start} up to {_time(until)}" if until else start


def _time(entry: EntryId) -> str:
    """An entry's time; what is no time of a calendar can only have been made up."""
    try:
        at = datetime.fromtimestamp(entry.ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(entry)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03d} UTC"
