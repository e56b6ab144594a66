"""What one check says: a value, made by small functions, printed in one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. UNCHECKED: nobody knows, which is no reassurance."""

    OK = "ok"
    UNCHECKED = "unchecked"
    WARNING = "warning"
    ERROR = "error"


FINE, WARNINGS, ERRORS = 0, 1, 2
_STATUS = {
    Level.OK: FINE,
    Level.UNCHECKED: WARNINGS,
    Level.WARNING: WARNINGS,
    Level.ERROR: ERRORS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. ``found`` and ``remedy`` are sentences and never hold a secret."""

    level: Level
    name: str
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Finding:
    """As it should be."""
    return Finding(Level.OK, name, found)


def unchecked(name: str, found: str, remedy: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(Level.UNCHECKED, name, found, remedy)


def warning(name: str, found: str, remedy: str) -> Finding:
    """It works, and a promise of the product is weaker than it could be."""
    return Finding(Level.WARNING, name, found, remedy)


def error(name: str, found: str, remedy: str) -> Finding:
    """It does not work, or a promise does not hold."""
    return Finding(Level.ERROR, name, found, remedy)


def status_of(findings: Iterable[Finding]) -> int:
    """0: all is well. 1: something to look at, or something could not be looked at. 2: errors."""
    return max((_STATUS[finding.level] for finding in findings), default=FINE)


def span(seconds: float) -> str:
    """``3 minutes``: a time in the largest unit that it fills."""
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return _count(int(seconds // size), name)
    return _count(int(seconds), "second")


def size(count: float) -> str:
    """``1.5 GiB``: bytes as people read them."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004 - what each unit holds of the one before
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
