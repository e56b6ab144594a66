"""A chart of the race: requests a second of everybody on one core, as SVG without any script.

It carries its own colours for light and dark, so that it can stand in a page as a picture.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

_KINDS = ("page", "create", "reveal")
_WHO = {
    "ceiling": "Ceiling: bare aiohttp, one script",
    "ours": "slash-secret, everything on",
    "naive": "Naive: redis-py's pool, one script",
    "SnapPass": "SnapPass on gunicorn",
}
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 760, 250, 18, 6, 56
_NUMBERS = 90
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .soft { fill: #59636e }
  .bar { fill: #8c959f }
  .ours { fill: #1a7f5a }
  .back { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .soft { fill: #9198a1 }
    .bar { fill: #656c76 }
    .ours { fill: #3fb68b }
    .back { fill: #0d1117 }
  }
"""


def drawn(report: Mapping[str, Any]) -> str:
    """The chart of a report."""
    rates = {
        (lap["what"], lap["who"]): float(lap["requests_per_second"])
        for lap in report["laps"]
        if lap["clients"] > 1 and lap["who"] in _WHO
    }
    longest = max(rates.values())
    parts, y = [], _TOP
    for kind in _KINDS:
        parts.append(f'<text class="title" x="16" y="{y}">{kind.capitalize()}</text>')
        y += 12
        for who, name in _WHO.items():
            if (kind, who) not in rates:
                continue
            parts += _bar(name, rates[kind, who], longest, y, ours=who == "ours")
            y += _BAR + _GAP
        y += 26
    title = "Requests a second on one core"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" '
        f'aria-label="{escape(title)}: {escape(_spoken(rates))}">\n<style>{_STYLE}</style>\n'
        f'<rect class="back" width="{_WIDTH}" height="{y}" rx="6"/>\n'
        f'<text class="soft" x="16" y="28">{escape(title)}, {report["date"]}</text>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def _bar(name: str, rate: float, longest: float, y: int, *, ours: bool) -> list[str]:
    width = max(2.0, rate / longest * (_WIDTH - _LEFT - _NUMBERS))
    middle, style = y + _BAR - 5, "ours" if ours else "bar"
    return [
        f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>',
        f'<rect class="{style}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="3"/>',
        f'<text x="{_LEFT + width + 8:.1f}" y="{middle}">{rate:,.0f}</text>',
    ]


def _spoken(rates: Mapping[tuple[str, str], float]) -> str:
    return "; ".join(
        f"{kind}: " + ", ".join(
            f"{name} {rates[kind, who]:,.0f}" for who, name in _WHO.items() if (kind, who) in rates
        )
        for kind in _KINDS
    )  # fmt: skip
