"""The composer: secrets and requests that are born in an agent's browser."""

import asyncio
import json
import re
from dataclasses import dataclass, field

import pytest
from playwright.async_api import BrowserContext, Page, Request, Route, expect

from storage import answers, envelope
from storage.answers import RequestSeed
from storage.model import Content, Kind, LinkKey, Nonce, Passphrase, SecretId, TextFile, Token
from storage.outcomes import Opened, Submitted
from storage.tickets import Errand, Purpose
from tests.asking import Question, collect, session
from tests.browser.conftest import Visitors
from tests.browser.stage import Stage, box, passphrase_field, reveal_button, see
from tests.browser.states_composer import CHANNEL, PEM, REQUEST, compose, create
from tests.browser.test_share_page import paste
from tests.browsers import Visitor
from tests.links import READER, Holder, reveal
from tests.people import ANNA, BEN
from tests.raw import as_bytes, holds, snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "canary-words Gr\u00fcner Ahorn"
_STRETCHING = 30_000  # milliseconds, on a machine that is busy with other tests
TITLE = "Make a secret link"
LINK = re.compile(r"(http://localhost:\d+)/([src])/([\w-]{26})#([\w-]{48})\Z")


@dataclass
class Wire:
    """Everything that a browser sends, and the answers to what it makes."""

    sent: list[Request] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext) -> "Wire":
        """Listen from now on."""
        wire = cls()

        def note(request: Request) -> None:
            wire.sent.append(request)

        context.on("request", note)
        return wire

    async def bytes(self) -> bytes:
        """URLs, headers and bodies in one piece."""
        return as_bytes(
            [(one.url, await one.all_headers(), one.post_data_buffer or b"") for one in self.sent]
        )

    def bodies(self, path: str) -> list[dict[str, object]]:
        """What was posted there."""
        return [json.loads(one.post_data or "{}") for one in self.sent if one.url.endswith(path)]


async def write(page: Page, text: str) -> None:
    """Fill in the free text."""
    await page.get_by_label("Secret", exact=True).fill(text)


