"""A site to visit, what a visitor sees on its pages, and what can happen to their connection."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from playwright.async_api import APIResponse, Locator, Page, Route, expect

from storage.model import Content, Details, Lifetime, Passphrase, Status
from storage.outcomes import Shared
from storage.seal import KeyRing
from tests.browsers import address
from tests.links import Holder
from tests.people import ANNA
from tests.raw import RawStore
from tests.site import Site, serve
from web.brand import Brand

GONE = (
    "Information no longer available. Contact the person who sent you this link and ask them to "
    "create a new secret."
)
SECRET = "correct-horse-battery-staple-4711"
_SILENCE = """{
  const send = fetch;
  const waits = (url) => String(url).endsWith("/VERB");
  window.fetch = (url, how) => (waits(url) ? new Promise(() => {}) : send(url, how));
}"""


@dataclass(frozen=True)
class Stage:
    """A site, and hands on the store behind it."""

    site: Site
    redis: RawStore
    ring: KeyRing

    async def share(
        self,
        content: Content | str = SECRET,
        *,
        single_use: bool = True,
        passphrase: str | None = None,
    ) -> Holder:
        """Make a secret as an agent does."""
        body = Content(text=content) if isinstance(content, str) else content
        made = await self.site.vault.share(
            ANNA,
            body,
            label="ACME",
            lifetime=Lifetime(86_400),
            single_use=single_use,
            passphrase=None if passphrase is None else Passphrase.of(passphrase),
        )
        assert isinstance(made, Shared)
        return Holder.of(made.link)

    async def status(self, holder: Holder) -> Status:
        """What the team sees."""
        found = await self.site.vault.details(ANNA.workspace, holder.id)
        assert isinstance(found, Details)
        return found.summary.status

    async def visit(self, page: Page, holder: Holder | None = None) -> Holder:
        """Open a link, a new secret's unless one is given."""
        holder = holder or await self.share()
        await page.goto(address(self.site, holder))
        return holder

    async def ready(self, page: Page, holder: Holder | None = None) -> Holder:
        """Open a link and see the button."""
        holder = await self.visit(page, holder)
        await expect(reveal_button(page)).to_be_visible()
        return holder

    async def reveal(self, page: Page, holder: Holder | None = None) -> Holder:
        """Open a link and click."""
        holder = await self.ready(page, holder)
        await reveal_button(page).click()
        await see(page, "Your secret")
        return holder


Play = Callable[[Stage, Page], Awaitable[object]]
"""A way into a state of a page."""


@asynccontextmanager
async def in_look(stage: Stage, brand: Brand) -> AsyncIterator[Stage]:
    """Run one more site in a team's look, before the same store."""
    async with serve(stage.site.vault, stage.redis, brand=brand) as site:
        yield replace(stage, site=site)


def reveal_button(page: Page) -> Locator:
    """The big one, by its exact words."""
    return page.get_by_role("button", name="Click to reveal", exact=True)


def passphrase_field(page: Page) -> Locator:
    """Where the passphrase is typed."""
    return page.get_by_label("Passphrase", exact=True)


async def try_passphrase(page: Page, typed: str) -> None:
    """Type a passphrase and press Enter."""
    await passphrase_field(page).fill(typed)
    await passphrase_field(page).press("Enter")


async def complaint(page: Page, text: str) -> None:
    """Wait until the field says what is wrong with what was typed, in exactly these words."""
    # After Argon2 most often, which takes its time where WebAssembly is missing and others compute.
    await expect(page.get_by_role("alert")).to_have_text(text, timeout=60_000)


def again_button(page: Page) -> Locator:
    """What every broken connection offers."""
    return page.get_by_role("button", name="Try again", exact=True)


def box(page: Page, name: str = "Secret") -> Locator:
    """The box with a part of the secret, by the part's name."""
    return page.get_by_role("group", name=name, exact=True)


async def see(page: Page, title: str) -> None:
    """Wait until a screen's heading is there."""
    await expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


async def answer(page: Page, verb: str, status: int, body: str = "{}", **headers: str) -> None:
    """Answer a call in the server's place from now on."""

    async def fulfill(route: Route) -> None:
        await route.fulfill(
            status=status, content_type="application/json", body=body, headers=headers
        )

    await page.route(f"**/{verb}", fulfill)


async def never_answer(page: Page, verb: str) -> None:
    """Let a call wait for ever."""
    await page.add_init_script(_SILENCE.replace("VERB", verb))


async def serve_worker(page: Page, script: str, *, real: bool = False) -> None:
    """Serve this as the Worker for Argon2, before the real one or in its place."""

    async def fulfill(route: Route) -> None:
        response = await route.fetch()
        body = script + (await response.text() if real else "")
        await route.fulfill(response=response, body=body)

    await page.route("**/assets/argon2-worker-*", fulfill)


async def handled(route: Route) -> APIResponse:
    """Let the server do what was asked, and hold its answer in hand."""
    # Playwright repeats the request without what only a browser may say.
    headers = await route.request.all_headers() | {"sec-fetch-site": "same-origin"}
    response = await route.fetch(headers=headers)
    assert response.ok
    return response


async def cut(page: Page, verb: str, times: int) -> None:
    """Lose the server's next answers on the way, after it has done its work."""

    async def lose(route: Route) -> None:
        await handled(route)
        await route.abort("connectionreset")

    await page.route(f"**/{verb}", lose, times=times)
