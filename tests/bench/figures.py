"""What was measured, against what was promised: one figure a line of the table, with its spread."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Sense = Literal[">=", "<="]
_HOLDS: dict[Sense, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Figure:
    """One measured thing. ``low`` and ``high`` are the extremes of the rounds around the median."""

    row: str
    """P1 to P14."""
    what: str
    measured: float
    low: float
    high: float
    unit: str = "x"
    goal: float | None = None
    """None: printed, and nothing was promised."""
    sense: Sense = "<="

    @property
    def number(self) -> int:
        """The row's, to sort by."""
        return int(self.row[1:])

    @property
    def holds(self) -> bool | None:
        """Whether the promise is kept, by the median; None where there is none."""
        return None if self.goal is None else _HOLDS[self.sense](self.measured, self.goal)

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        rounded = {name: round(getattr(self, name), 4) for name in ("measured", "low", "high")}
        return {**asdict(self), **rounded, "holds": self.holds}

    def cells(self) -> list[str]:
        """As the table shows it: row, what, goal, measured, spread, holds."""
        goal = "-" if self.goal is None else f"{self.sense} {shown(self.goal, self.unit)}"
        verdict = {True: "holds", False: "MISSED", None: "-"}[self.holds]
        spread = f"{shown(self.low, '')} to {shown(self.high, self.unit)}"
        return [
            self.row, self.what, goal, shown(self.measured, self.unit),
            spread if self.low != self.high else "-", verdict,
        ]  # fmt: skip


def of_rounds(row: str, what: str, values: Sequence[float], **more: Any) -> Figure:
    """A figure whose measured value is the rounds' median."""
    return Figure(row, what, median(values), min(values), max(values), **more)


def shown(value: float, unit: str) -> str:
    """A number with three digits that matter, and its unit."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    if digits and float(value).is_integer():
        text = f"{value:,.0f}"
    return f"{text} {unit}".strip()


def table(figures: Sequence[Figure]) -> str:
    """All figures in columns, for a terminal."""
    ordered = sorted(figures, key=lambda one: one.number)
    lines = [["", "what", "goal", "measured", "spread", ""], *(one.cells() for one in ordered)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