async def choose_file(page: Page, name: str, data: bytes) -> None:
    """Choose a file as the button does."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]


async def shown(page: Page, name: str) -> str:
    """What stands in a box to copy."""
    return await page.get_by_role("group", name=name, exact=True).inner_text()


def parsed(link: str) -> tuple[SecretId, LinkKey]:
    """Id and K of a link as the protocol reads it; its end survives a mail program."""
    found = LINK.match(link)
    assert found, link
    assert link[-1].isalnum()
    sid = SecretId(found[3])
    return sid, envelope.decode_token(Kind(found[2]), sid, Token(found[4].encode()))


def holder_of(link: str, passphrase: str | None = None) -> Holder:
    """Whoever got the link, and the passphrase another way."""
    sid, key = parsed(link)
    words = Passphrase.of(passphrase) if passphrase else None
    stretched = envelope.stretch(words, key, sid) if words else None
    return Holder(sid, key, envelope.link_proof(key, sid), stretched)


async def everything(stage: Stage, wire: Wire, logs: str) -> dict[str, bytes]:
    """Where a canary could be: what was sent, what is stored, what was logged."""
    return {
        "wire": await wire.bytes(),
        "store": as_bytes(await snapshot(stage.redis)),
        "logs": logs.encode(),
    }


async def test_c1_only_the_link_opens_a_composed_login(
    stage: Stage, stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """C1: Python reads what was typed; text, K and passphrase are in no request, store or log."""
    wire = Wire.of(stranger.context)
    page = await stranger.context.new_page()
    await compose(stage, page)
    await page.get_by_text("Login", exact=True).first.click()
    for name, value in (("Username", "canary-user \u00e9\U0001f511"), ("Password", "canary-pass")):
        await page.get_by_role("textbox", name=name, exact=True).fill(value)
    await page.get_by_role("textbox", name="Name of field 3").fill("canary-name")
    await page.get_by_role("button", name="Add a field").click()
    await page.keyboard.type("Second factor")
    await page.get_by_role("textbox", name="Second factor").fill("123\n456")
    await choose_file(page, "canary-file.pem", PEM.replace("\n", "\r\n").encode())
    await page.get_by_label("Label (not secret)").fill("canary-label")
    await page.get_by_label("Passphrase (optional)").fill(f" {WORDS}\t")
    await create(page)
    await page.get_by_role("group", name="Link").wait_for(timeout=_STRETCHING)
    link, message = await shown(page, "Link"), await shown(page, "Message to your customer")
    assert link in message
    assert "You will get the passphrase another way." in message
    assert WORDS not in message
    holder = holder_of(link, WORDS)
    found = await everything(stage, wire, caplog.text)
    assert holds(found["wire"], b"canary-label")  # what is sent would be seen
    assert b"/api/secrets" in found["logs"]
    token = link.partition("#")[2].encode()
    canaries = [b"canary-user", b"canary-pass", b"canary-name", b"canary-file", b"canary-words"]
    for needle in (*canaries, PEM[28:60].encode(), holder.key.expose(), token):
        assert [where for where, hay in found.items() if holds(hay, needle)] == []
    opened = await reveal(stage.site.vault, holder)
    assert isinstance(opened, Opened)
    content = envelope.unseal(opened.blob, holder.key, holder.id, stretched=holder.stretched)
    assert content == Content(
        fields=(
            ("Username", "canary-user \u00e9\U0001f511"),
            ("canary-name", "canary-pass"),
            ("Second factor", "123\n456"),
        ),
        file=TextFile("canary-file.pem", PEM),
    )


async def test_a_composed_secret_opens_in_a_readers_browser(
    stage: Stage, visitors: Visitors
) -> None:
    """Word for word, behind its passphrase; the message is the one that Slack would have given."""
    page = await (await visitors.new()).context.new_page()
    await compose(stage, page)
    await write(page, "line one\n\tline <two> \u202e\n")
    await page.get_by_role("button", name="Make six words").click()
    words = await page.get_by_label("Passphrase (optional)").input_value()
    assert re.fullmatch(r"([a-z]{3,8}-){5}[a-z]{3,8}", words)
    await create(page)
    await page.get_by_role("group", name="Link").wait_for(timeout=_STRETCHING)
    assert await shown(page, "Passphrase") == words
    until = await page.locator("dd").inner_text()
    link = await shown(page, "Link")
    assert await shown(page, "Message to your customer") == (
        f"Hi there, here is what you need, safely: {link} It can be opened once, until {until}. "
        "Copy what you need: when you close the page it is gone. "
        "You will get the passphrase another way."
    )
    consumes = "You created this secret. If you view it, the recipient will not be able to see it."
    await expect(page.get_by_text(consumes)).to_be_visible()
    reader = await (await visitors.new()).open(link)
    await passphrase_field(reader).fill(words)
    await reveal_button(reader).click()
    await box(reader).wait_for(timeout=_STRETCHING)
    assert await box(reader).text_content() == "line one\n\tline <two> \u202e\n"


async def test_a_file_alone_is_one_box(stage: Stage, visitors: Visitors) -> None:
    """Nothing typed, a key file added: the reader sees the file and no empty box beside it."""
    page = await (await visitors.new()).context.new_page()
    await compose(stage, page)
    await choose_file(page, "a.pem", PEM.encode())
    await page.get_by_role("radio", name="Reusable").check()
    await create(page)
    await see(page, "Your link is ready")
    reader = await (await visitors.new()).open(await shown(page, "Link"))
    await reveal_button(reader).click()
    await see(reader, "Your secret")
    assert await reader.locator("pre").all_text_contents() == [PEM]


async def test_c1_a_composed_request_is_opened_by_its_collect_link_alone(
    stage: Stage, stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """C1: Python answers, and opens with the seed; no request, store or log has had it."""
    wire = Wire.of(stranger.context)
    page = await stranger.context.new_page()
    # A browser whose WebCrypto has never heard of X25519.
    await page.add_init_script(
        "for (const name of ['generateKey', 'importKey']) { const known = SubtleCrypto.prototype[name];"
        "SubtleCrypto.prototype[name] = function (...all) { if (JSON.stringify(all).includes('X25519'))"
        "throw new DOMException('', 'NotSupportedError'); return known.apply(this, all); }; }"
    )
    await compose(stage, page, REQUEST)
    await page.get_by_label("What do you need?").fill("The admin login")
    await page.get_by_label("Customer's name").fill("canary-customer")
    await page.get_by_label("Customer or ticket (not shown)").fill("canary-label")
    for name in ("Login page", "Username"):
        await page.get_by_role("checkbox", name=name).uncheck()
    await page.get_by_role("radio", name="This channel").check()
    await create(page)
    await see(page, "Your request is ready")
    request, collecting = await shown(page, "Request link"), await shown(page, "Collect link")
    until = await page.locator("dd").last.inner_text()
    assert await shown(page, "Message to your customer") == (
        "Hi canary-customer, to keep your login details secure, please send them through this "
        f"page instead of e-mail: 1. Open {request} 2. Type your login details 3. Press Send. "
        f"It works once, until {until}, encrypts in your browser, and needs no account or signup."
    )
    (sid, key), (same, seed) = parsed(request), parsed(collecting)
    assert sid == same
    (body,) = wire.bodies("/api/requests")
    public_key = answers.public_key_of(RequestSeed(seed.expose()))
    assert answers.request_key(public_key) == key
    assert await page.locator(".code").inner_text() == answers.read_aloud_code(public_key)
    assert (body["fields"], body["collect_by"]) == (["Password"], "channel")
    found = await everything(stage, wire, caplog.text)
    assert holds(found["wire"], b"canary-label")
    token = collecting.partition("#")[2].encode()
    for needle in (seed.expose(), token, b"canary-customer"):
        assert [where for where, hay in found.items() if holds(hay, needle)] == []
    vault = stage.site.vault
    question = Question(
        sid, public_key, envelope.submit_proof(key, sid), envelope.link_proof(seed, sid)
    )
    content = Content(fields=(("Password", "hunter2"),))
    blob = answers.seal_answer(public_key, sid, content)
    sent = await vault.submit(sid, question.submit, Nonce.random(), blob, READER)
    assert isinstance(sent, Submitted)
    by = await session(vault, BEN, Purpose.COLLECT, sid, "C0SUPPORT")
    opened = await collect(vault, question, by)
    assert isinstance(opened, Opened)
    assert answers.open_answer(RequestSeed(seed.expose()), sid, opened.blob) == content


async def test_e3_the_ticket_leaves_the_address_bar_and_survives_a_reload(
    stage: Stage, visitors: Visitors
) -> None:
    """E3: nothing is stored but a used ticket in this tab's history entry, which is no use elsewhere."""
    stranger = await visitors.new()
    page = await stranger.context.new_page()
    await compose(stage, page)
    assert page.url == f"{stage.site.url}/new"
    assert await page.evaluate("history.length") == 2
    await page.reload()
    await see(page, TITLE)
    kept = await stranger.context.storage_state(indexed_db=True)
    assert kept["origins"] == []
    assert await page.evaluate("[document.cookie, document.title, window.name]") == [
        "",
        "Make a secret link \u00b7 localhost",
        "",
    ]
    ticket = (await page.evaluate("history.state"))["ticket"]
    other = await (await visitors.new()).open(f"{stage.site.url}/new#{ticket}")
    await see(other, "Open it again from Slack")
    await expect(other.get_by_text("This button was used before")).to_be_visible()
    await stranger.context.clear_cookies()
    await page.reload()
    await see(page, "Open it again from Slack")


