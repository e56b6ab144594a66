"""Findings as a person reads them, and as a program does."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.doctor.finding import ERRORS, FINE, WARNINGS, Finding, Level, status_of

VERSION = 1
_WORD = {FINE: "fine", WARNINGS: "warnings", ERRORS: "errors"}
_LEVELS = (Level.ERROR, Level.WARNING, Level.UNCHECKED, Level.OK)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A row for each check, a remedy below where there is one, and the sum."""
    wide = max((len(finding.name) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level:<9}  {finding.name:<{wide}}  {_plain(finding.found)}"
        if finding.remedy:
            yield f"{'':<9}  {'':<{wide}}  -> {_plain(finding.remedy)}"
    counts = Counter(finding.level for finding in findings)
    yield ", ".join(f"{counts[level]} {level}" for level in _LEVELS if counts[level])


def as_json(findings: Sequence[Finding]) -> str:
    """One object. Its shape is documented in docs/operators.md, and only ever grows."""
    status = status_of(findings)
    return json.dumps(
        {
            "version": VERSION,
            "status": _WORD[status],
            "exit": status,
            "findings": [
                {
                    "check": finding.name,
                    "level": finding.level.value,
                    "found": _plain(finding.found),
                    "remedy": _plain(finding.remedy),
                }
                for finding in findings
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _plain(text: str) -> str:
    """On one line, and nothing that steers a terminal: some of it is another server's text."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
