"""Links that arrive damaged, stores that are away, connections that break: nothing is lost."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from storage import store
from storage.model import SecretId, State
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.browser import states
from tests.browser.conftest import Visitors
from tests.browser.stage import GONE, Stage, again_button, answer, box, cut, reveal_button, see
from tests.browsers import Visitor, address, visitor
from tests.cable import Cable
from tests.links import Holder
from tests.people import ANNA
from tests.site import serve

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTHING_OPENED = "Nothing was opened. Open the link again from your message."


def _altered(text: str, at: int) -> str:
    return f"{text[:at]}{'B' if text[at] == 'A' else 'A'}{text[at + 1 :]}"


class Parts(NamedTuple):
    """A link, taken apart."""

    site: str
    sid: str
    token: str


# What happens to links on their way.
DAMAGED: dict[str, Callable[[Parts], str]] = {
    "one letter short": lambda link: f"{link.site}/s/{link.sid}#{link.token[:-1]}",
    "cut in the middle": lambda link: f"{link.site}/s/{link.sid}#{link.token[:20]}",
    "fragment lost": lambda link: f"{link.site}/s/{link.sid}",
    "fragment empty": lambda link: f"{link.site}/s/{link.sid}#",
    "a letter more": lambda link: f"{link.site}/s/{link.sid}#{link.token}A",
    "a full stop behind it": lambda link: f"{link.site}/s/{link.sid}#{link.token}.",
    "a mailing's tracking behind it": lambda link: f"{link.site}/s/{link.sid}#{link.token}?utm=x",
    "key altered": lambda link: f"{link.site}/s/{link.sid}#{_altered(link.token, 20)}",
    "version altered": lambda link: f"{link.site}/s/{link.sid}#{_altered(link.token, 1)}",
    "last letter altered": lambda link: f"{link.site}/s/{link.sid}#{_altered(link.token, 47)}",
    "lower case": lambda link: f"{link.site}/s/{link.sid}#{link.token.lower()}",
    "fragment escaped": lambda link: f"{link.site}/s/{link.sid}%23{link.token}",
    "id altered": lambda link: f"{link.site}/s/{_altered(link.sid, 12)}#{link.token}",
    "id cut": lambda link: f"{link.site}/s/{link.sid[:-1]}#{link.token}",
    "id lost": lambda link: f"{link.site}/s/#{link.token}",
    "id of another": lambda link: f"{link.site}/s/{_another_id()}#{link.token}",
    "more path": lambda link: f"{link.site}/s/{link.sid}/#{link.token}",
}


def _another_id() -> str:
    return SecretId.new(ANNA.workspace).value


async def test_c6_a_damaged_link_is_refused_before_anything_is_sent(
    stage: Stage, stranger: Visitor
) -> None:
    """C6: truncated, altered, lost, from two links: the exact sentence, and no API request."""
    link = address(stage.site, await stage.share("hunter2"))
    page = await stranger.context.new_page()
    for name, damage in DAMAGED.items():
        await page.goto("about:blank")
        await page.goto(damage(Parts(*re.split("/s/|#", link))))
        await expect(page.get_by_text(NOTHING_OPENED, exact=True), name).to_be_visible()
        await see(page, "This link is incomplete")
    assert stranger.watch.asked == []
    # Opened again from the message, in the same tab, it works.
    await page.goto(link)
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


async def test_a_repaired_fragment_in_the_same_tab_is_read_anew(
    stage: Stage, stranger: Visitor
) -> None:
    """Pasting the whole link over a cut one changes the fragment only; the page starts again."""
    link = address(stage.site, await stage.share("hunter2"))
    page = await stranger.open(link[:-5])
    await see(page, "This link is incomplete")
    await page.evaluate("(link) => { location.href = link }", link)
    await reveal_button(page).click()
    assert await box(page).text_content() == "hunter2"


REASONS = {
    "gone-viewed": "It was opened on",
    "gone-expired": "It expired on",
    "gone-burned": "It was cancelled on",
    "gone-lost": "It was lost on our side on",
    "gone-tampered": "is not what was sealed for you",
}


@pytest.mark.parametrize("state", REASONS)
async def test_why_and_when_it_is_gone(stage: Stage, stranger: Visitor, state: str) -> None:
    """Who proves the fragment is told the exact sentence, the reason and when."""
    page = await stranger.context.new_page()
    await states.ALL[state](stage, page)
    await expect(page.get_by_text(GONE, exact=True)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text(REASONS[state])
    await expect(page.get_by_role("time")).to_have_count(0 if state == "gone-tampered" else 1)


async def test_an_id_nobody_knows(stage: Stage, stranger: Visitor) -> None:
    """A link whose record is forgotten gets the exact sentence and no reason."""
    page = await stranger.context.new_page()
    await states.ALL["gone-unknown"](stage, page)
    paragraphs = page.get_by_role("main").get_by_role("paragraph")
    await expect(paragraphs).to_have_text([GONE])


@pytest_asyncio.fixture(loop_scope="session")
async def cable(store_url: str) -> AsyncIterator[Cable]:
    """The only way from a site to the store."""
    made = Cable(store_url)
    await made.plug()
    yield made
    await made.pull()


@pytest_asyncio.fixture(loop_scope="session")
async def shaky(cable: Cable) -> AsyncIterator[Stage]:
    """A site at the end of the cable."""
    ring = KeyRing([MasterKey.random()])
    client = store.connect(cable.redis_url)
    async with serve(Vault(client, ring), client) as site:
        yield Stage(site, client, ring)
    await client.aclose()


async def test_b4_a_store_that_is_away_before_the_click(
    shaky: Stage, cable: Cable, chromium: Browser
) -> None:
    """B4: the page says that nothing was opened, and Try again works once the store is back."""
    holder = await shaky.share("hunter2")
    async with visitor(chromium, shaky.site.url) as stranger:
        page = await stranger.context.new_page()
        await cable.pull()
        await shaky.visit(page, holder)
        await see(page, "We cannot reach the server")
        await expect(page.get_by_role("main")).to_contain_text("Nothing was opened")
        await again_button(page).click()
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await cable.plug()
        await again_button(page).click()
        await reveal_button(page).click()
        assert await box(page).text_content() == "hunter2"
        assert stranger.watch.complaints == []


async def test_a_store_that_is_away_at_the_click(
    shaky: Stage, cable: Cable, chromium: Browser
) -> None:
    """A store gone at the reveal: 503, nothing is consumed, and Try again shows the secret."""
    async with visitor(chromium, shaky.site.url) as stranger:
        page = await stranger.context.new_page()
        holder = await shaky.ready(page, await shaky.share("hunter2"))
        await cable.pull()
        await reveal_button(page).click()
        await see(page, "Not just now")
        await expect(page.get_by_role("main")).to_contain_text("Nothing was shown")
        await cable.plug()
        assert (await shaky.status(holder)).state is State.ACTIVE
        await again_button(page).click()
        assert await box(page).text_content() == "hunter2"
        assert stranger.watch.complaints == []


async def test_offline(stage: Stage, stranger: Visitor) -> None:
    """Without a network: before the click nothing is lost; at the click neither."""
    page = await stranger.context.new_page()
    holder = await stage.ready(page, await stage.share("hunter2"))
    await stranger.context.set_offline(True)
    await reveal_button(page).click()
    await see(page, "The connection broke")  # it cannot know how far its request came
    assert (await stage.status(holder)).state is State.ACTIVE
    await stranger.context.set_offline(False)
    await again_button(page).click()
    assert await box(page).text_content() == "hunter2"


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a7_an_answer_cut_after_the_claim(
    stage: Stage, stranger: Visitor, times: int
) -> None:
    """A7: the secret is claimed and its answer lost; the same page asks again and shows it.

    Once by itself, then by hand: the server gives the same nonce the same bytes 3 more times.
    """
    page = await stranger.context.new_page()
    await cut(page, "reveal", times)
    holder = await stage.ready(page, await stage.share("hunter2"))
    await reveal_button(page).click()
    for _ in range(times - 1):
        await see(page, "The connection broke")
        assert (await stage.status(holder)).state is State.VIEWED
        await again_button(page).click()
    await see(page, "Your secret")
    assert await box(page).text_content() == "hunter2"
    assert stranger.watch.asked == ["status", *["reveal"] * (times + 1), "ack"]
    await expect_confirmed(stage, holder)


async def expect_confirmed(stage: Stage, holder: Holder) -> None:
    """Wait until the page's confirmation has arrived."""
    async with asyncio.timeout(5):
        while not (await stage.status(holder)).confirmed:
            await asyncio.sleep(0.02)


