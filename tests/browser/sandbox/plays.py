"""What the sandbox looks like on the way through the whole job, for pictures of the Slack side."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.desk import (
    answer,
    ask,
    be,
    choose,
    close,
    dialog,
    open_as_the_customer,
    reveal,
    say,
    share,
    to_the_app,
    turn_to,
)

Play = Callable[[Page], Awaitable[object]]


async def _command(page: Page) -> None:
    await turn_to(page, "Slack")
    await page.get_by_role("textbox", name="Message", exact=True).fill("/")
    await expect(page.get_by_role("listbox")).to_be_visible()


async def _form(page: Page) -> None:
    await say(page, "/secret")
    await expect(dialog(page, "Share a secret")).to_be_visible()


async def _warned(page: Page) -> None:
    await say(page, "/secret hunter2")
    form = dialog(page, "Share a secret")
    await form.get_by_role("button", name="Create link").click()
    await expect(form.get_by_label("Secret", exact=True)).to_have_attribute("aria-invalid", "true")


async def _link(page: Page) -> None:
    await share(page)


async def _scanned(page: Page) -> None:
    await share(page)
    await turn_to(page, "Customer")
    await page.get_by_role("button", name="Send it through a mail scanner first").click()
    await expect(page.get_by_text("It is still there.")).to_be_visible()


async def _some(page: Page) -> None:
    """A secret that was opened, and two that were not."""
    await share(page)
    customer = await open_as_the_customer(page)
    await reveal(customer)
    await customer.close()
    await turn_to(page, "Slack")
    await close(page)
    for label in ("Globex, ticket 4712", "Initech, ticket 4713"):
        await share(page, label=label)
        await close(page)


async def _history(page: Page) -> None:
    await _some(page)
    await say(page, "/secret history")
    await expect(dialog(page, "Secret history").get_by_text("Globex, ticket 4712")).to_be_visible()


async def _menu(page: Page) -> None:
    await _history(page)
    await page.get_by_role("button", name="More actions").first.click()
    await expect(page.get_by_role("menu")).to_be_visible()


async def _details(page: Page) -> None:
    await _some(page)
    await choose(page, "Details")
    await expect(page.get_by_role("dialog").last.get_by_text("Created").first).to_be_visible()


async def _burn(page: Page) -> None:
    await _some(page)
    await choose(page, "Burn")
    await expect(
        page.get_by_role("dialog").last.get_by_role("button", name="Burn", exact=True)
    ).to_be_visible()


async def _exposed(page: Page) -> None:
    await _some(page)
    await choose(page, "Treat as exposed")
    await expect(page.get_by_role("dialog").last.get_by_text("Initech")).to_be_visible()


async def _notice(page: Page) -> None:
    await _some(page)
    await to_the_app(page)
    await expect(page.get_by_text("Confirmed: the page showed it.")).to_be_visible()


async def _request(page: Page) -> None:
    await say(page, "/secret request")
    await expect(dialog(page, "Ask for credentials")).to_be_visible()


async def _request_link(page: Page) -> None:
    await ask(page)


async def _received(page: Page) -> None:
    await ask(page)
    customer = await open_as_the_customer(page)
    await answer(customer)
    await customer.close()
    await turn_to(page, "Slack")
    await close(page)
    await to_the_app(page)
    await expect(page.get_by_text("1 reply")).to_be_visible()


async def _collect(page: Page) -> None:
    await _received(page)
    await page.get_by_role("button", name="Collect", exact=True).click()
    await expect(page.get_by_role("button", name="Open the collect page")).to_be_visible()


async def _collected(page: Page) -> None:
    await _collect(page)
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open the collect page").click()
    collect = await opened.value
    await collect.get_by_role("button", name="Click to reveal").click()
    await expect(collect.get_by_role("group", name="Password", exact=True)).to_be_visible()
    await collect.close()
    await close(page)
    await expect(page.get_by_role("log").get_by_text("Collected by")).to_be_visible()


async def _home(page: Page) -> None:
    await _some(page)
    await share(
        page, label="Umbrella, ticket 4714", lifetime="1 hour - quick handoff in a live chat"
    )
    await close(page)
    await to_the_app(page)
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("table", name="Secrets and requests")).to_be_visible()


async def _home_row(page: Page) -> None:
    await _home(page)
    await page.get_by_role("button", name="Row 2, Initech, ticket 4713").click()
    await expect(dialog(page, "Details").get_by_role("button", name="Burn")).to_be_visible()


async def _home_admin(page: Page) -> None:
    await be(page, "Clara")
    await to_the_app(page)
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_text("What your team allows")).to_be_visible()


async def _templates(page: Page) -> None:
    await _home_admin(page)
    await page.get_by_role("button", name="Requests", exact=True).click()
    await expect(dialog(page, "Message templates").get_by_label("Chat")).to_be_visible()


async def _moved(page: Page) -> None:
    await turn_to(page, "Slack")
    await say(page, "root's password on the new server is correct-horse-battery")
    await page.get_by_role("button", name="Message actions").click()
    await page.get_by_role("menuitem", name="Move to a secret link").click()
    form = dialog(page, "Share a secret")
    await form.get_by_role("button", name="Create link").click()
    await expect(dialog(page, "Your link is ready").get_by_text("Now delete")).to_be_visible()


async def _help(page: Page) -> None:
    await say(page, "/secret help")
    await expect(page.get_by_text("What the history's words mean")).to_be_visible()


ALL: dict[str, Play] = {
    "sandbox-command": _command,
    "sandbox-form": _form,
    "sandbox-warned": _warned,
    "sandbox-link": _link,
    "sandbox-scanned": _scanned,
    "sandbox-history": _history,
    "sandbox-menu": _menu,
    "sandbox-details": _details,
    "sandbox-burn": _burn,
    "sandbox-exposed": _exposed,
    "sandbox-notice": _notice,
    "sandbox-request": _request,
    "sandbox-request-link": _request_link,
    "sandbox-received": _received,
    "sandbox-collect": _collect,
    "sandbox-collected": _collected,
    "sandbox-home": _home,
    "sandbox-home-row": _home_row,
    "sandbox-home-admin": _home_admin,
    "sandbox-templates": _templates,
    "sandbox-moved": _moved,
    "sandbox-help": _help,
}
