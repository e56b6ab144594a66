"""The sandbox as a stranger meets it: one process, no setting, Chromium, by what is on the screen."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.browsers import DESKTOP, PHONE, Device, Visitor, visitor
from tests.deployment import START, Deployment, deployment
from tests.desk import (
    LABEL,
    SECRET,
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
)
from tests.flows.acting import near_their_end
from tests.newcomer import job
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack

RUN = ["-c", "from bot.cli import main; raise SystemExit(main(['run']))"]
# With the imports in the log, so that a test can see what a process has loaded.
SWEPT = 30_000  # the sweeper comes every 15 seconds
TELLING = ["-X", "importtime", *RUN]


pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(tmp_path: Path) -> AsyncIterator[Deployment]:
    """``slash-secret run`` with no SLACK_* variable."""
    async with deployment(tmp_path, {}, commands={"run": RUN}) as running:
        await running.told(b"Try it at")
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def person(chromium: Browser, sandbox: Deployment) -> AsyncIterator[Visitor]:
    """Somebody who has just opened the printed address."""
    async with visitor(chromium, sandbox.url) as one:
        yield one
        assert one.watch.foreign == []
        assert one.watch.complaints == []


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
async def test_the_whole_job(chromium: Browser, sandbox: Deployment, device: Device) -> None:
    """Share, reveal, refused the second time, history: what ``make newcomer`` does."""
    await job(chromium, f"{sandbox.url}/sandbox", device)


async def test_a_look_of_ones_own_and_scanners_use_up_nothing(
    sandbox: Deployment, person: Visitor
) -> None:
    """A tab that knows whose it is warns; Slackbot, Safe Links, an antivirus that clicks: still there."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await share(page)
    async with page.context.expect_page() as opened:
        await (
            dialog(page, "Your link is ready").get_by_role("button", name="Open it myself").click()
        )
    mine = await opened.value
    warning = "You created this secret. If you view it, the recipient will not be able to see it."
    await expect(mine.get_by_text(warning)).to_be_visible()
    await mine.close()
    await page.get_by_role("button", name="Send it through a mail scanner first").click()
    report = page.get_by_role("table", name="What the scanners did")
    for who in ("Slackbot", "Safe Links", "Antivirus"):
        await expect(report.get_by_role("rowheader", name=who)).to_be_visible()
    await expect(page.get_by_text("It is still there. Status: Active.")).to_be_visible()
    assert SECRET in await reveal(await open_as_the_customer(page))
    await page.get_by_role("button", name="Send it through a mail scanner first").click()
    await expect(page.get_by_text("Status: Viewed.")).to_be_visible()


async def test_a_notice_a_burn_and_who_may(sandbox: Deployment, person: Visitor) -> None:
    """The creator is told in the app's messages; Ben may not burn Anna's secret, Clara may."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await share(page)
    customer = await open_as_the_customer(page)
    await reveal(customer)
    await close(page)
    await page.get_by_role("button", name=re.compile("slash-secret")).click()
    log = page.get_by_role("log")
    await expect(log.get_by_text("Confirmed: the page showed it.")).to_be_visible()
    await page.get_by_role("button", name=re.compile("support")).click()

    await share(page, label="Second")
    await close(page)
    await be(page, "Ben")
    await say(page, "/secret history")
    rows = dialog(page, "Secret history")
    await expect(rows.get_by_text("Second")).to_be_visible()
    await rows.get_by_role("button", name="More actions").first.click()
    await expect(page.get_by_role("menuitem", name="Details", exact=True)).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Burn", exact=True)).to_have_count(0)
    await page.keyboard.press("Escape")
    await rows.get_by_role("button", name="Close", exact=True).click()

    await be(page, "Clara")
    await choose(page, "Burn")
    question = page.get_by_role("dialog").last
    await question.get_by_role("button", name="Burn", exact=True).click()
    await expect(page.get_by_text("Burned. Nobody can open this secret any more.")).to_be_visible()
    late = await open_as_the_customer(page)
    await expect(late.get_by_role("heading", name="Cancelled")).to_be_visible()


async def test_typed_text_is_warned_of_and_a_passphrase_protects(
    sandbox: Deployment, person: Visitor
) -> None:
    """The passphrase's window changes by itself; the wrong one counts down, the right one opens."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await say(page, "/secret hunter2")
    form = dialog(page, "Share a secret")
    await expect(form.get_by_text("has already gone to Slack")).to_be_visible()
    await form.get_by_role("button", name="Create link").click()
    await expect(form.get_by_label("Secret", exact=True)).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Secret", exact=True).fill(SECRET)
    await form.get_by_label("Passphrase (optional)", exact=True).fill("open sesame")
    await form.get_by_role("button", name="Create link").click()
    await expect(dialog(page, "Your link is ready")).to_be_visible()
    customer = await open_as_the_customer(page)
    field = customer.get_by_label("Passphrase", exact=True)
    await field.fill("open barley")
    await customer.get_by_role("button", name="Click to reveal").click()
    await expect(customer.get_by_text("Wrong passphrase. 4 tries left.")).to_be_visible()
    await field.fill("open sesame")
    assert SECRET in await reveal(customer)


