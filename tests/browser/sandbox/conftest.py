"""The sandbox's page in a real browser, on a server of the tests' own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.sandbox.pretend import Json, Pretend, pretend, view
from tests.browsers import DESKTOP, Device, Visitor, Watch, visitor

TALL = 4000
# The new size is there, and two frames on what it moves has moved.
_DRAWN = """(tall) => new Promise((done) => {
  const look = () => requestAnimationFrame(
    () => innerHeight >= tall ? requestAnimationFrame(() => requestAnimationFrame(done)) : look());
  look();
})"""
SMALL = Device("small phone", 360, 740, 2, touch=True)


@dataclass(frozen=True)
class Desk:
    """The page, what stands behind it, and what the browser said."""

    slack: Pretend
    page: Page
    watch: Watch

    async def show(self, **what: object) -> None:
        """Change what is there, and wait until the page shows it."""
        await self.slack.show(**what)
        revision = str(self.slack.revision)
        await expect(self.page.locator("#root")).to_have_attribute("data-revision", revision)

    async def open(self, body: Json, **more: Any) -> Locator:
        """Show one modal, and give its dialog."""
        await self.show(modals=[view(body, **more)])
        return self.dialog(body["title"]["text"])

    def dialog(self, title: str) -> Locator:
        """A dialog by its title."""
        return self.page.get_by_role("dialog", name=title, exact=True)

    def button(self, name: str) -> Locator:
        """A button, or a link that acts as one, by exactly its text."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def composer(self) -> Locator:
        """Where people type."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    async def settled(self) -> None:
        """Wait until whatever was pressed has been answered."""
        await expect(self.page.locator("#root")).to_have_attribute("data-busy", "0")

    async def violations(self, where: str = "html") -> list[str]:
        """What axe-core finds. On a screen where nothing scrolls: it judges only what it sees."""
        size = self.page.viewport_size
        assert size
        await self.page.set_viewport_size({"width": size["width"], "height": TALL})
        await self.page.evaluate(_DRAWN, TALL)
        found = await violations(self.page, where)
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size(size)
        return found

    async def arrive(self) -> None:
        """Open the page."""
        await self.page.goto(self.slack.url + "/sandbox")
        await expect(self.composer).to_be_visible()


@dataclass(frozen=True)
class Booth:
    """One server, and a browser profile for each size of screen."""

    slack: Pretend
    desktop: Visitor
    phone: Visitor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def booth(chromium: Browser) -> AsyncIterator[Booth]:
    """The server and two profiles, made once; every test begins with nothing on the server."""
    async with (
        pretend() as slack,
        visitor(chromium, slack.url, device=DESKTOP) as desktop,
        visitor(chromium, slack.url, device=SMALL) as phone,
    ):
        yield Booth(slack, desktop, phone)


@asynccontextmanager
async def _seated(slack: Pretend, who: Visitor) -> AsyncIterator[Desk]:
    who.watch.clear()
    made = Desk(slack, await who.context.new_page(), who.watch)
    await made.arrive()
    yield made
    await made.page.close()
    assert who.watch.foreign == []
    assert who.watch.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def slack(booth: Booth) -> Pretend:
    """A server that shows nothing yet."""
    await booth.slack.reset()
    return booth.slack


@pytest_asyncio.fixture(loop_scope="session")
async def desk(booth: Booth, slack: Pretend) -> AsyncIterator[Desk]:
    """The page on a desktop. Afterwards: nothing asked of anybody else, no complaint."""
    async with _seated(slack, booth.desktop) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def phone(booth: Booth, slack: Pretend) -> AsyncIterator[Desk]:
    """The same on the smallest phone we care for."""
    async with _seated(slack, booth.phone) as made:
        yield made
