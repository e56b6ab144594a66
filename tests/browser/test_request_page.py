"""The request page as a customer meets it: read who asks, type, send, come back to the receipt."""

import re

import pytest
from playwright.async_api import Page, expect

from storage.model import Content, State, TextFile
from tests.browser.conftest import Visitors
from tests.browser.inquiry import (
    LOGIN_FIELDS,
    PASSWORD,
    SENT,
    WHAT,
    Inquiry,
    collected,
    fill,
    inquire,
    open_form,
    press,
    receipt,
    reply,
    send_button,
    state_of,
)
from tests.browser.stage import Stage, cut, see
from tests.browser.states_request import PEM, UNEXPECTED, choose, pem, type_much
from tests.browsers import Visitor
from tests.people import ANNA

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT = 65_536
TEXTS = {
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600 caf\u00e9 e\u0301",
    "right to left": "\u05e1\u05d9\u05e1\u05de\u05d4 \u202e123\u202c \u0645\u0641\u062a\u0627\u062d",
    "white space": "  two before, three after\t \n\n\n last line, then blank ones  \n \n",
    "separators": "one\u2028two\u2029three\u0085four\ufefffive",
    "markup": "<img src=x onerror=alert(1)>&amp;&lt;",
}


async def _free(stage: Stage, page: Page) -> Inquiry:
    return await open_form(stage, page, await inquire(stage, ()))


async def _send(page: Page) -> None:
    await send_button(page).click()
    await see(page, "Sent")


async def test_g3_who_asks_for_what_until_when_and_the_code(
    stage: Stage, stranger: Visitor
) -> None:
    """G3: the page shows the agent and the team, what for, until when, and the agent's code."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    main = page.get_by_role("main")
    await expect(main).to_contain_text("Asked by anna at Example Support")
    await expect(main.get_by_text(WHAT, exact=True)).to_be_visible()
    when = r"^\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d CES?T$"
    await expect(main.get_by_role("time")).to_have_text(re.compile(when))
    question = "Is it really us? Our agent can read you this code"
    await expect(main.get_by_text(question, exact=True)).to_be_visible()
    await expect(main.get_by_text(inquiry.code, exact=True)).to_be_visible()
    assert re.fullmatch(r"[0-9A-Z]{3}-[0-9A-Z]{3}", inquiry.code)
    assert await main.get_by_role("link").count() == 0
    assert stranger.watch.asked == ["status"]
    assert await state_of(stage, inquiry) is State.WAITING


async def test_each_thing_asked_for_has_its_field(stage: Stage, stranger: Visitor) -> None:
    """One field a name, in the order asked; the password behind dots; a name of its own takes lines."""
    page = await stranger.context.new_page()
    fields = (*LOGIN_FIELDS, "API keys")
    inquiry = await open_form(stage, page, None, *fields)
    labels = await page.locator("form label").all_text_contents()
    assert labels == list(fields)
    password = page.get_by_label("Password", exact=True)
    assert await password.get_attribute("type") == "password"
    await expect(page.get_by_label("Login page")).to_have_attribute("inputmode", "url")
    for name in fields:
        box = page.get_by_label(name, exact=True)
        await expect(box).to_have_attribute("autocomplete", "off")
        await expect(box).to_have_attribute("spellcheck", "false")
    await password.fill(PASSWORD)
    await press(page, "Show Password")
    assert await password.get_attribute("type") == "text"
    await press(page, "Hide Password")
    assert await password.get_attribute("type") == "password"
    await page.get_by_label("API keys").fill("one\ntwo")
    await _send(page)
    assert await collected(stage, inquiry) == Content(
        fields=(("Password", PASSWORD), ("API keys", "one\ntwo"))
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_the_agent_reads_exactly_what_was_typed(
    stage: Stage, stranger: Visitor, text: str
) -> None:
    """What Python opens is what was typed in the browser, character for character."""
    page = await stranger.context.new_page()
    inquiry = await _free(stage, page)
    await page.get_by_label("Your details").fill(text)
    await _send(page)
    assert stranger.watch.asked == ["status", "submit", "status"]
    assert await collected(stage, inquiry) == Content(text=text)


async def test_a_file_comes_along(stage: Stage, stranger: Visitor) -> None:
    """A PEM file beside a login, its line ends LF; it can be taken out and chosen again."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await fill(page)
    name, data = pem("schlüssel.pem")
    await choose(page, name, data.replace(b"\n", b"\r\n"))
    await press(page, f"Remove {name}")
    await expect(page.get_by_role("button", name="Add a file")).to_be_focused()
    await choose(page, name, data.replace(b"\n", b"\r\n"))
    await expect(page.get_by_text(f"Added: {name}")).to_be_visible()
    await _send(page)
    assert await collected(stage, inquiry) == Content(fields=SENT.fields, file=TextFile(name, PEM))