async def test_an_answer_that_never_comes_back(stage: Stage, stranger: Visitor) -> None:
    """A reveal lost for good says that most likely this page opened it, so nobody is accused."""
    page = await stranger.context.new_page()
    await states.ALL["gone-broken"](stage, page)
    await expect(page.get_by_text(GONE, exact=True)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("most likely by this page")


async def test_a_lost_confirmation_changes_nothing_for_the_reader(
    stage: Stage, stranger: Visitor
) -> None:
    """A missing ack changes nothing but the word "confirmed"."""
    page = await stranger.context.new_page()
    await answer(page, "ack", 502)
    holder = await stage.reveal(page, await stage.share("hunter2"))
    await page.wait_for_timeout(900)  # its second try
    assert await box(page).text_content() == "hunter2"
    status = await stage.status(holder)
    assert (status.state, status.confirmed) == (State.VIEWED, False)


async def test_too_many_requests(stage: Stage, stranger: Visitor) -> None:
    """429: says how long, cannot be pressed before, then goes on where it was."""
    page = await stranger.context.new_page()
    await page.clock.install()
    await answer(page, "reveal", 429, **{"Retry-After": "150"})
    holder = await stage.ready(page, await stage.share("hunter2"))
    await reveal_button(page).click()
    await see(page, "One moment, please")
    await expect(page.get_by_role("main")).to_contain_text("You can try again in 3 minutes.")
    await expect(again_button(page)).to_be_disabled()
    await again_button(page).click(force=True)
    assert stranger.watch.asked == ["status", "reveal"]
    await page.clock.run_for("02:31")
    await expect(page.get_by_role("main")).to_contain_text("You can try again now.")
    await page.unroute("**/reveal")
    assert (await stage.status(holder)).state is State.ACTIVE
    await again_button(page).click()
    assert await box(page).text_content() == "hunter2"


@pytest.mark.parametrize("state", ["unsupported", "insecure"])
async def test_a_browser_that_cannot_open_it(stage: Stage, chromium: Browser, state: str) -> None:
    """No WebCrypto, or no https: it says so, and nothing was sent."""
    async with visitor(chromium, stage.site.url) as stranger:
        page = await stranger.context.new_page()
        await states.ALL[state](stage, page)
        await expect(page.get_by_role("main")).to_contain_text("Nothing was opened")
        assert stranger.watch.asked == []


async def test_without_javascript(stage: Stage, visitors: Visitors) -> None:
    """It says why JavaScript is needed, and that nothing was opened."""
    stranger = await visitors.new(javascript=False)
    page = await stranger.open(address(stage.site, await stage.share()))
    await see(page, "JavaScript is needed")
    await expect(page.get_by_role("main")).to_contain_text(
        "never leaves your browser", use_inner_text=True
    )
    await expect(page.get_by_text("Checking your link")).to_be_hidden()
    assert stranger.watch.asked == []