async def test_credentials_come_in(sandbox: Deployment, person: Visitor) -> None:
    """Asked for, scanned in vain, answered by the customer, collected: nothing but the page."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await ask(page)
    await page.get_by_role("button", name="Send it through a mail scanner first").click()
    await expect(page.get_by_text("It is still there. Status: Waiting.")).to_be_visible()
    await answer(await open_as_the_customer(page))

    await close(page)
    await to_the_app(page)
    await page.get_by_role("button", name="Collect", exact=True).click()
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open the collect page").click()
    collect = await opened.value
    await collect.get_by_role("button", name="Click to reveal").click()
    await expect(collect.get_by_role("group", name="Password", exact=True)).to_have_text(SECRET)
    await expect(page.get_by_role("log").get_by_text("Collected by")).to_be_visible()
    await expect(page.get_by_role("button", name="Collect", exact=True)).to_have_count(0)


async def test_a_password_in_a_message_becomes_a_link(sandbox: Deployment, person: Visitor) -> None:
    """From the message's menu to the reply that Anna posts below it; the plus opens the forms."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await be(page, "Ben")
    await say(page, f"the root password is {SECRET}")
    await be(page, "Anna")
    await page.get_by_role("button", name="Message actions").click()
    await page.get_by_role("menuitem", name="Move to a secret link").click()
    form = dialog(page, "Share a secret")
    await expect(form.get_by_label("Secret", exact=True)).to_have_value(
        f"the root password is {SECRET}"
    )
    await form.get_by_role("button", name="Create link", exact=True).click()
    ready = dialog(page, "Your link is ready")
    await expect(ready.get_by_text("Ask @ben to open its menu")).to_be_visible()
    await expect(ready.get_by_role("link", name="Go to the message")).to_be_visible()
    await expect(ready.locator("pre").nth(1)).to_contain_text("Please delete your message.")
    assert SECRET in await reveal(await open_as_the_customer(page))
    await close(page)
    for shortcut, title in (
        ("Share a secret", "Share a secret"),
        ("Request credentials", "Ask for credentials"),
    ):
        await page.get_by_role("button", name="Shortcuts", exact=True).click()
        await page.get_by_role("menuitem", name=shortcut, exact=True).click()
        await expect(dialog(page, title)).to_be_visible()
        await close(page)


