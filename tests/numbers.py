"""How often a test repeats: everyday numbers in ``make test``, full ones with SLASH_SECRET_SOAK=1."""

import os
import zlib
from datetime import date

from tests.tally import drawn

SOAK = os.environ.get("SLASH_SECRET_SOAK") == "1"
# Of a test that takes minutes at full numbers, so that no worker of the soak is left with all of it.
SHARES = 4 if SOAK else 1
# Handed on to the workers: at midnight, too, all of them have to collect the same tests.
DAY = int(os.environ.setdefault("SLASH_SECRET_DAY", str(date.today().toordinal())))  # noqa: DTZ011 - any day will do


def n(requirement: str, *, everyday: int, full: int) -> int:
    """Give the number of runs for a requirement of docs/requirements (A1, B2 ...)."""
    number = full if SOAK else everyday
    drawn(requirement, number)
    return number


def has_its_turn(name: str, of: int) -> bool:
    """Whether a costly look is taken at this one today: each every so many days, all in the soak.

    SLASH_SECRET_DAY, a number, is another day.
    """
    return SOAK or (zlib.crc32(name.encode()) + DAY) % of == 0
