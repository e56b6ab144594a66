"""A real Chromium for tests and pictures, and a record of everything it did."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    async_playwright,
    expect,
)

from storage import envelope
from storage.model import Kind, Link
from tests.links import Holder
from tests.site import Site

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

PLAIN_HOST = "plain.example"
"""A name that leads to this machine and that browsers do not trust without https."""

_NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
# What each new window costs and nobody sees here, more than most tests: two pages of the address
# bar's own, and a process for the next tab.
_SPARED = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
_AS_PLAYWRIGHT_DOES = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
_FLAGS = [
    "--no-sandbox",  # containers run as root, where the sandbox does not start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
    # Of this switch the last counts: what Playwright turns off by it stands here again.
    f"--disable-features={','.join((*_SPARED, *_AS_PLAYWRIGHT_DOES))}",
]
_PATIENCE = 20_000  # milliseconds, for a page on a machine that is busy with other tests
_REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass(frozen=True)
class Device:
    """A screen and how it is touched; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    scale: float
    touch: bool


PHONE = Device("phone", 390, 844, 2, touch=True)
DESKTOP = Device("desktop", 1280, 800, 1, touch=False)
DEVICES = (PHONE, DESKTOP)


@dataclass
class Watch:
    """What a browser asked for and complained about, in order."""

    origin: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and URL; URLs as the network sees them, without fragments."""
    refused: list[str] = field(default_factory=list)
    """Chromium's own console line for each answer above 399 and each broken connection."""
    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings, uncaught errors, dialogs, CSP reports."""

    @property
    def asked(self) -> list[str]:
        """The API calls that were sent: status, reveal, ack."""
        return [url.rsplit("/", 1)[1] for _, url in self.requests if "/api/" in url]

    @property
    def foreign(self) -> list[str]:
        """Requests to another origin than the site's."""
        return [url for _, url in self.requests if not url.startswith(self.origin + "/")]

    def clear(self) -> None:
        """Forget what was, for the next look at the same profile."""
        for seen in (self.requests, self.refused, self.complaints):
            seen.clear()

    async def attach(self, context: BrowserContext) -> None:
        """Listen to every page of a context, from before its first script runs."""
        context.on("request", self._on_request)
        context.on("console", lambda said: self._on_console(said.type, said.text))
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))

        async def report(_source: object, violation: str) -> None:
            self.complaints.append(f"CSP: {violation}")

        await context.expose_binding("reportViolation", report)
        await context.add_init_script(_REPORT_VIOLATIONS)

    def _on_request(self, request: Request) -> None:
        self.requests.append((request.method, request.url.partition("#")[0]))

    def _on_console(self, kind: str, text: str) -> None:
        if text.startswith("Failed to load resource:"):
            self.refused.append(text)
        elif kind in {"error", "warning"}:
            self.complaints.append(f"console {kind}: {text}")


@dataclass
class Visitor:
    """A stranger with a browser profile of their own."""

    context: BrowserContext
    watch: Watch

    async def open(self, url: str) -> Page:
        """Open a link in a new tab, as a click in a mail does."""
        page = await self.context.new_page()
        await page.goto(url)
        return page


def chromium() -> str:
    """Where Chromium is: $CHROMIUM, else the first one on PATH. Ends the process without one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        raise SystemExit("No Chromium found: install one, or name it with CHROMIUM=/path/to/it.")
    return found


@asynccontextmanager
async def launch() -> AsyncIterator[Browser]:
    """Start Chromium, headless; it ends with the block."""
    expect.set_options(timeout=_PATIENCE)
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS) as browser,
    ):
        yield browser


@asynccontextmanager
async def visitor(
    browser: Browser,
    origin: str,
    *,
    device: Device = DESKTOP,
    scheme: Scheme = "light",
    javascript: bool = True,
) -> AsyncIterator[Visitor]:
    """A fresh profile that may use the clipboard; empty again afterwards."""
    async with await browser.new_context(
        viewport={"width": device.width, "height": device.height},
        device_scale_factor=device.scale,
        has_touch=device.touch,
        is_mobile=device.touch,
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
        java_script_enabled=javascript,
    ) as context:
        context.set_default_timeout(_PATIENCE)
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
        watch = Watch(origin)
        await watch.attach(context)
        yield Visitor(context, watch)


def address(site: Site, holder: Holder) -> str:
    """The complete link, as it stands in the customer's mail."""
    token = envelope.encode_token(Kind.SHARE, holder.id, holder.key)
    return site.link(Link(Kind.SHARE, holder.id, token))
