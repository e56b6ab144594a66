"""How the tests read a page: its tables, headings and marked words."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def page(name: str) -> str:
    """A page's text, named from the top of the checkout."""
    return (ROOT / name).read_text()


def tables(text: str, heading: str) -> list[list[list[str]]]:
    """Every table whose header begins with that cell: rows of cells, without the header."""
    found = []
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if line.startswith(f"| {heading} |"):
            rest = lines[start + 2 :]
            end = next((i for i, row in enumerate(rest) if not row.startswith("|")), len(rest))
            found.append([_cells(row) for row in rest[:end]])
    return found


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def rows(text: str, heading: str) -> list[list[str]]:
    """Rows of all such tables. Fails where there is none: an empty list would prove nothing."""
    found = [row for table in tables(text, heading) for row in table]
    assert found, heading
    return found


def code(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def bold(text: str) -> list[str]:
    """What stands between double asterisks."""
    return re.findall(r"\*\*(.+?)\*\*", text)


def routes(text: str) -> set[tuple[str, str]]:
    """Method and path of each route in the table; in a cell, a method holds until the next one."""
    found, method = set(), ""
    for row in rows(text, "Route"):
        for words in code(row[0]):
            *named, path = words.split(" ")
            method = named[0] if named else method
            found.add((method, path))
    return found


def anchors(text: str) -> set[str]:
    """Fragments that lead to a heading, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