async def test_a_file_can_be_dropped(stage: Stage, stranger: Visitor) -> None:
    """Dropped on its place it is added; beside it, it does not take the page's place."""
    page = await stranger.context.new_page()
    inquiry = await _free(stage, page)
    transfer = await page.evaluate_handle(
        "(text) => { const data = new DataTransfer();"
        " data.items.add(new File([text], 'deploy.pem')); return data }",
        PEM,
    )
    beside = await page.locator("h1").evaluate_handle("(node) => node")
    was_let_through = await page.evaluate(
        "([node, dataTransfer]) => node.dispatchEvent("
        "new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))",
        [beside, transfer],
    )
    assert was_let_through is False
    await expect(page.get_by_text("Added:")).to_have_count(0)
    await page.dispatch_event(".drop", "dragover", {"dataTransfer": transfer})
    await expect(page.locator(".drop")).to_have_class("drop over")
    await page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})
    await expect(page.get_by_text("Added: deploy.pem")).to_be_visible()
    await _send(page)
    assert await collected(stage, inquiry) == Content(text="", file=TextFile("deploy.pem", PEM))


REFUSED_FILES = {
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", "not a plain text file"),
    "a NUL in text": (b"text\x00text", "not a plain text file"),
    "UTF-16": ("text".encode("utf-16"), "not a plain text file"),
    "Latin-1": ("Schlüssel".encode("latin-1"), "not a plain text file"),
    "empty": (b"", "This file is empty."),
    "too large": (b"x" * 65_537, "This file is too large."),
    "far too large": (b"x" * 500_000, "This file is too large."),
}


async def test_files_that_do_not_fit_are_refused_in_words(stage: Stage, stranger: Visitor) -> None:
    """Binary, not UTF-8, empty, too large: said beside the button; nothing is added or sent."""
    page = await stranger.context.new_page()
    await open_form(stage, page)
    for name, (data, words) in REFUSED_FILES.items():
        await choose(page, "file", data)
        await expect(page.get_by_role("alert").first, name).to_contain_text(words)
        await expect(page.get_by_text("Added:")).to_have_count(0)
    await choose(page, *pem())
    await expect(page.get_by_role("alert").first).to_have_text("")
    assert stranger.watch.asked == ["status"]


async def test_all_of_the_space_can_be_used(stage: Stage, stranger: Visitor) -> None:
    """65,536 bytes fit: as text, and as newlines, which are twice as long in what is encrypted."""
    page = await stranger.context.new_page()
    inquiry = await _free(stage, page)
    text = ("x" * 62 + "é") * 1024
    await type_much(page, text)
    await expect(page.locator(".counter")).to_have_text("65,536 of 65,536 bytes used")
    await _send(page)
    assert await collected(stage, inquiry) == Content(text=text)
    inquiry = await _free(stage, page)
    newlines = "\n" * (LIMIT - 1)
    await choose(page, "n", newlines.encode())
    await expect(page.locator(".counter")).to_have_text("65,536 of 65,536 bytes used")
    await _send(page)
    assert await collected(stage, inquiry) == Content(text="", file=TextFile("n", newlines))


async def test_one_byte_more_is_refused(stage: Stage, stranger: Visitor) -> None:
    """65,537 bytes: refused in words before anything is encrypted or sent, and kept to be shortened."""
    page = await stranger.context.new_page()
    inquiry = await _free(stage, page)
    await type_much(page, "x" * (LIMIT + 1))
    too_many = page.get_by_text("That is 1 byte too many.")
    await expect(too_many).to_be_visible()
    await send_button(page).click()
    await expect(too_many).to_be_visible()
    await choose(page, *pem())
    await expect(page.get_by_text(re.compile("^That is [0-9]+ bytes too many"))).to_be_visible()
    await send_button(page).click()
    assert stranger.watch.asked == ["status"]
    await press(page, "Remove deploy.pem")
    await type_much(page, "x" * LIMIT)
    await expect(page.get_by_text("too many")).to_have_count(0)
    await _send(page)
    assert await collected(stage, inquiry) == Content(text="x" * LIMIT)


async def test_nothing_at_all_is_refused(stage: Stage, stranger: Visitor) -> None:
    """White space is nothing; Enter in a field sends nothing either."""
    page = await stranger.context.new_page()
    await open_form(stage, page)
    await page.get_by_label("Username").fill("  ")
    await send_button(page).click()
    await expect(page.get_by_text("Nothing is filled in yet.")).to_be_visible()
    await page.get_by_label("Username").fill("ben")
    await expect(page.get_by_text("Nothing is filled in yet.")).to_have_count(0)
    await page.get_by_label("Username").press("Enter")
    assert stranger.watch.asked == ["status"]


