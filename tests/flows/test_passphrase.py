"""A passphrase from Slack to the customer's browser and back to its creator, on real processes."""

import asyncio
import re
import time
from typing import Any

import pytest
from playwright.async_api import expect

from bot.views.ids import Block
from tests.bot.person import Person
from tests.browser.stage import GONE
from tests.browsers import Visitor
from tests.deployment import Deployment
from tests.flows.acting import texts
from tests.raw import as_bytes

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSPHRASE = "correct horse battery staple"


async def locked_link(anna: Person, passphrase: str) -> str:
    """Fill the modal with a passphrase; the link comes a moment after the answer."""
    modal = await anna.open_share()
    values: dict[str, str | None] = {Block.SECRET: "hunter2", Block.PASSPHRASE: passphrase}
    answer = await anna.submit(modal, values)
    assert "Making your link" in answer.text
    updates = await anna.slack.seen("views.update", len(anna.slack.called("views.update")) + 1)
    shown: dict[str, Any] = updates[-1]["view"]
    assert "You will get the passphrase another way." in texts(shown)
    assert passphrase not in texts(shown)
    link = re.search(r"http://localhost:\d+/s/[\w-]+#[\w-]+", str(shown))
    assert link
    return link[0]


async def test_the_right_one_opens(anna: Person, customer: Visitor, live: Deployment) -> None:
    """Driven by label alone; the passphrase itself is sent to nobody and stands nowhere."""
    page = await customer.open(await locked_link(anna, PASSPHRASE))
    await page.get_by_label("Passphrase", exact=True).fill(f"  {PASSPHRASE}\t")
    await page.get_by_role("button", name="Click to reveal").click()
    await expect(page.get_by_role("group", name="Secret")).to_have_text("hunter2")
    assert PASSPHRASE.encode() not in live.logs()
    assert PASSPHRASE not in str([call.body for call in anna.slack.calls])
    files = (path for path in live.data_dir.rglob("*") if path.is_file())
    assert PASSPHRASE.encode() not in as_bytes([path.read_bytes() for path in files])


async def test_four_wrong_ones_count_down_and_the_fifth_destroys(
    anna: Person, customer: Visitor
) -> None:
    """The page counts the tries, the fifth ends it, and its creator is told within 5 seconds."""
    page = await customer.open(await locked_link(anna, PASSPHRASE))
    field = page.get_by_label("Passphrase", exact=True)
    button = page.get_by_role("button", name="Click to reveal")
    for left in (4, 3, 2, 1):
        await field.fill(f"wrong {left}")
        await button.click()
        await expect(page.get_by_text(re.compile(f"\\b{left} (tries|try) left"))).to_be_visible()
    await field.fill("wrong for the last time")
    await button.click()
    await expect(page.get_by_text(GONE)).to_be_visible()
    destroyed = time.monotonic()
    async with asyncio.timeout(10):
        while not any("Destroyed after 5" in str(call.body) for call in anna.slack.calls):
            await asyncio.sleep(0.05)
    assert time.monotonic() - destroyed < 5
