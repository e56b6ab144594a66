"""What the share page loads before the click: ``python -m tests.bytes``.

Opens a link in a Chromium that has never been here and counts every response as it came over the
wire, headers and compression included, the way the browser's own network panel counts. Ends with 1
above 20 KB or more than 4 requests.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession

from storage import logs
from tests.browsers import PHONE, launch, visitor
from tests.pictures import a_stage
from web.pages import WORKER

MAX_BYTES = 20 * 1024
MAX_REQUESTS = 4
_QUIET = 1.0  # seconds that a page has to start something late


@dataclass
class Response:
    """One request and what came back for it."""

    what: str
    encoding: str = ""
    wire: int = 0
    """Bytes on the wire: status line, headers and body as it was sent."""
    body: int = 0
    """Bytes of the body after decompression."""
    cached: bool = False
    """Taken from the browser's cache: it never reached the network."""


@dataclass
class Tally:
    """Every request of a page, by Chromium's own count."""

    responses: dict[str, Response] = field(default_factory=dict)

    async def listen(self, cdp: CDPSession) -> None:
        """Count from now on."""
        cdp.on("Network.requestWillBeSent", self._asked)
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.dataReceived", self._received)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.on("Network.requestServedFromCache", self._from_cache)
        await cdp.send("Network.enable")

    @property
    def requests(self) -> int:
        """How many went out to the network."""
        return sum(not response.cached for response in self.responses.values())

    @property
    def wire(self) -> int:
        """All bytes on the wire."""
        return sum(response.wire for response in self.responses.values())

    def _asked(self, event: dict[str, Any]) -> None:
        request = event["request"]
        path = urlsplit(request["url"]).path
        self.responses[event["requestId"]] = Response(f"{request['method']} {_shown(path)}")

    def _answered(self, event: dict[str, Any]) -> None:
        one, response = self.responses[event["requestId"]], event["response"]
        headers = {name.lower(): value for name, value in response["headers"].items()}
        one.encoding = headers.get("content-encoding", "-")
        one.cached = one.cached or bool(response.get("fromDiskCache"))

    def _from_cache(self, event: dict[str, Any]) -> None:
        self.responses[event["requestId"]].cached = True

    def _received(self, event: dict[str, Any]) -> None:
        self.responses[event["requestId"]].body += event["dataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.responses[event["requestId"]].wire = int(event["encodedDataLength"])


def _shown(path: str) -> str:
    """A path without its id."""
    return "/".join("<id>" if len(part) == 26 else part for part in path.split("/"))


async def count() -> Tally:
    """Open a link up to the button, with an empty cache."""
    tally = Tally()
    async with (
        a_stage() as stage,
        launch() as browser,
        visitor(browser, stage.site.url, device=PHONE) as stranger,
    ):
        page = await stranger.context.new_page()
        await tally.listen(await stranger.context.new_cdp_session(page))
        await stage.ready(page)
        await asyncio.sleep(_QUIET)
        return tally


def main() -> int:
    """Print the table, give the exit code."""
    logs.configure("CRITICAL")
    tally = asyncio.run(count())
    print(f"{'before the click':<42}{'encoding':>9}{'on the wire':>13}{'unpacked':>10}")
    for one in tally.responses.values():
        wire = "cached" if one.cached else one.wire
        print(f"{one.what:<42}{one.encoding:>9}{wire:>13}{one.body:>10}")
    print(
        f"{f'{tally.requests} requests (at most {MAX_REQUESTS})':<51}{tally.wire:>13} bytes", end=""
    )
    print(f" (at most {MAX_BYTES})")
    if tally.wire > MAX_BYTES or tally.requests > MAX_REQUESTS:
        print("The share page loads too much before the click.", file=sys.stderr)
        return 1
    if any(WORKER in one.what for one in tally.responses.values()):
        print("It loads the Worker for a passphrase that is not set.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
