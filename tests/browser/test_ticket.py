"""An agent's own link: `#<token>.<ticket>` makes the page warn its creator."""

import pytest
from playwright.async_api import expect

from storage.tickets import Purpose
from tests.browser.stage import Stage, answer, box, reveal_button
from tests.browsers import Visitor, address
from tests.people import ANNA, BEN

pytestmark = pytest.mark.asyncio(loop_scope="session")

WARNING = "You created this secret. If you view it, the recipient will not be able to see it."


async def test_the_creator_is_warned(stage: Stage, stranger: Visitor) -> None:
    """The ticket leaves the address bar and is redeemed once; a reload warns too."""
    page = await stranger.context.new_page()
    holder = await stage.share("hunter2")
    link = address(stage.site, holder)
    ticket = stage.site.vault.tickets.issue(ANNA, Purpose.VISIT).expose().decode()
    await page.goto(f"{link}.{ticket}")
    await expect(page.get_by_text(WARNING, exact=True)).to_be_visible()
    assert page.url == link
    assert await page.evaluate("history.length") == 2
    assert await page.evaluate("document.cookie") == ""
    assert stranger.watch.asked == ["session", "status"]
    await page.reload()
    await expect(page.get_by_text(WARNING, exact=True)).to_be_visible()
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


async def test_a_colleague_is_not(stage: Stage, stranger: Visitor) -> None:
    """A session of somebody else is a stranger's here."""
    page = await stranger.context.new_page()
    ticket = stage.site.vault.tickets.issue(BEN, Purpose.VISIT).expose().decode()
    await page.goto(f"{address(stage.site, await stage.share())}.{ticket}")
    await expect(reveal_button(page)).to_be_visible()
    await expect(page.get_by_text(WARNING, exact=True)).to_have_count(0)


@pytest.mark.parametrize("status", [None, 400, 500, 503])
async def test_a_ticket_that_is_worth_nothing(
    stage: Stage, stranger: Visitor, status: int | None
) -> None:
    """Forged, or the server is in trouble: the page goes on as a stranger's."""
    page = await stranger.context.new_page()
    if status:
        await answer(page, "session", status)
    link = address(stage.site, await stage.share("hunter2"))
    await page.goto(f"{link}.forged")
    await expect(reveal_button(page)).to_be_visible()
    assert page.url == link
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


async def test_a_damaged_link_sends_no_ticket(stage: Stage, stranger: Visitor) -> None:
    """It goes from the address bar all the same."""
    page = await stranger.context.new_page()
    link = address(stage.site, await stage.share())[:-1]
    await page.goto(f"{link}.ticket")
    await expect(page.get_by_text("Nothing was opened. Open the link again")).to_be_visible()
    assert page.url == link
    assert stranger.watch.asked == []