async def test_home_from_attention_to_templates(sandbox: Deployment, person: Visitor) -> None:
    """A link that expires soon stands on top; looked at and burned, the tab says so by itself.

    An admin sees the policies too, and words the message that Anna then copies.
    """
    page = await person.open(f"{sandbox.url}/sandbox")
    await share(page, lifetime="1 hour - quick handoff in a live chat")
    await close(page)
    await to_the_app(page)
    await page.get_by_role("tab", name="Home").click()
    panel = page.get_by_role("tabpanel")
    await expect(panel.get_by_text("Not opened")).to_be_visible()
    await expect(panel.get_by_text("What your team allows")).to_have_count(0)
    await panel.get_by_role("button", name="Look", exact=True).click()
    await dialog(page, "Details").get_by_role("button", name="Burn", exact=True).click()
    await dialog(page, "Burn").get_by_role("button", name="Burn", exact=True).click()
    await expect(page.get_by_text("Burned. Nobody can open this secret any more.")).to_be_visible()
    await close(page)
    table = panel.get_by_role("table", name="Secrets and requests")
    await expect(table.get_by_role("cell", name="Burned", exact=True)).to_be_visible()
    await expect(panel.get_by_text("Not opened")).to_have_count(0)
    await panel.get_by_role("button", name="Share a secret", exact=True).click()
    await expect(dialog(page, "Share a secret")).to_be_visible()
    await close(page)
    await be(page, "Clara")
    await page.get_by_role("tab", name="Home").click()
    await expect(panel.get_by_text("What your team allows")).to_be_visible()
    await _writes_a_template(page)
    await be(page, "Anna")
    await page.get_by_role("button", name=re.compile("support")).click()
    await share(page)
    ready = dialog(page, "Your link is ready")
    await ready.get_by_role("combobox", name="Where you paste it").select_option("Chat")
    await expect(ready.locator("pre").nth(1)).to_contain_text("For you, from Clara's team: http")


async def _writes_a_template(page: Page) -> None:
    """What agents paste into a chat, as an admin words it: first without the link, then with it."""
    await page.get_by_role("button", name="Single use", exact=True).click()
    form = dialog(page, "Message templates")
    await form.get_by_label("Chat", exact=True).fill("For you, until {date}")
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(form.get_by_text("This text needs {link}.")).to_be_visible()
    text = "For you, from Clara's team: {link} Until {date}."
    await form.get_by_label("Chat", exact=True).fill(text)
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Links that are made from now on")).to_be_visible()
    await close(page)
    await expect(page.get_by_text("Your own: Single use, Chat.")).to_be_visible()


