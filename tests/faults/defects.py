"""A production process with a defect, to show that the checker bites.

``python -m tests.faults.defects web`` is ``python -m web`` whose claim is a GET and a DEL: two
calls, as five of seven peers do it.
"""

import sys

from redis.asyncio import Redis

from bot.cli import main
from storage import usecase
from storage.durable import Durable
from storage.scripts import Scripts, Watch
from tests.races.test_at_most_once import GetThenDelete


class _WithoutClaim(Scripts):
    def __init__(
        self, redis: Redis, durable: Durable | None = None, watch: Watch | None = None
    ) -> None:
        super().__init__(redis, durable, watch)
        self._open = GetThenDelete()  # type: ignore[assignment]


if __name__ == "__main__":
    vars(usecase)["Scripts"] = _WithoutClaim
    sys.exit(main(sys.argv[1:]))
