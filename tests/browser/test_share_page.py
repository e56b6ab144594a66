"""The share page as a stranger meets it: open the link, click, copy, close."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Page, Route, expect

from storage.model import State
from tests.browser.conftest import Visitors
from tests.browser.stage import GONE, Stage, box, reveal_button, see
from tests.browsers import Visitor, address, visitor
from tests.numbers import n

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = {
    "plain": "hunter2",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600 caf\u00e9 e\u0301",
    "right to left": "\u05e1\u05d9\u05e1\u05de\u05d4 \u202e123\u202c \u0645\u0641\u062a\u0627\u062d",
    "white space": "  two before, three after\t \n\n\n last line, then blank ones  \n \n",
    "separators": "one\u2028two\u2029three\u0085four\ufefffive",
    "controls": "nul \x00, bell \x07, escape \x1b[31m, delete \x7f",
    "markup": "<img src=x onerror=alert(1)>&amp;&lt;",
}


async def paste(stranger: Visitor) -> str:
    """What a paste into another program would give."""
    page = await stranger.context.new_page()
    await page.set_content("<textarea autofocus></textarea>")
    await page.locator("textarea").focus()
    await page.keyboard.press("ControlOrMeta+v")
    pasted = await page.locator("textarea").input_value()
    await page.close()
    return pasted


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_a_click_shows_the_text_character_for_character(
    stage: Stage, stranger: Visitor, text: str
) -> None:
    """What comes out is what went in, whatever it is made of."""
    page = await stranger.context.new_page()
    holder = await stage.reveal(page, await stage.share(text))
    assert await box(page).text_content() == text
    assert stranger.watch.asked == ["status", "reveal", "ack"]
    assert (await stage.site.ask("status", holder)).status == 410


async def test_the_page_says_who_what_and_until_when_before_the_click(
    stage: Stage, visitors: Visitors
) -> None:
    """Team, agent, single use or reusable, and the end stand above the button."""
    for single_use, terms in ((True, "It can be opened once."), (False, "more than once.")):
        stranger = await visitors.new()
        page = await stranger.context.new_page()
        await stage.ready(page, await stage.share(single_use=single_use))
        main = page.get_by_role("main")
        await expect(main).to_contain_text("From anna at Example Support")
        await expect(main).to_contain_text(terms)
        # The moment is in the reader's own time zone, and names it.
        when = r"^\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d CES?T$"
        await expect(main.get_by_role("time")).to_have_text(re.compile(when))
        await expect(page.get_by_role("banner")).to_contain_text("Example Support")
        assert await page.title() == "A secret for you · localhost"


@pytest.mark.parametrize("name", ["plain", "emoji", "right to left", "white space", "markup"])
async def test_copy_to_clipboard(stage: Stage, stranger: Visitor, name: str) -> None:
    """The clipboard gets the text itself, and the page says so; also while it is hidden."""
    page = await stranger.context.new_page()
    await stage.reveal(page, await stage.share(TEXTS[name]))
    await page.get_by_role("button", name="Hide").click()
    await page.get_by_role("button", name="Copy to clipboard").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text("Secret copied to your clipboard.")
    await expect(box(page, "Secret, hidden")).to_have_text("")
    assert await paste(stranger) == TEXTS[name]


async def test_copying_that_the_browser_forbids(stage: Stage, chromium: Browser) -> None:
    """Never claim a copy that did not happen: the text is selected instead, and that is said."""
    async with visitor(chromium, stage.site.url) as stranger:
        await _fail_to_copy(stage, stranger)
        (complaint,) = stranger.watch.complaints  # of the policy that this test put there
        assert "Clipboard API has been blocked" in complaint


async def _fail_to_copy(stage: Stage, stranger: Visitor) -> None:

    async def forbid(route: Route) -> None:
        real = await route.fetch()
        policy = real.headers["permissions-policy"].replace("write=(self)", "write=()")
        await route.fulfill(response=real, headers={**real.headers, "permissions-policy": policy})

    page = await stranger.context.new_page()
    await page.route("**/s/*", forbid)
    await stage.reveal(page, await stage.share("hunter2"))
    await page.get_by_role("button", name="Hide").click()
    await page.get_by_role("button", name="Copy to clipboard").click()
    await expect(page.get_by_role("status")).to_contain_text("copy it by hand")
    assert await page.evaluate("getSelection().toString()") == "hunter2"
    await page.keyboard.press("ControlOrMeta+c")
    assert await paste(stranger) == "hunter2"


async def test_hide_and_show(stage: Stage, stranger: Visitor) -> None:
    """Hidden means not in the page at all, and not its length either."""
    page = await stranger.context.new_page()
    await stage.reveal(page, await stage.share("hunter2"))
    height = await box(page).evaluate("(box) => box.offsetHeight")
    await page.get_by_role("button", name="Hide").click()
    await expect(page.get_by_role("status")).to_contain_text("Press Show")
    assert "hunter2" not in await page.content()
    hidden = box(page, "Secret, hidden")
    assert await hidden.evaluate("(box) => box.offsetHeight") == height
    await page.get_by_role("button", name="Show").click()
    assert await box(page).text_content() == "hunter2"


async def test_it_hides_itself_after_five_minutes(stage: Stage, stranger: Visitor) -> None:
    """Hidden after 5 minutes, shown again on request, hidden again 5 minutes later."""
    page = await stranger.context.new_page()
    await page.clock.install()
    await stage.reveal(page, await stage.share("hunter2"))
    for _ in range(2):
        await page.clock.fast_forward("04:55")
        assert await box(page).text_content() == "hunter2"
        await page.clock.fast_forward("00:06")
        await expect(page.get_by_role("status")).to_contain_text("Hidden after five minutes")
        assert "hunter2" not in await page.content()
        await page.get_by_role("button", name="Show").click()


async def test_the_second_one_to_open_it_learns_that_it_is_gone(
    stage: Stage, visitors: Visitors
) -> None:
    """The exact sentence, that it was opened, and when; nothing of the secret."""
    first, second = await visitors.new(), await visitors.new()
    page = await first.context.new_page()
    holder = await stage.reveal(page, await stage.share("hunter2"))
    page = await second.open(address(stage.site, holder))
    await see(page, "Already opened")
    await expect(page.get_by_text(GONE, exact=True)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("if that was not you, tell them")
    shown = await page.get_by_role("time").get_attribute("datetime")
    opened = (await stage.status(holder)).last_opened
    assert shown
    assert opened
    assert datetime.fromisoformat(shown) == datetime.fromtimestamp(opened, UTC)
    assert "hunter2" not in await page.content()
    assert second.watch.asked == ["status"]


async def test_two_open_pages_and_two_clicks(stage: Stage, visitors: Visitors) -> None:
    """Both saw the button; one gets the secret, the other learns that it is gone."""
    pages = [await (await visitors.new()).context.new_page() for _ in range(2)]
    holder = await stage.share("hunter2")
    for page in pages:
        await stage.ready(page, holder)
    await reveal_button(pages[0]).click()
    await see(pages[0], "Your secret")
    await reveal_button(pages[1]).click()
    await see(pages[1], "Already opened")
    assert await box(pages[0]).text_content() == "hunter2"


async def test_a_reload_before_the_click_loses_nothing(stage: Stage, stranger: Visitor) -> None:
    """Phones reload tabs behind people's backs: the fragment is still there."""
    page = await stranger.context.new_page()
    holder = await stage.ready(page, await stage.share("hunter2"))
    for _ in range(3):
        await page.reload()
        await expect(reveal_button(page)).to_be_visible()
    assert page.url == address(stage.site, holder)
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