async def test_the_customer_reads_their_language(sandbox: Deployment, person: Visitor) -> None:
    """Chosen where the link is shown: message and page follow, whatever the browser wishes for."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await share(page)
    ready = dialog(page, "Your link is ready")
    choice = ready.get_by_role("combobox", name="Customer's language", exact=True)
    message = ready.locator("pre").nth(1)

    await choice.select_option("Deutsch")
    await expect(message).to_contain_text("Guten Tag, ")
    german = await open_as_the_customer(page)
    title = german.get_by_role("heading", level=1, name="Vertrauliche Information für Sie")
    await expect(title).to_be_visible()
    await expect(german.get_by_role("button", name="Zum Anzeigen klicken")).to_be_visible()
    await german.close()

    await choice.select_option("العربية")
    await expect(message).to_contain_text("مرحبًا، ")
    arabic = await open_as_the_customer(page)
    await expect(arabic.get_by_role("heading", level=1, name="معلومات سرية لك")).to_be_visible()
    await expect(arabic.locator('html[lang="ar"][dir="rtl"]')).to_be_attached()
    await arabic.get_by_role("button", name="انقر للإظهار", exact=True).click()
    await expect(arabic.get_by_role("group", name="المحتوى السري", exact=True)).to_have_text(SECRET)


async def test_before_it_is_too_late(sandbox: Deployment, person: Visitor) -> None:
    """Unopened and unanswered near their end: the app says so, and a click gives them more time."""
    page = await person.open(f"{sandbox.url}/sandbox")
    await share(page)
    await close(page)
    await ask(page)
    await close(page)
    await near_their_end(sandbox)
    await to_the_app(page)
    log = page.get_by_role("log")
    sooner = log.get_by_text("Nobody has opened it so far")
    await expect(sooner).to_be_visible(timeout=SWEPT)
    await expect(log.get_by_text("what we sent you is still waiting")).to_be_visible()
    await log.get_by_role("button", name="Make a new one", exact=True).click()
    form = dialog(page, "Share a secret")
    await expect(form.get_by_label("Label (not secret)", exact=True)).to_have_value(LABEL)
    await close(page)

    await log.get_by_role("button", name="Extend", exact=True).click()
    extended = dialog(page, "Extended")
    await expect(extended.get_by_text("The link can be opened until")).to_be_visible()
    await close(page)
    await expect(log.get_by_text("Extended by")).to_be_visible()
    await expect(sooner).to_have_count(0)
    await expect(log.get_by_role("button", name="Extend", exact=True)).to_have_count(0)

    await log.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("Nobody has answered so far")).to_be_visible()
    await thread.get_by_role("button", name="Extend", exact=True).click()
    await expect(extended.get_by_text("The link can be answered until")).to_be_visible()
    await close(page)
    await expect(thread.get_by_text("It can be answered until")).to_be_visible()
    await expect(thread.get_by_role("button", name="Extend", exact=True)).to_have_count(0)
    await answer(await open_as_the_customer(page))


async def test_history_outlives_the_process(chromium: Browser, tmp_path: Path) -> None:
    """The pretend workspace begins anew; what the store holds does not."""
    for begins in (True, False):
        async with deployment(tmp_path, {}, commands={"run": RUN}) as running:
            await running.ready()
            async with visitor(chromium, running.url) as one:
                page = await one.open(f"{running.url}/sandbox")
                if begins:
                    await share(page)
                    continue
                await say(page, "/secret history")
                rows = dialog(page, "Secret history")
                await expect(rows.get_by_text(LABEL)).to_be_visible()


async def test_it_stops_at_once_with_a_page_open(chromium: Browser, tmp_path: Path) -> None:
    """An open stream of snapshots does not hold up the end."""
    async with deployment(tmp_path, {}, commands={"run": TELLING}) as running:
        await running.ready()
        async with visitor(chromium, running.url) as one:
            page = await one.open(f"{running.url}/sandbox")
            await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
            started = time.monotonic()
            await running.stop()
            assert time.monotonic() - started < 4
        assert running.processes["run"].returncode == 0
        assert b"bot.sandbox.running" in running.logs()  # the control of the next test


async def test_a_configured_deployment_has_nothing_of_it(tmp_path: Path) -> None:
    """No route, no import, no page in memory: as if it did not exist."""
    async with FakeSlack() as slack:
        environ = {
            "SLACK_API_URL": slack.base_url,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }
        async with deployment(tmp_path, environ, commands={"run": TELLING}) as running:
            await running.ready()
            await running.told(b"workspace_known")
            async with ClientSession() as client:
                for path in ("/sandbox", "/sandbox/events", "/sandbox/assets/sandbox.js"):
                    async with client.get(running.url + path) as answer:
                        assert answer.status == 404
    assert b"import time:" in running.logs()
    assert b"bot.sandbox" not in running.logs()
    assert b"Try it at" not in running.logs()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PUBLIC_URL", "https://secret.example.com"), ("HOST", "0.0.0.0")],  # noqa: S104 - refused
)
async def test_where_others_could_reach_it_the_start_is_refused(
    tmp_path: Path, name: str, value: str
) -> None:
    """In it anybody is any agent: one sentence, the variable and both remedies, exit status 2."""
    async with deployment(tmp_path, {name: value}, commands={"run": RUN}) as running:
        assert await asyncio.wait_for(running.processes["run"].wait(), START) == 2
    said = running.logs().decode().strip().splitlines()[-1]
    assert said.startswith(f"slash-secret: {name} is not this machine")
    assert "connect Slack" in said
    assert f"unset {name}" in said
    assert not running.data_dir.exists()