async def test_a_ticket_for_another_page_opens_no_form(stage: Stage, stranger: Visitor) -> None:
    """Forged, for a visit, or none at all: the same screen, and no form."""
    page = await stranger.context.new_page()
    visit = stage.site.vault.tickets.issue(ANNA, Purpose.VISIT, Errand()).expose().decode()
    for fragment in ("", "#forged", f"#{visit}"):
        await page.goto("about:blank")
        await page.goto(f"{stage.site.url}/new{fragment}")
        await see(page, "Open it again from Slack")
        await expect(page.get_by_role("textbox")).to_have_count(0)


async def test_a_session_that_ends_loses_nothing(stage: Stage, stranger: Visitor) -> None:
    """What was typed stays; the button in Slack, in another tab, makes Create link work again."""
    page = await stranger.context.new_page()
    await compose(stage, page, CHANNEL, ANNA)
    await write(page, "hunter2")
    await stranger.context.clear_cookies()
    await create(page)
    await expect(page.get_by_text("Your session is over, so no link was made.")).to_be_visible()
    await expect(page.get_by_label("Secret", exact=True)).to_have_value("hunter2")
    await compose(stage, await stranger.context.new_page(), CHANNEL, ANNA)
    await create(page)
    await see(page, "Your link is ready")


async def test_an_answer_that_got_lost_makes_no_second_secret(
    stage: Stage, stranger: Visitor
) -> None:
    """The same id is sent again and answered 201 again; a changed form is another secret."""
    wire = Wire.of(stranger.context)
    page = await stranger.context.new_page()

    async def lose(route: Route) -> None:
        headers = await route.request.all_headers() | {"sec-fetch-site": "same-origin"}
        assert (await route.fetch(headers=headers)).status == 201
        await route.abort("connectionreset")

    await page.route("**/api/secrets", lose, times=2)
    await compose(stage, page)
    await write(page, "hunter2")
    await create(page)
    await expect(page.get_by_text("that does not make a second one")).to_be_visible()
    await create(page)
    await see(page, "Your link is ready")
    first, second, third = wire.bodies("/api/secrets")
    assert first == second == third
    holder = holder_of(await shown(page, "Link"))
    assert holder.read(await reveal(stage.site.vault, holder)) == "hunter2"
    await page.route("**/api/secrets", lose, times=2)
    await page.get_by_role("button", name="Make another").click()
    await write(page, "hunter3")
    await create(page)
    await expect(page.get_by_text("that does not make a second one")).to_be_visible()
    await write(page, "hunter4")
    await create(page)
    await see(page, "Your link is ready")
    holder = holder_of(await shown(page, "Link"))
    assert holder.read(await reveal(stage.site.vault, holder)) == "hunter4"


