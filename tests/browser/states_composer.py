"""Every state of the composer, for axe-core and for pictures."""

import secrets
from dataclasses import replace

from playwright.async_api import Page, expect

from storage.model import Agent, Kind, UserId
from storage.tickets import Errand, Purpose
from tests.browser.stage import Stage, answer, never_answer, see, serve_worker
from tests.people import ANNA

CHANNEL = Errand(channel="C0SUPPORT")
REQUEST = Errand(channel="C0SUPPORT", kind=Kind.REQUEST)
PEM = (
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQm9ndXNDZXJ0aWZpY2F0ZQ==\n"
    "-----END CERTIFICATE-----\n"
)


def somebody() -> Agent:
    """An agent who has never chosen a lifetime or an access before."""
    return replace(ANNA, user=UserId(f"U0{secrets.token_hex(5).upper()}"))


async def compose(
    stage: Stage, page: Page, errand: Errand = CHANNEL, agent: Agent | None = None
) -> None:
    """Press the button in Slack, up to the form."""
    agent = agent or somebody()
    ticket = stage.site.vault.tickets.issue(agent, Purpose.COMPOSE, errand).expose().decode()
    await page.goto(f"{stage.site.url}/new#{ticket}")
    await see(page, "Make a secret link")


async def create(page: Page) -> None:
    """Press the button of the form that is shown."""
    await page.get_by_role("button", name="Create link").click()


async def _form(stage: Stage, page: Page) -> None:
    await compose(stage, page)


async def _login(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    await page.get_by_text("Login", exact=True).first.click()
    await page.get_by_role("textbox", name="Username", exact=True).fill("support")
    await page.get_by_role("textbox", name="Password", exact=True).fill("Ck7!mWq-2pL9 zR")
    file = {"name": "staging.pem", "mimeType": "", "buffer": PEM.encode()}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    await expect(page.get_by_text("File: staging.pem")).to_be_visible()
    await page.get_by_role("button", name="Make six words").click()


async def _mistakes(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    file = {"name": "photo.png", "mimeType": "", "buffer": b"\x89PNG\0"}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    await page.get_by_label("Label (not secret)").fill("x" * 81)
    await page.get_by_label("Passphrase (optional)").fill("horse")
    await create(page)
    await expect(page.get_by_text("At most 80 characters; this has 81.")).to_be_visible()


async def _too_large(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    # A paste takes a moment; Playwright's fill inserts line by line, which takes minutes.
    await page.get_by_label("Secret", exact=True).evaluate(
        "(box) => { box.value = ('x'.repeat(63) + '\\n').repeat(1024); }"
    )
    await page.get_by_label("Secret", exact=True).press("End")
    await page.keyboard.type("x")
    await create(page)
    await expect(page.get_by_text("This is too much").first).to_be_visible()


async def _stretching(stage: Stage, page: Page) -> None:
    await serve_worker(page, "onmessage = () => postMessage({ progress: 0.4 });")
    await compose(stage, page)
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await page.get_by_label("Passphrase (optional)").fill("correct horse battery staple")
    await create(page)
    await expect(page.get_by_text("This browser needs longer").first).to_be_visible()


async def _refused(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    await page.context.clear_cookies()
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await create(page)
    await expect(page.get_by_text("Your session is over")).to_be_visible()


async def _made(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await create(page)
    await see(page, "Your link is ready")


async def _made_locked(stage: Stage, page: Page) -> None:
    await compose(stage, page)
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await page.get_by_role("radio", name="Reusable").check()
    await page.get_by_role("button", name="Make 20 characters").click()
    await create(page)
    await see(page, "Your link is ready")


async def _ask(stage: Stage, page: Page) -> None:
    await compose(stage, page, REQUEST)
    await create(page)
    await expect(page.get_by_text("Say what you need")).to_be_visible()


async def _asked(stage: Stage, page: Page) -> None:
    await compose(stage, page, REQUEST)
    await page.get_by_label("What do you need?").fill("The admin login of your shop")
    await page.get_by_label("Customer's name").fill("Ben")
    await create(page)
    await see(page, "Your request is ready")


async def _over(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.site.url}/new")
    await see(page, "Open it again from Slack")


async def _over_expired(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.site.url}/new#forged")
    await see(page, "Open it again from Slack")


async def _loading(stage: Stage, page: Page) -> None:
    await never_answer(page, "session")
    await page.goto(f"{stage.site.url}/new#ticket")
    await see(page, "Opening")


async def _unreachable(stage: Stage, page: Page) -> None:
    await answer(page, "session", 502)
    await page.goto(f"{stage.site.url}/new#ticket")
    await see(page, "We cannot reach the server")


COMPOSER = {
    "composer-loading": _loading,
    "composer": _form,
    "composer-login": _login,
    "composer-mistakes": _mistakes,
    "composer-too-large": _too_large,
    "composer-stretching": _stretching,
    "composer-refused": _refused,
    "composer-made": _made,
    "composer-made-locked": _made_locked,
    "composer-ask": _ask,
    "composer-asked": _asked,
    "composer-over": _over,
    "composer-over-expired": _over_expired,
    "composer-unreachable": _unreachable,
}
