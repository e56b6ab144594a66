"""The main states of the customers' pages, in any language: found by what they are, not by words."""

from collections.abc import Awaitable, Callable
from functools import partial

from playwright.async_api import Page, Route, expect

from tests.browser.inquiry import inquire, reply
from tests.browser.stage import Play, Stage
from tests.browsers import address

# Of which `make pictures` takes pictures: the longest words, and the other direction.
SHOWN = ("de", "ar")
Scene = Callable[[Stage, Page], Awaitable[object]]


async def state(page: Page, name: str) -> None:
    """Wait until the page is in a state."""
    await expect(page.locator(f'main[data-state="{name}"]')).to_be_visible()


async def _ready(stage: Stage, page: Page) -> None:
    await stage.visit(page)
    await state(page, "ready")


async def _reusable(stage: Stage, page: Page) -> None:
    await stage.visit(page, await stage.share(single_use=False))
    await state(page, "ready")


async def _locked(stage: Stage, page: Page) -> None:
    await stage.visit(page, await stage.share(passphrase="maple"))
    await page.locator("#passphrase").fill("oak")
    await page.locator("#passphrase").press("Enter")
    await expect(page.get_by_role("alert")).not_to_be_empty()


async def _secret(stage: Stage, page: Page) -> None:
    await _ready(stage, page)
    await page.locator("main button.primary").click()
    await state(page, "secret")


async def _gone(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await stage.site.ask("reveal", holder)
    await stage.visit(page, holder)
    await state(page, "gone")


async def _damaged(stage: Stage, page: Page) -> None:
    await page.goto(address(stage.site, await stage.share())[:-5])
    await state(page, "damaged")


async def _form(stage: Stage, page: Page) -> None:
    await page.goto((await inquire(stage)).address(stage))
    await state(page, "form")


async def _receipt(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await reply(stage, inquiry)
    await page.goto(inquiry.address(stage))
    await state(page, "receipt")


async def _home(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.site.url}/")


async def _about(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.site.url}/about")


async def wish(page: Page, languages: str) -> None:
    """Have the browser ask for pages in a language; Chromium's own wish cannot be set for a page."""

    async def ask(route: Route) -> None:
        if route.request.resource_type == "document":
            headers = route.request.headers | {"accept-language": languages}
            await route.continue_(headers=headers)
        else:
            await route.fallback()

    await page.route("**/*", ask)


SCENES: dict[str, Scene] = {
    "ready": _ready,
    "ready-reusable": _reusable,
    "locked": _locked,
    "secret": _secret,
    "gone": _gone,
    "damaged": _damaged,
    "form": _form,
    "receipt": _receipt,
    "home": _home,
    "about": _about,
}


async def play(scene: Scene, language: str, stage: Stage, page: Page) -> None:
    """Bring a page into a state, in the language of its browser."""
    await wish(page, language)
    await scene(stage, page)
    await expect(page.locator(f'html[lang="{language}"]')).to_be_attached()


SPOKEN: dict[str, Play] = {
    f"{name}-{language}": partial(play, scene, language)
    for language in SHOWN
    for name, scene in SCENES.items()
}
