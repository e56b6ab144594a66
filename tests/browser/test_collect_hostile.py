"""E2 on the collect page: what anybody with the request link sends stays text, in page and item."""

import asyncio
import json
from random import Random

import pytest
from playwright.async_api import Dialog, Page, expect

from storage.model import Content, TextFile
from tests.browser.collecting import answered, collect, link, ticket
from tests.browser.stage import Stage, see
from tests.browser.test_hostile import ATTACKS, ELEMENTS, hostile
from tests.browsers import Visitor
from tests.numbers import n

pytestmark = pytest.mark.asyncio(loop_scope="session")

_MORE = {"A", "LI", "OL", "SECTION"}
_AT_ONCE = 2
_KEEP_COPIES = """
  if (window.Clipboard) Clipboard.prototype.writeText = async (text) => void (window.copied = text);
"""
_LOOK = """() => ({
  ran: window.ran ?? null,
  tags: [...document.querySelectorAll("main *")].map((element) => element.tagName),
  texts: [...document.querySelectorAll("main > .parts pre")].map((box) => box.textContent),
  names: [...document.querySelectorAll("main > .parts h2 bdi")].map((name) => name.textContent),
  links: [...document.querySelectorAll("main a")].map(({ href }) => href),
  title: document.title,
})"""


async def _collect(
    stage: Stage, page: Page, arriving: asyncio.Lock, content: Content, what: str, label: str
) -> None:
    asking = await answered(stage, content, what=what, label=label)
    fragment = f"{asking.token}.{ticket(stage, asking)}"
    shown = page.locator("dd bdi")
    # The browser keeps one session: of two tickets traded at once, the first one's is written over.
    async with arriving:
        await page.goto(link(stage, asking, fragment), wait_until="commit")
        await expect(shown).to_have_count(2)
    assert await shown.all_text_contents() == [what, label]
    await page.evaluate("document.querySelector('main button').click()")
    await see(page, "What was sent")
    seen = await page.evaluate(_LOOK)
    assert content.file
    rest = [part for part in content.fields if part[0] != "Password"]
    password = dict(content.fields)["Password"]
    parts = [("Password", password), *rest, (content.file.name, content.file.text)]
    assert seen["names"] == [name for name, _ in parts]
    assert seen["texts"] == [value for _, value in parts]
    assert seen["ran"] is None
    assert set(seen["tags"]) <= ELEMENTS | _MORE
    assert seen["links"] == ["https://vault.bitwarden.com/"]
    assert seen["title"] == "Collect an answer · localhost"
    await page.get_by_role("button", name="Copy as Bitwarden item (JSON)").click()
    item = json.loads(await page.evaluate("window.copied"))
    assert (item["name"], item["login"]["password"]) == (f"{label}: {what}", password)
    assert item["login"]["uris"] == []
    assert content.file.text in item["notes"]


async def test_e2_a_hostile_answer_stays_text(stage: Stage, stranger: Visitor) -> None:
    """E2: names, values, a file, and the question's own words: no script, no report, no link."""
    dialogs: list[str] = []
    arriving = asyncio.Lock()

    async def dismiss(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            dialogs.append(dialog.message)
        await dialog.accept()

    stranger.context.on("dialog", dismiss)
    await stranger.context.add_init_script(_KEEP_COPIES)

    async def collector(random: Random, cases: int) -> None:
        page = await stranger.context.new_page()
        for _ in range(cases):
            name, value, other, file, text = (hostile(random) for _ in range(5))
            fields = ((name, value), (f"2{other}", name), ("Password", text))
            content = Content(fields=fields, file=TextFile(file, other))
            what, label = hostile(random)[:80], hostile(random)[:80]
            await _collect(stage, page, arriving, content, what, label)

    cases = n("E2", everyday=10, full=1000)
    async with asyncio.TaskGroup() as group:
        for seed in range(_AT_ONCE):
            group.create_task(collector(Random(seed), cases // _AT_ONCE))
    assert dialogs == []


async def test_e2_a_flood_of_fields_stays_a_page(stage: Stage, stranger: Visitor) -> None:
    """What nobody asked for in thousands comes in one box, and nothing of it is lost."""
    page = await stranger.context.new_page()
    fields = tuple((f"f{at}", ATTACKS[at % len(ATTACKS)][:6]) for at in range(4000))
    await collect(stage, page, await answered(stage, Content(fields=fields)))
    seen = await page.evaluate(_LOOK)
    assert len(seen["names"]) == 21
    assert seen["names"][-1] == "Everything else"
    assert seen["texts"][-1].count("\n\n") >= 4000 - 21
    assert seen["ran"] is None