async def test_a_reload_after_the_click(stage: Stage, stranger: Visitor) -> None:
    """The exact sentence, and no request at all."""
    page = await stranger.context.new_page()
    await stage.reveal(page, await stage.share("hunter2"))
    asked = list(stranger.watch.asked)
    await page.reload()
    await see(page, "Already shown")
    sentence = "You opened this secret in this tab. It cannot be shown again."
    await expect(page.get_by_text(sentence, exact=True)).to_be_visible()
    assert stranger.watch.asked == asked
    assert "hunter2" not in await page.content()


async def test_a_reusable_secret_stays(stage: Stage, visitors: Visitors) -> None:
    """It says until when, keeps its link, and a reload or another reader can open it again."""
    holder = await stage.share("hunter2", single_use=False)
    for _ in range(2):
        stranger = await visitors.new()
        page = await stranger.context.new_page()
        await stage.reveal(page, holder)
        assert await box(page).text_content() == "hunter2"
        await expect(page.get_by_role("main")).to_contain_text("It stays readable until")
        assert page.url == address(stage.site, holder)
        await page.reload()
        await reveal_button(page).click()
        assert await box(page).text_content() == "hunter2"


async def _go_elsewhere_and_back(page: Page) -> None:
    await page.goto(page.url.partition("/s/")[0] + "/about")
    await page.go_back()


async def _leave_and_be_kept(page: Page) -> None:
    """What the browser does to a page it keeps for the Back button."""
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert "hunter2" not in await page.content()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


@pytest.mark.parametrize("leave", [_go_elsewhere_and_back, _leave_and_be_kept])
@pytest.mark.parametrize("single_use", [True, False])
async def test_the_back_button_shows_no_secret(
    stage: Stage,
    stranger: Visitor,
    single_use: bool,  # noqa: FBT001
    leave: Callable[[Page], Awaitable[None]],
) -> None:
    """Coming back finds the page empty: single use is over, reusable waits for another click."""
    page = await stranger.context.new_page()
    await stage.reveal(page, await stage.share("hunter2", single_use=single_use))
    await leave(page)
    if single_use:
        await see(page, "Already shown")
    else:
        await expect(reveal_button(page)).to_be_visible()
    assert "hunter2" not in await page.content()


async def test_d1_looking_without_a_click_burns_nothing(stage: Stage, stranger: Visitor) -> None:
    """D1: the full link opened in a browser again and again without a click: no burn, no view."""
    holder = await stage.share("hunter2")
    page = await stranger.context.new_page()
    for _ in range(n("D1", everyday=4, full=100)):
        await page.goto("about:blank")
        await stage.ready(page, holder)
    assert set(stranger.watch.asked) == {"status"}
    status = await stage.status(holder)
    assert (status.state, status.views) == (State.ACTIVE, 0)
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


async def test_a_scanner_burns_nothing(stage: Stage, stranger: Visitor) -> None:
    """Promise 4: GET and HEAD of page, assets and API by whoever follows links."""
    holder = await stage.share("hunter2")
    link = address(stage.site, holder)
    calls = [stage.site.path(holder.id, verb) for verb in ("status", "reveal", "ack")]
    for url in (link, *(stage.site.url + path for path in calls)):
        for method in ("GET", "HEAD"):
            await stage.site.client.request(method, url)
    status = await stage.status(holder)
    assert (status.state, status.views) == (State.ACTIVE, 0)
    page = await stranger.open(link)
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"
