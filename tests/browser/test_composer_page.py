"""The composer as a page: what the team allows, hostile names, the keyboard, and a busy browser."""

from dataclasses import replace
from random import Random

import pytest
from playwright.async_api import Browser, Page, expect

from bot.views import request
from storage.model import Agent, Lifetime, UserId
from storage.policy import Policy
from storage.tickets import Errand, Purpose
from storage.vault import Vault
from tests.browser.stage import Stage, see, serve_worker
from tests.browser.states_composer import CHANNEL, REQUEST, compose, create, somebody
from tests.browser.test_hostile import ATTACKS, hostile
from tests.browsers import PLAIN_HOST, Visitor, visitor
from tests.numbers import has_its_turn, n
from tests.people import ANNA
from tests.site import serve
from web.pages import WORKER

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = 86_400
TITLE = "Make a secret link"
# Long tasks that overlap the time from the Worker's job to its answer.
_WATCH_TASKS = """
const seen = [];
let from, until;
new PerformanceObserver((list) => seen.push(...list.getEntries())).observe({ type: "longtask" });
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (job) {
  from = performance.now();
  this.addEventListener("message", ({ data }) => data.hash && (until = performance.now()));
  post.call(this, job);
};
window.longTasks = () => seen.splice(0)
  .filter(({ startTime, duration }) => startTime < until && startTime + duration > from)
  .map(({ duration }) => duration);
"""
# Before the Worker does: what Argon2 takes on a fast machine.
_WORK_IN_THE_PAGE = """
const send = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (job) {
  for (const until = performance.now() + 200; performance.now() < until; );
  send.call(this, job);
};
"""
_LOOK = """() => ({
  ran: window.ran ?? null,
  tags: [...new Set([...document.querySelectorAll("main *")].map((one) => one.tagName))],
  links: [...document.querySelectorAll("main a, main img, main iframe")].length,
})"""


async def test_the_form_offers_what_the_team_allows(stage: Stage, chromium: Browser) -> None:
    """MAX_LIFETIME, REQUIRE_PASSPHRASE and REQUESTS; what is missing is said before it is sent."""
    policy = Policy(max_lifetime=Lifetime(3 * DAY), require_passphrase=True, requests=False)
    vault = Vault(stage.redis, stage.ring, policy=policy)
    async with (
        serve(vault, stage.redis) as site,
        visitor(chromium, site.url) as stranger,
    ):
        page = await stranger.context.new_page()
        await compose(replace(stage, site=site), page, REQUEST)
        options = await page.get_by_label("Lifetime").locator("option").all_text_contents()
        assert options == [
            "1 hour - quick handoff in a live chat",
            "24 hours - normal ticket reply",
            "3 days - might not check e-mail right away",
        ]
        await expect(page.get_by_text("Request credentials")).to_have_count(0)
        await expect(page.get_by_text("Passphrase (optional)")).to_have_count(0)
        await page.get_by_label("Secret", exact=True).fill("hunter2")
        await create(page)
        wanted = "Your team wants a passphrase on every link."
        await expect(page.get_by_role("alert").filter(has_text=wanted)).to_be_visible()
        await expect(page.get_by_label("Passphrase", exact=True)).to_be_focused()
        assert stranger.watch.asked == ["session"]
        assert stranger.watch.complaints == []


