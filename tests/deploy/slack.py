"""The tests' Slack in a process of its own, until it is killed; prints the port it listens on."""

import asyncio
from urllib.parse import urlsplit

from tests.slack import FakeSlack


async def main() -> None:
    """Start it and say where it is."""
    slack = FakeSlack()
    await slack.start()
    print(urlsplit(slack.base_url).port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
