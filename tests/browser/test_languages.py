"""The customers' pages in their language: chosen by the agent, else by the browser."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from storage.languages import NAMES, Language
from storage.outcomes import Spoken
from tests.browser.axe import violations
from tests.browser.conftest import Visitors
from tests.browser.inquiry import PASSWORD, collected, inquire
from tests.browser.stage import SECRET, Stage, reveal_button, see
from tests.browser.states import ALL, NO_JAVASCRIPT
from tests.browser.states_languages import SCENES, play, state, wish
from tests.browsers import PHONE, Visitor, address, visitor
from tests.numbers import has_its_turn
from tests.people import ANNA, BEN
from tests.site import serve

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]
PSEUDO = "en-XA"
GERMAN, ARABIC = Language("de"), Language("ar")
TITLE = "Vertrauliche Information für Sie"
# Whose content is wider than they are; fields scroll what is typed, boxes wrap it.
_CUT = """() => [document.documentElement, ...document.querySelectorAll("body *")]
  .filter((one) => !one.closest("input, textarea, select, svg, noscript, .spoken"))
  .filter((one) => getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 60)}`)"""
# As .ci/locales.py makes texts longer; what people wrote, and times, are no texts of ours.
_LENGTHEN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (!text.data.trim() || text.parentElement.closest("pre, bdi, time, noscript, .code")) continue;
    text.data = `[${text.data.replace(/[aeiouyt]/g, (letter) => letter + letter)}]`;
  }
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def long(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A site that speaks the language of long words, built for these tests alone."""
    static = _built(tmp_path_factory.mktemp("long"))
    async with serve(stage.site.vault, stage.redis, static=static) as site:
        yield replace(stage, site=site)


def _built(folder: Path) -> Path:
    locales, static, ci = folder / "locales", folder / "static", ROOT / ".ci"
    subprocess.run([sys.executable, ci / "locales.py", "pseudo", locales], check=True)
    build = ["node", "build.mjs", str(static), str(locales)]
    node = [sys.executable, str(ci / "node.py"), *build]
    subprocess.run(node, check=True, stdout=subprocess.DEVNULL)
    return static


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(chromium: Browser, stage: Stage) -> AsyncIterator[Visitor]:
    """One profile on a phone."""
    async with visitor(chromium, stage.site.url, device=PHONE) as stranger:
        yield stranger


def asked(stranger: Visitor, name: str) -> list[str]:
    """What was fetched whose address begins so."""
    return [url for _, url in stranger.watch.requests if f"/assets/{name}" in url]


async def test_the_agents_choice_wins_over_the_browser(stage: Stage, stranger: Visitor) -> None:
    """An English browser gets the German page: texts, title, footer, language; and the secret."""
    holder = await stage.share()
    assert isinstance(await stage.site.vault.speak(ANNA, holder.id, GERMAN), Spoken)
    page = await stranger.open(address(stage.site, holder))
    await see(page, TITLE)
    assert await page.evaluate("document.documentElement.lang") == GERMAN
    assert (await page.title()).startswith(f"{TITLE} · localhost")
    await expect(page.get_by_role("link", name="Was wir sehen können")).to_be_visible()
    assert len(asked(stranger, "share.de-")) == 1
    await page.get_by_role("button", name="Zum Anzeigen klicken", exact=True).click()
    await see(page, "Ihre Information")
    await expect(page.get_by_role("group", name="Inhalt", exact=True)).to_have_text(SECRET)


async def test_a_browser_that_wishes_it_loads_nothing_more(stage: Stage, stranger: Visitor) -> None:
    """The page comes in its language, one script with its texts; the agent's same choice adds none."""
    holder = await stage.share()
    await stage.site.vault.speak(ANNA, holder.id, GERMAN)
    page = await stranger.context.new_page()
    await wish(page, "de-DE,de;q=0.9,en;q=0.1")
    await page.goto(address(stage.site, holder))
    await see(page, TITLE)
    assert [url.rsplit(".", 1)[1] for url in asked(stranger, "share.de-")] == ["js"]
    assert asked(stranger, "share-") == []


async def test_nobody_else_chooses(stage: Stage, stranger: Visitor) -> None:
    """Only who made it; and without a choice the browser's language stays."""
    holder = await stage.share()
    assert not isinstance(await stage.site.vault.speak(BEN, holder.id, GERMAN), Spoken)
    page = await stranger.open(address(stage.site, holder))
    await expect(reveal_button(page)).to_be_visible()


async def test_texts_that_do_not_come_hold_nothing_up(stage: Stage, visitors: Visitors) -> None:
    """The page goes on in the browser's language."""
    stranger = await visitors.new()
    holder = await stage.share()
    await stage.site.vault.speak(ANNA, holder.id, GERMAN)
    page = await stranger.context.new_page()
    await page.route("**/assets/share.de-*", lambda route: route.abort())
    await page.goto(address(stage.site, holder))
    await expect(reveal_button(page)).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"


async def test_a_request_in_arabic(stage: Stage, stranger: Visitor) -> None:
    """Right to left; the code is not; fields are named for the customer, and stored for the vault."""
    inquiry = await inquire(stage, ("Username", "Password"))
    await stage.site.vault.speak(ANNA, inquiry.id, ARABIC)
    page = await stranger.open(inquiry.address(stage))
    await state(page, "form")
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('main')).direction") == "rtl"
    )
    code = page.locator(".code")
    await expect(code).to_have_text(inquiry.code)
    assert await code.evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    await page.get_by_label("كلمة المرور", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="إرسال", exact=True).click()
    await state(page, "receipt")
    assert (await collected(stage, inquiry)).fields == (("Password", PASSWORD),)


async def _cut_off(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_CUT)
    return found


@pytest.mark.parametrize("language", [*NAMES, PSEUDO])
@pytest.mark.parametrize("scene", SCENES)
async def test_nothing_is_cut_off_in_any_language(
    stage: Stage, long: Stage, phone: Visitor, scene: str, language: str
) -> None:
    """On a phone; axe-core finds nothing, the page's language among what it looks at."""
    if language not in {PSEUDO, ARABIC} and not has_its_turn(f"{scene} {language}", of=6):
        pytest.skip("has its turn on another day")
    page = await phone.context.new_page()
    await play(SCENES[scene], language, long if language == PSEUDO else stage, page)
    assert await _cut_off(page) == []
    if has_its_turn(f"axe {scene} {language}", of=6):
        assert await violations(page) == []
    await page.close()


@pytest.mark.parametrize("name", ALL)
async def test_nothing_is_cut_off_where_words_are_long(
    stage: Stage, phone: Visitor, name: str
) -> None:
    """In every state of every page, with each text four tenths longer."""
    if name == NO_JAVASCRIPT or not has_its_turn(f"long {name}", of=10):
        pytest.skip("has its turn on another day")
    page = await phone.context.new_page()
    await ALL[name](stage, page)
    await page.evaluate(_LENGTHEN)
    assert await _cut_off(page) == []
    await page.close()


async def test_what_is_cut_off_is_found(stage: Stage, phone: Visitor) -> None:
    """The control: a line that does not wrap is wider than the phone."""
    page = await phone.context.new_page()
    await stage.ready(page)
    await page.evaluate("document.querySelector('.note').style.whiteSpace = 'nowrap'")
    await page.evaluate(_LENGTHEN)
    assert await _cut_off(page) != []