async def test_the_form_begins_as_the_window_would(stage: Stage, stranger: Visitor) -> None:
    """The last lifetime and access; requests first where the button was theirs; four for a request."""
    page, agent = await stranger.context.new_page(), somebody()
    await compose(stage, page, CHANNEL, agent)
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await page.get_by_label("Lifetime").first.select_option(str(7 * DAY))
    await page.get_by_role("radio", name="Reusable").check()
    await create(page)
    await see(page, "Your link is ready")
    await compose(stage, await stranger.context.new_page(), CHANNEL, agent)
    page = stranger.context.pages[-1]
    await expect(page.get_by_label("Lifetime").first).to_have_value(str(7 * DAY))
    await expect(page.get_by_role("radio", name="Reusable")).to_be_checked()
    await compose(stage, await stranger.context.new_page(), Errand(kind=REQUEST.kind), agent)
    page = stranger.context.pages[-1]
    await expect(page.get_by_role("radio", name="Request credentials")).to_be_checked()
    await expect(page.get_by_text("This channel")).to_have_count(0)  # the window was in none
    await expect(page.get_by_label("Lifetime").last).to_have_value(str(DAY))
    texts = await page.get_by_label("Lifetime").last.locator("option").all_text_contents()
    assert texts == ["1 hour", "24 hours", "3 days", "7 days"]
    for name in request.FIELDS:
        box = page.get_by_role("checkbox", name=name)
        await expect(box).to_be_checked(checked=name in request.TICKED)


async def test_e2_hostile_names_stay_text(stage: Stage, stranger: Visitor) -> None:
    """E2: agent, workspace, customer, question and file name; no script runs, no CSP report."""
    random, vault = Random("composer"), stage.site.vault
    names = [hostile(random)[:80] for _ in range(2)]
    agent = Agent(ANNA.workspace, names[0], UserId("U0NAMES"), names[1])
    ticket = vault.tickets.issue(agent, Purpose.COMPOSE, REQUEST).expose().decode()
    page = await stranger.context.new_page()
    await page.goto(f"{stage.site.url}/new#{ticket}")
    await see(page, TITLE)
    assert await page.locator(".from bdi").all_text_contents() == [names[1], names[0]]
    for _ in range(n("E2", everyday=4, full=250)):
        await page.get_by_label("What do you need?").fill("x")
        name = random.choice(ATTACKS)[:60]
        await page.get_by_label("Customer's name").fill(name)
        await create(page)
        await see(page, "Your request is ready")
        message = await page.get_by_role("group", name="Message to your customer").inner_text()
        assert message.startswith(f"Hi {' '.join(name.split())}, to keep your login details secure")
        seen = await page.evaluate(_LOOK)
        assert (seen["ran"], seen["links"]) == (None, 0)
        assert not {"SCRIPT", "SVG", "STYLE", "FORM", "TEMPLATE"} & set(seen["tags"])
        await page.get_by_role("button", name="Make another").click()
        await page.get_by_role("radio", name="Share a secret").check()
        file = {"name": hostile(random)[:200], "mimeType": "", "buffer": b"x"}
        await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
        await expect(page.get_by_text("File:")).to_be_visible()
        assert (await page.evaluate(_LOOK))["ran"] is None
        await page.get_by_role("radio", name="Request credentials").check()
    assert await page.title() == "Make a secret link \u00b7 localhost"


async def _long_tasks(page: Page) -> list[float]:
    """Milliseconds of each long task from the click to the link."""
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await page.get_by_label("Passphrase (optional)").fill("correct horse battery")
    await page.evaluate("longTasks()")
    await create(page)
    await page.get_by_role("group", name="Link").wait_for(timeout=60_000)
    found: list[float] = await page.evaluate("longTasks()")
    await page.get_by_role("button", name="Make another").click()
    return found


# The slow way is the same Worker's as on the share page, where it is tried every day.
_WAYS = {"WebAssembly": "", "JavaScript": "delete globalThis.WebAssembly;\n"}
_TODAY = ["WebAssembly", *(["JavaScript"] if has_its_turn("JavaScript", of=3) else [])]


@pytest.mark.parametrize("way", _TODAY)
async def test_d5_the_composer_never_stops(stage: Stage, stranger: Visitor, way: str) -> None:
    """D5: no task above 50 ms while a passphrase is stretched; one quiet try of three will do."""
    page = await stranger.context.new_page()
    await page.add_init_script(_WATCH_TASKS)
    await serve_worker(page, _WAYS[way], real=True)
    await compose(stage, page)
    found = []
    for _ in range(3):
        found.append(await _long_tasks(page))
        if [] in found:
            return
    pytest.fail(str(found))


