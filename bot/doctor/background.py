"""Whether a ``bot`` process does its work: seals the trail, and looks after what is due."""

from collections.abc import Sequence

from bot.doctor.finding import Finding, error, ok, span, unchecked, warning
from storage.examine import Work

LATE = 5 * 60.0
VERY_LATE = 60 * 60.0


def sealing(found: Sequence[Work]) -> list[Finding]:
    """How long ago each trail got its last checkpoint, and what waits for one."""
    name = "audit trail"
    if not found:
        return [ok(name, "the store holds none yet")]
    return [_sealing(name, one) for one in _ours(found)]


def _ours(found: Sequence[Work]) -> Sequence[Work]:
    """What somebody is at work on, if anything: what a sandbox left behind is nobody's task."""
    return [one for one in found if one.leased] or found


def _sealing(name: str, one: Work) -> Finding:
    last = "never sealed" if one.sealed is None else f"sealed {span(one.sealed)} ago"
    if one.unsealed > LATE:
        make = error if one.unsealed > VERY_LATE else warning
        return make(
            name,
            f"{one.tag}: {last}, and entries have waited for {span(one.unsealed)}: what is changed "
            "there would not show",
            "start a bot process; if one runs, its log says why (seal_failed)",
        )
    waiting = "no entry to seal yet" if one.sealed is None and not one.unsealed else last
    return ok(name, f"{one.tag}: {waiting}")


def looking(found: Sequence[Work]) -> Finding:
    """Whether somebody is at work, and since when nobody was."""
    name = "bot process"
    overdue = max((one.overdue for one in _ours(found)), default=0.0)
    if overdue > LATE:
        make = error if overdue > VERY_LATE else warning
        return make(
            name,
            f"nobody has looked after what was due for {span(overdue)}: agents get no messages, "
            "and losses are not noticed",
            "start a bot process; if one runs, its log says why (sweep_failed)",
        )
    if any(one.leased for one in found):
        return ok(name, "at work")
    if not found:
        return ok(name, "nothing to do yet")
    return unchecked(name, "none is at work now", "start one: python -m bot, or slash-secret run")
