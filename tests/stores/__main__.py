"""Run tests on another store: ``python -m tests.stores KIND [pytest's arguments]``.

    cluster    three servers that share the slots
    sentinel   a master, two replicas and three Sentinels
    acl        one server, and the user that docs/operators.md prints
    redis      Debian's Redis (``apt install redis-server``) over TLS
    volatile   one server with maxmemory-policy volatile-lru

Without further arguments it runs what needs the store: the vault's, the races', the web's and the
bot's tests.
"""

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager

from tests.stores import deployments

SUITE = ("tests/storage", "tests/races", "tests/web", "tests/bot")
FAILED_TO_START = 2


async def main(kind: str, arguments: list[str]) -> int:
    """Start the store, run pytest on it, and take it down. Give pytest's exit status."""
    async with _deployment(kind) as store:
        found = {"TEST_REDIS_URL": store.url}
        if store.admin:
            found["TEST_REDIS_ADMIN_URL"] = store.admin
        # One worker: each test empties the store.
        command = ("-m", "pytest", "-n", "0", *(arguments or SUITE))
        run = await asyncio.create_subprocess_exec(sys.executable, *command, env=os.environ | found)
        return await run.wait()


def _deployment(kind: str) -> AbstractAsyncContextManager[deployments.Deployment]:
    if kind not in deployments.KINDS:
        raise SystemExit(f"{__doc__}\nThere is no store called {kind}.")
    return deployments.KINDS[kind]()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "?", sys.argv[2:])))