async def test_one_link_at_a_time(stage: Stage, stranger: Visitor) -> None:
    """While one is made nobody gets to the other form, whose link would hide the first for good."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await write(page, "hunter2")
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route("**/api/secrets", hold)
    await create(page)
    switch = page.locator("fieldset.switch")
    await expect(switch).to_have_js_property("inert", value=True)
    let_go.set()
    await see(page, "Your link is ready")
    await page.get_by_role("button", name="Make another").click()
    await page.get_by_role("radio", name="Request credentials").check()


async def test_an_id_that_is_taken_is_made_anew(stage: Stage, stranger: Visitor) -> None:
    """409 exists: another id and another key, without a question."""
    wire = Wire.of(stranger.context)
    page = await stranger.context.new_page()
    error = json.dumps({"error": {"code": "exists", "message": ""}})
    await page.route("**/api/secrets", lambda route: route.fulfill(status=409, body=error), times=1)
    await compose(stage, page)
    await write(page, "hunter2")
    await create(page)
    await see(page, "Your link is ready")
    first, second = wire.bodies("/api/secrets")
    assert {name for name in first if first[name] != second[name]} == {"id", "link_proof", "blob"}


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (507, {"code": "no_room"}, "The secret store is full, so no link was made."),
        (413, {"code": "too_large"}, "The server takes no more than this at once"),
        (503, {"code": "try_again"}, "The secret store cannot be reached, so no link was made."),
        (429, {"code": "rate_limited"}, "There were too many requests from your network"),
        (403, {"code": "policy", "reason": "max_lifetime"}, "no such long lifetime any more"),
        (403, {"code": "policy", "reason": "require_passphrase"}, "wants a passphrase on every"),
        (403, {"code": "policy", "reason": "requests"}, "Your team sends no requests."),
        (
            403,
            {"code": "policy", "reason": "creates_per_hour", "at": 1_795_536_000},
            "The next one can be made on 24 November 2026",
        ),
        (403, {"code": "not_for_you"}, "may not make a request for that channel"),
        (403, {"code": "policy", "reason": "constructor"}, "The server did not accept it"),
        (400, {"code": "bad_request"}, "The server did not accept it, so no link was made."),
        (502, None, "No answer came from the server."),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_every_refusal_says_what_to_do(
    stage: Stage, stranger: Visitor, status: int, error: object, words: str
) -> None:
    """In words, beside the button; what was typed stays as it was."""
    page = await stranger.context.new_page()
    body = json.dumps({"error": error})
    await page.route("**/api/secrets", lambda route: route.fulfill(status=status, body=body))
    await compose(stage, page)
    await write(page, "hunter2")
    await create(page)
    await expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    await expect(page.get_by_label("Secret", exact=True)).to_have_value("hunter2")
    await expect(page.get_by_label("Secret", exact=True)).to_be_editable()


async def test_the_limit_is_counted_in_bytes_and_before_encrypting(
    stage: Stage, stranger: Visitor
) -> None:
    """65,536 bytes fit, even where JSON makes six of each; one more is refused, and nothing sent."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await write(page, "\u20ac" * 21_845 + "xx")
    await expect(page.get_by_text("65,537 of 65,536 bytes")).to_be_visible()
    await create(page)
    await expect(page.get_by_role("alert").filter(has_text="This is too much")).to_be_visible()
    assert stranger.watch.asked == ["session"]
    most = "x" + "\x01" * 65_535
    await write(page, most)
    await expect(page.get_by_text("65,536 of 65,536 bytes")).to_be_visible()
    await create(page)
    await see(page, "Your link is ready")
    holder = holder_of(await shown(page, "Link"))
    assert holder.read(await reveal(stage.site.vault, holder)) == most


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "This is no text file"),
        (b"text\0with a zero", "This is no text file"),
        (b"x" * 65_537, "This file is too large"),
    ],
    ids=["not UTF-8", "NUL", "large"],
)
async def test_what_is_no_small_text_file_is_refused(
    stage: Stage, stranger: Visitor, data: bytes, words: str
) -> None:
    """In words; a good one then takes its place, and can be taken away again."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await choose_file(page, "odd.bin", data)
    await expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    await choose_file(page, "good.pem", PEM.encode())
    await expect(page.get_by_text("File: good.pem")).to_be_visible()
    await expect(page.get_by_role("alert").filter(has_text=words)).to_have_count(0)
    await page.get_by_role("button", name="Remove file").click()
    await expect(page.get_by_text("0 of 65,536 bytes")).to_be_visible()
    await create(page)
    await expect(page.get_by_text("Type the secret, or add a file")).to_be_visible()
    await expect(page.get_by_label("Secret", exact=True)).to_be_focused()


async def test_a_file_dropped_anywhere_is_taken(stage: Stage, stranger: Visitor) -> None:
    """It does not replace the page, and with it what was typed."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    await page.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["KEY=1\\r\\n"], "a.env"));
          const how = { dataTransfer, bubbles: true, cancelable: true };
          for (const type of ["dragover", "drop"])
            if (document.body.dispatchEvent(new DragEvent(type, how))) throw new Error(type);
        }"""
    )
    await expect(page.get_by_text("File: a.env")).to_be_visible()
    await expect(page.get_by_text("11 of 65,536 bytes")).to_be_visible()  # the name, LF


async def test_leaving_is_asked_about_while_something_would_be_lost(
    stage: Stage, stranger: Visitor
) -> None:
    """Typed and not sent, or made and not copied; otherwise the page may go."""
    page = await stranger.context.new_page()
    await compose(stage, page)
    ask = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert await page.evaluate(ask)
    await write(page, "hunter2")
    assert not await page.evaluate(ask)
    await create(page)
    await see(page, "Your link is ready")
    assert not await page.evaluate(ask)
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_text("Link copied to your clipboard.")).to_be_visible()
    link = await shown(page, "Link")
    assert await paste(stranger) == link
    assert await page.evaluate(ask)
    await page.get_by_role("button", name="Make another").click()
    await see(page, TITLE)
    await expect(page.get_by_label("Secret", exact=True)).to_have_value("")
    await page.get_by_role("radio", name="Request credentials").check()
    await page.get_by_label("What do you need?").fill("x")
    assert not await page.evaluate(ask)
    await create(page)
    await see(page, "Your request is ready")
    await page.get_by_role("button", name="Copy Message to your customer").click()
    await expect(page.get_by_role("status")).to_contain_text("copied")
    assert not await page.evaluate(ask)  # nobody has the collect link yet
    await page.get_by_role("button", name="Copy Collect link").click()
    await expect(page.get_by_role("status")).to_contain_text("Collect link copied")
    assert await page.evaluate(ask)


async def test_leaving_empties_the_page(stage: Stage, stranger: Visitor) -> None:
    """A copy of it that is kept for the Back button holds nothing that was typed or made."""
    page = await stranger.context.new_page()
    everywhere = (
        "() => document.documentElement.outerHTML"
        " + [...document.querySelectorAll('input, textarea')].map((one) => one.value)"
    )
    await compose(stage, page)
    await write(page, "hunter2")
    await page.get_by_label("Passphrase (optional)").fill("canary-words")
    assert "hunter2" in await page.evaluate(everywhere)
    await create(page)
    await page.get_by_role("group", name="Link").wait_for(timeout=_STRETCHING)
    token = (await shown(page, "Link")).partition("#")[2]
    assert "hunter2" not in await page.evaluate(everywhere)
    assert token in await page.evaluate(everywhere)
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    left = await page.evaluate(everywhere)
    assert token not in left
    assert "canary-words" not in left
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await see(page, TITLE)
    await write(page, "hunter3")
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert "hunter3" not in await page.evaluate(everywhere)


async def test_enter_makes_no_link_of_half_a_form(stage: Stage, stranger: Visitor) -> None:
    """Enter in a field is a slip as often as a wish; the button is one Tab away."""
    page = await stranger.context.new_page()
    await compose(stage, page, CHANNEL)
    await write(page, "hunter2")
    await page.get_by_label("Label (not secret)").press("Enter")
    await page.get_by_label("Passphrase (optional)").press("Enter")
    await see(page, TITLE)
    assert stranger.watch.asked == ["session"]
