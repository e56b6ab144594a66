"""E2, G3: whatever an asker writes, or a server says, stays text on the request page."""

import asyncio
from random import Random

import pytest
from playwright.async_api import Dialog, Page, Route

from storage.model import Agent
from tests.browser.inquiry import Inquiry, inquire, send_button
from tests.browser.stage import Stage, handled
from tests.browser.test_hostile import hostile
from tests.browsers import Visitor
from tests.numbers import n
from tests.people import ANNA

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELEMENTS = {
    *("BDI", "BUTTON", "DD", "DIV", "DL", "DT", "FIELDSET", "FORM", "H1", "INPUT", "LABEL", "P"),
    *("SPAN", "TEXTAREA", "TIME"),
}
_LOOK = """() => ({
  ran: window.ran ?? null,
  tags: [...document.querySelectorAll("main *")].map((element) => element.tagName),
  attributes: [...document.querySelectorAll("main *")]
    .flatMap((element) => element.getAttributeNames()),
  who: [...document.querySelectorAll("main .from bdi")].map((name) => name.textContent),
  what: document.querySelector("main dd bdi")?.textContent ?? "",
  labels: [...document.querySelectorAll("main label bdi")].map((name) => name.textContent),
  title: document.title,
})"""
ATTRIBUTES = {
    *("autocapitalize", "autocomplete", "autocorrect", "class", "datetime", "dir", "for", "hidden"),
    *("id", "inputmode", "novalidate", "role", "rows", "spellcheck", "tabindex", "type"),
}
_AT_ONCE = 2


async def _look(stage: Stage, page: Page, inquiry: Inquiry) -> dict[str, object]:
    await page.goto("about:blank")
    await page.goto(inquiry.address(stage), wait_until="commit")
    await send_button(page).wait_for()
    seen: dict[str, object] = await page.evaluate(_LOOK)
    return seen


def _is_harmless(seen: dict[str, object]) -> None:
    assert seen["ran"] is None
    assert set(seen["tags"]) <= ELEMENTS  # type: ignore[call-overload]
    assert set(seen["attributes"]) <= ATTRIBUTES  # type: ignore[call-overload]
    assert seen["title"] == "Send your details safely · localhost"


async def test_e2_hostile_requests_stay_text(stage: Stage, stranger: Visitor) -> None:
    """E2, G3: no script, no link, no markup of the asker's making; what is shown is what was written."""
    dialogs: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    stranger.context.on("dialog", dismiss)

    async def customer(random: Random, cases: int) -> None:
        page = await stranger.context.new_page()
        for _ in range(cases):
            what, workspace, agent, *fields = (hostile(random)[:80] for _ in range(5))
            asker = Agent(ANNA.workspace, workspace, ANNA.user, agent)
            inquiry = await inquire(stage, fields, what=what, agent=asker)
            seen = await _look(stage, page, inquiry)
            _is_harmless(seen)
            assert seen["who"] == [agent, workspace]
            assert (seen["what"], seen["labels"]) == (what, fields)

    cases = n("E2", everyday=8, full=1000)
    async with asyncio.TaskGroup() as group:
        for seed in range(_AT_ONCE):
            group.create_task(customer(Random(seed), cases // _AT_ONCE))
    assert dialogs == []


async def test_e2_a_hostile_answer_stays_text(stage: Stage, stranger: Visitor) -> None:
    """E2: lengths and characters that our server would not let through are no more than text either."""
    random = Random(5)
    page = await stranger.context.new_page()
    said: dict[str, object] = {}

    async def say(route: Route) -> None:
        real = await handled(route)
        await route.fulfill(response=real, json=await real.json() | said)

    await page.route("**/status", say)
    inquiry = await inquire(stage)
    for _ in range(n("E2", everyday=4, full=300)):
        fields = [hostile(random) for _ in range(random.randint(1, 20))]
        said = {name: hostile(random) for name in ("what", "agent", "workspace")}
        said["fields"] = [*fields, "__proto__", "constructor", "toString"]
        seen = await _look(stage, page, inquiry)
        _is_harmless(seen)
        assert seen["who"] == [said["agent"], said["workspace"]]
        assert (seen["what"], seen["labels"]) == (said["what"], said["fields"])
