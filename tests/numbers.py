"""How often a test repeats: everyday numbers in ``make test``, full ones with SLASH_SECRET_SOAK=1."""

import os

from tests.tally import drawn

SOAK = os.environ.get("SLASH_SECRET_SOAK") == "1"


def n(requirement: str, *, everyday: int, full: int) -> int:
    """Give the number of runs for a requirement of docs/requirements (A1, B2 ...)."""
    number = full if SOAK else everyday
    drawn(requirement, number)
    return number