async def test_d5_control_work_in_the_composer_is_seen(stage: Stage, stranger: Visitor) -> None:
    """D5's negative control: the same watch sees a page that computes for as long on its own."""
    page = await stranger.context.new_page()
    await page.add_init_script(_WATCH_TASKS)
    await page.add_init_script(_WORK_IN_THE_PAGE)
    await compose(stage, page)
    assert max(await _long_tasks(page)) > 50


async def test_no_worker_without_a_passphrase(stage: Stage, stranger: Visitor) -> None:
    """It is fetched when a passphrase is to be stretched; what it does not load is said."""
    page = await stranger.context.new_page()
    await page.route(f"**/{WORKER}-*", lambda route: route.abort())
    await compose(stage, page)
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await create(page)
    await see(page, "Your link is ready")
    assert not [url for _, url in stranger.watch.requests if WORKER in url]
    await page.get_by_role("button", name="Make another").click()
    await page.get_by_label("Secret", exact=True).fill("hunter2")
    await page.get_by_label("Passphrase (optional)").fill("correct horse battery")
    await create(page)
    await expect(page.get_by_text("Your browser could not do the computation")).to_be_visible()
    await expect(page.get_by_label("Secret", exact=True)).to_have_value("hunter2")


async def test_a_browser_that_cannot_encrypt_gets_no_form(stage: Stage, stranger: Visitor) -> None:
    """Without WebCrypto it is said, and nothing was asked of the server."""
    page = await stranger.context.new_page()
    await page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: null })")
    await page.goto(f"{stage.site.url}/new#ticket")
    await see(page, "This browser cannot open it")
    assert page.url == f"{stage.site.url}/new"
    assert stranger.watch.asked == []


async def test_plain_http_gets_no_form(stage: Stage, chromium: Browser) -> None:
    """Nor does a page that came unprotected; the ticket leaves the address all the same."""
    async with visitor(chromium, stage.site.url) as stranger:
        there = stage.site.url.replace("localhost", PLAIN_HOST)
        page = await stranger.open(f"{there}/new#ticket")
        await see(page, "This connection is not private")
        assert page.url == f"{there}/new"
        assert stranger.watch.asked == []


async def test_e4_a_secret_by_keyboard_alone(stage: Stage, stranger: Visitor) -> None:
    """E4: every field in reading order, the link made and copied without a pointer."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    for accessible in (
        "Share a secret",
        "Free text",
        "Secret",
        "Add a text file",
        "Label (not secret)",
        "Lifetime",
        "Single use Destroyed the moment it is revealed",
        "Passphrase (optional)",
        "Show passphrase",
        "Make six words",
        "Make 20 characters",
        "Customer's language",
        "Create link",
    ):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        await expect(focused).to_have_accessible_name(accessible)
        style = "({ outlineStyle }) => outlineStyle"
        assert await focused.evaluate(f"(one) => ({style})(getComputedStyle(one))") == "solid"
        if accessible == "Secret":
            await page.keyboard.type("hunter2")
    await page.keyboard.press("Space")
    await see(page, "Your link is ready")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_accessible_name("Copy link")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Link copied to your clipboard.")


async def test_e4_a_request_by_keyboard_alone(stage: Stage, stranger: Visitor) -> None:
    """E4: arrow keys change what is made; what is wrong takes the focus and is read out."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_label("What do you need?")).to_be_visible()
    for _ in range(11):
        await page.keyboard.press("Tab")
        if await page.locator(":focus").inner_text() == "Create link":
            break
    await page.keyboard.press("Enter")
    what = page.get_by_label("What do you need?")
    await expect(what).to_be_focused()
    await expect(what).to_have_accessible_description(
        "Say what you need: your customer reads it. Your customer reads this, and our server can. "
        "For instance: the login of your shop's admin area."
    )
    await page.keyboard.type("The admin login")
    await page.get_by_role("button", name="Create link").press("Enter")
    await see(page, "Your request is ready")