async def test_the_receipt_lives_on(stage: Stage, visitors: Visitors) -> None:
    """Reload, another browser, after the collection: the link stays and shows what became of it."""
    stranger = await visitors.new()
    page = await stranger.context.new_page()
    inquiry = await receipt(stage, page)
    assert page.url == inquiry.address(stage)
    for again in (page, await (await visitors.new()).context.new_page()):
        await again.goto("about:blank")
        await again.goto(inquiry.address(stage))
        await see(again, "Sent")
        await expect(again.get_by_role("main")).to_contain_text("CollectedNot yet")
        await expect(again.get_by_role("button", name="Withdraw", exact=True)).to_be_visible()
        assert PASSWORD not in await again.content()
    assert await collected(stage, inquiry) == SENT
    await page.reload()
    await see(page, "Collected")
    await expect(page.get_by_role("time")).to_have_count(2)
    await expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


async def test_withdrawing(stage: Stage, stranger: Visitor) -> None:
    """Asked once more, then destroyed; Go back keeps it; the link shows the end."""
    page = await stranger.context.new_page()
    inquiry = await receipt(stage, page)
    await press(page, "Withdraw")
    await see(page, "Withdraw what was sent?")
    await press(page, "Go back")
    await see(page, "Sent")
    assert await state_of(stage, inquiry) is State.RECEIVED
    await press(page, "Withdraw")
    await press(page, "Yes, withdraw it")
    await see(page, "Withdrawn")
    assert await state_of(stage, inquiry) is State.BURNED
    await page.reload()
    await see(page, "Ended")
    await expect(page.get_by_role("main")).to_contain_text("What was sent is destroyed.")


async def test_withdrawing_after_the_collection(stage: Stage, stranger: Visitor) -> None:
    """Too late is said as such, with when it was collected."""
    page = await stranger.context.new_page()
    inquiry = await receipt(stage, page)
    await press(page, "Withdraw")
    await collected(stage, inquiry)
    await press(page, "Yes, withdraw it")
    await see(page, "Collected")
    await expect(page.get_by_role("note")).to_contain_text("We had already collected it")


@pytest.mark.parametrize("sent", [False, True])
async def test_an_unexpected_request(
    stage: Stage,
    stranger: Visitor,
    sent: bool,  # noqa: FBT001
) -> None:
    """On the form and on the receipt: confirmed, then it is over for everybody; the team is told."""
    page = await stranger.context.new_page()
    inquiry = await (receipt if sent else open_form)(stage, page)
    await press(page, UNEXPECTED)
    await see(page, "End this request?")
    await press(page, "Yes, end it")
    await see(page, "Thank you for telling us")
    assert await state_of(stage, inquiry) is State.BURNED
    trail = await stage.site.vault.details(ANNA.workspace, inquiry.id)
    assert "unexpected" in str(trail)


async def test_going_back_from_the_question_keeps_what_was_typed(
    stage: Stage, stranger: Visitor
) -> None:
    """A button pressed by accident costs nothing."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await fill(page)
    await press(page, UNEXPECTED)
    await press(page, "Go back")
    await _send(page)
    assert await collected(stage, inquiry) == SENT


@pytest.mark.parametrize("verb", ["withdraw", "unexpected"])
async def test_a_lost_answer_to_taking_it_back(stage: Stage, stranger: Visitor, verb: str) -> None:
    """The end that this page brought about is shown as its own, though the first answer got lost."""
    page = await stranger.context.new_page()
    inquiry = await receipt(stage, page)
    await cut(page, verb, times=1)
    await press(page, "Withdraw" if verb == "withdraw" else UNEXPECTED)
    await press(page, "Yes, withdraw it" if verb == "withdraw" else "Yes, end it")
    await see(page, "Withdrawn" if verb == "withdraw" else "Thank you for telling us")
    assert await state_of(stage, inquiry) is State.BURNED


async def test_somebody_else_was_faster(stage: Stage, stranger: Visitor) -> None:
    """409: somebody has already answered; what was typed here is not sent, and what to do is said."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await reply(stage, inquiry, Content(text="first"))
    await fill(page)
    await send_button(page).click()
    await see(page, "Already answered")
    await expect(page.get_by_role("main")).to_contain_text("If that was not you, call us")
    await expect(page.get_by_role("time")).to_have_count(1)
    assert await collected(stage, inquiry) == Content(text="first")
