"""The collect page: who may, what is shown and in which order, and where nothing of it goes."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import unquote_plus

import pytest
from playwright.async_api import Page, Request, expect

from storage.answers import RequestSeed, read_aloud_code, request_key
from storage.envelope import decode_token, encode_token
from storage.languages import Language
from storage.model import Content, Details, Kind, SecretId, State, TextFile, Token
from storage.wire import unb64u
from tests.asking import IN_CHANNEL
from tests.browser.collecting import (
    FIELDS,
    LABEL,
    WHAT,
    WITH_FILE,
    Asking,
    answer,
    answered,
    ask,
    collect,
    keys_of,
    link,
    press_collect,
    ready,
    ticket,
    trail,
)
from tests.browser.stage import Stage, again_button, box, cut, reveal_button, see
from tests.browser.stage import answer as reply_with
from tests.browser.test_share_page import paste
from tests.browsers import Visitor
from tests.people import ANNA, BEN, STRANGER

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAVED = "Saved - clear this page"
FRESH = "Make a fresh request"
GERMAN = Language("de")
BITWARDEN = "Copy as Bitwarden item (JSON)"
REPLY = "Thank you, we have received your details safely. The link no longer works."
_KEPT = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie,
  ...(await indexedDB.databases()), ...(await caches.keys()),
].filter((one) => one !== "")"""


async def press(page: Page, name: str) -> None:
    """Press a button by its exact words."""
    await page.get_by_role("button", name=name, exact=True).click()


async def names(page: Page) -> list[str]:
    """The boxes of what was sent, from top to bottom."""
    heads = page.locator("main > .parts h2")
    return await heads.all_text_contents()


async def test_from_slack_to_the_vault(stage: Stage, stranger: Visitor) -> None:
    """The rules first, one click, a login item's order, each with its copy button, then cleared."""
    page = await stranger.context.new_page()
    asking = await ready(stage, page)
    await expect(page.get_by_role("listitem")).to_have_text(
        [
            "Open it now, copy it, save it to the vault.",
            "Never forward a link.",
            "Never paste credentials into Help Scout notes, Slack or e-mail.",
            "Do not repeat them in the reply.",
        ]
    )
    assert page.url.endswith(asking.token)  # the ticket has left, the key stays until the click
    await expect(page.get_by_role("definition")).to_have_text([WHAT, LABEL, re.compile("2026|20")])
    await reveal_button(page).click()
    await see(page, "What was sent")
    assert page.url.endswith(f"/c/{asking.id.value}#opened")
    assert await names(page) == list(FIELDS)
    await expect(page.get_by_text("By someone with the request link")).to_be_visible()
    assert await box(page, "Password").text_content() == "Ck7!mWq-2pL9 zR"
    await page.get_by_role("button", name="Copy Password").click()
    await expect(page.get_by_role("status").first).to_have_text(
        "Password copied to your clipboard."
    )
    assert await paste(stranger) == "Ck7!mWq-2pL9 zR"
    vault = page.get_by_role("link", name="Open the vault")
    for name, value in (
        ("href", "https://vault.bitwarden.com"),
        ("target", "_blank"),
        ("rel", "noopener noreferrer"),
    ):
        await expect(vault).to_have_attribute(name, value)
    await page.get_by_role("button", name="Copy Reply to your customer", exact=True).click()
    assert await paste(stranger) == REPLY
    await press(page, SAVED)
    await see(page, "Saved and cleared")
    await expect(page.get_by_text("It is on record that you saved it.")).to_be_visible()
    await expect(page.get_by_role("button", name="Record it again")).to_be_hidden()
    assert "Ck7!mWq" not in await page.content()
    await expect(box(page, "Reply to your customer")).to_have_text(REPLY)
    assert stranger.watch.asked == ["session", "status", "reveal", "ack", "saved"]
    events = await trail(stage, asking.id)
    assert [event for event, _ in events] == [
        *("created", "submitted", "collected", "confirmed", "saved"),
    ]
    assert dict(events)["collected"] == dict(events)["saved"] == ANNA.user


async def test_e3_nothing_stays_and_nobody_else_is_asked(stage: Stage, stranger: Visitor) -> None:
    """E3: nothing stored, titled or in the address; the cookie is out of reach of scripts."""
    page = await stranger.context.new_page()
    await collect(stage, page)
    assert await page.evaluate(_KEPT) == []
    assert await page.title() == "Collect an answer · localhost"
    assert [c["name"] for c in await stranger.context.cookies()] == ["session"]
    await page.go_back()
    await page.go_forward()
    await see(page, "Already shown")


def spelled(secret: bytes) -> set[bytes]:
    """A value as it could hide in a request."""
    return {
        secret,
        secret.hex().encode(),
        b64encode(secret).rstrip(b"="),
        urlsafe_b64encode(secret).rstrip(b"="),
    }


def sent(request: Request) -> bytes:
    """Everything of a request that the network sees."""
    head = " ".join([request.url, *request.headers.values()])
    return unquote_plus(head).encode() + (request.post_data_buffer or b"")


async def test_c1_nothing_of_the_answer_is_sent(stage: Stage, stranger: Visitor) -> None:
    """C1: neither what was sent nor the seed, in any spelling, in any request of the whole visit."""
    canaries = [b"canary-user-4711", b"canary-password-4711", b"canary-file-4711"]
    content = Content(
        fields=(("Username", canaries[0].decode()), ("Password", canaries[1].decode())),
        file=TextFile("canary-name.pem", canaries[2].decode()),
    )
    asking = await answered(stage, content)
    seen: list[bytes] = []
    stranger.context.on("request", lambda request: seen.append(sent(request)))
    page = await stranger.context.new_page()
    await page.goto(link(stage, asking, f".{ticket(stage, asking)}"))
    await page.get_by_label("Collect link").fill(link(stage, asking, asking.token))
    await press(page, "Continue")
    await reveal_button(page).click()
    for name in ("Copy Password", BITWARDEN, FRESH):
        await page.get_by_role("button", name=name).click()
    await expect(page.get_by_role("heading", name="Your fresh request is ready")).to_be_visible()
    fresh = await box(page, "Collect link").text_content() or ""
    await press(page, SAVED)
    await expect(page.get_by_text("It is on record")).to_be_visible()
    everything = b"\n".join(seen)
    assert b"/api/requests" in everything
    tokens = [asking.token, fresh.partition("#")[2]]
    secret = [*canaries, b"canary-name.pem", asking.keys.seed.expose()]
    secret += [unb64u(token)[1:33] for token in tokens] + [token.encode() for token in tokens]
    assert [one for value in secret for one in spelled(value) if one in everything] == []
    # The control: what is sent would be found.
    proof = asking.question.link.expose()
    assert any(one in everything for one in spelled(proof))


async def test_the_item_for_bitwarden(stage: Stage, stranger: Visitor) -> None:
    """What `bw create item` takes, named after what was asked and for whom."""
    page = await stranger.context.new_page()
    await collect(stage, page)
    await press(page, BITWARDEN)
    await expect(page.get_by_text("bw encode | bw create item")).to_be_visible()
    item = json.loads(await paste(stranger))
    assert item["name"] == f"{LABEL}: {WHAT}"
    assert item["login"] == {
        "uris": [{"match": None, "uri": "https://shop.example.com/wp-admin"}],
        "username": "support",
        "password": "Ck7!mWq-2pL9 zR",
        "totp": None,
    }
    assert item["notes"].startswith("The second factor")


async def test_a_file_and_a_field_left_blank(stage: Stage, stranger: Visitor) -> None:
    """The file is one more box to copy, with nothing to download; what is blank is said."""
    page = await stranger.context.new_page()
    await collect(stage, page, await answered(stage, WITH_FILE))
    assert await names(page) == ["Username", "Account number", "id_ed25519.pem"]
    assert WITH_FILE.file
    assert await box(page, "id_ed25519.pem").text_content() == WITH_FILE.file.text
    await expect(page.get_by_text("Left blank: Password")).to_be_visible()
    await expect(page.locator("main [download], main a[href^='blob:']")).to_have_count(0)


async def test_g4_only_who_may(stage: Stage, stranger: Visitor) -> None:
    """G4: no ticket, a used one, an old one, another person, another workspace: nothing is opened."""
    asking, page = await answered(stage), await stranger.context.new_page()

    async def come(fragment: str, title: str, words: str) -> None:
        await page.goto("about:blank")
        await page.goto(link(stage, asking, fragment))
        await see(page, title)
        await expect(page.get_by_role("main")).to_contain_text(words)
        await expect(reveal_button(page)).to_have_count(0)
        await stranger.context.clear_cookies()

    used = ticket(stage, asking)
    await stage.site.post("/api/session", {"ticket": used})
    stage.site.client.cookie_jar.clear()
    again = "Press Collect in Slack again"
    await come(asking.token, again, "The link alone opens nothing")
    await come(f"{asking.token}.{used}", again, "This button was used before")
    await come(f"{asking.token}.forged-or-old", again, "counts for ten minutes")
    for other in (BEN, STRANGER):
        await come(f"{asking.token}.{ticket(stage, asking, other)}", "Not for you", "Only whoever")
    assert "reveal" not in stranger.watch.asked
    assert [event for event, _ in await trail(stage, asking.id)] == ["created", "submitted"]
    await collect(stage, page, asking)


async def test_g4_the_server_says_no_at_the_click(stage: Stage, stranger: Visitor) -> None:
    """A session that ended between look and click gets a screen of its own; nothing is lost."""
    page = await stranger.context.new_page()
    asking = await ready(stage, page)
    await stranger.context.clear_cookies()
    await reveal_button(page).click()
    await see(page, "Press Collect in Slack again")
    await page.goto("about:blank")
    await collect(stage, page, asking)


async def test_whoever_presses_in_the_channel(stage: Stage, stranger: Visitor) -> None:
    """This channel: a colleague collects, and is on record by name."""
    page = await stranger.context.new_page()
    asking = await answered(stage, collect_by=IN_CHANNEL)
    await press_collect(stage, page, asking, BEN)
    await reveal_button(page).click()
    await see(page, "What was sent")
    assert ("collected", BEN.user) in await trail(stage, asking.id)


async def test_a_used_button_opens_again_in_the_same_browser(
    stage: Stage, stranger: Visitor
) -> None:
    """A reload before the click loses nothing, and neither does Slack's button pressed twice."""
    page, asking = await stranger.context.new_page(), await answered(stage)
    fragment = f"{asking.token}.{ticket(stage, asking)}"
    for _ in range(2):
        await page.goto("about:blank")
        await page.goto(link(stage, asking, fragment))
        await expect(reveal_button(page)).to_be_visible()
    await page.reload()
    await reveal_button(page).click()
    await see(page, "What was sent")


async def test_a_request_born_in_a_browser_asks_for_its_link(
    stage: Stage, stranger: Visitor
) -> None:
    """Each wrong link is refused in words and nothing of it is sent; the right one opens."""
    page, asking, other = await stranger.context.new_page(), await answered(stage), await ask(stage)
    await page.goto(link(stage, asking, f".{ticket(stage, asking)}"))
    await see(page, "Paste the collect link")
    assert page.url.endswith(f"/c/{asking.id.value}#")
    field = page.get_by_label("Collect link")
    for pasted, words in (
        ("", "Paste the collect link first."),
        (link(stage, asking, asking.token[:-1]), "That is no complete collect link"),
        (link(stage, other, other.token), "That is the collect link of another request."),
        (asking.keys.request_link.url(stage.site.url), "That is your customer's link."),
    ):
        await field.fill(pasted)
        await field.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text(words)
        await expect(field).to_be_focused()
    assert stranger.watch.asked == ["session"]
    await field.fill(link(stage, asking, asking.token))
    await field.press("Enter")
    await reveal_button(page).click()
    await see(page, "What was sent")
    assert asking.token not in page.url


async def test_c6_a_damaged_link_sends_nothing(stage: Stage, stranger: Visitor) -> None:
    """C6: also with a ticket behind it, which then stays good."""
    asking, page = await answered(stage), await stranger.context.new_page()
    good = ticket(stage, asking)
    customers = asking.keys.request_link.token.expose().decode()
    for fragment in (
        asking.token[:-1],
        f"{asking.token[:20]}.{good}",
        customers,
        f"x{asking.token}",
    ):
        await page.goto("about:blank")
        await page.goto(link(stage, asking, fragment))
        await see(page, "This link is incomplete")
    assert stranger.watch.asked == []
    await page.goto(link(stage, asking, f"{asking.token}.{good}"))
    await expect(reveal_button(page)).to_be_visible()


async def test_waiting_until_it_comes(stage: Stage, stranger: Visitor) -> None:
    """Looks change nothing; by the button at once, and by itself ever more seldom."""
    page, asking = await stranger.context.new_page(), await ask(stage)
    await page.clock.install()
    await press_collect(stage, page, asking)
    await see(page, "Nothing has come yet")
    await press(page, "Look again")
    await expect(page.get_by_role("status")).to_contain_text("Still nothing")
    assert stranger.watch.asked == ["session", "status", "status"]
    await page.clock.run_for(16_000)
    await expect(page.get_by_role("button", name="Look again")).to_be_visible()
    await page.clock.run_for(20_000)  # the second pause is twice as long
    assert stranger.watch.asked.count("status") == 3
    await answer(stage, asking)
    await page.clock.run_for(15_000)
    await expect(reveal_button(page)).to_be_visible()
    assert [event for event, _ in await trail(stage, asking.id)] == ["created", "submitted"]


async def test_waiting_for_what_ends(stage: Stage, stranger: Visitor) -> None:
    """Cancelled while the page waits: it says so by itself. A cut line is no news."""
    page, asking = await stranger.context.new_page(), await ask(stage)
    await page.clock.install()
    await press_collect(stage, page, asking)
    await see(page, "Nothing has come yet")
    await reply_with(page, "status", 502)
    await page.clock.run_for(16_000)
    await see(page, "Nothing has come yet")
    await page.unroute("**/status")
    await stage.site.vault.burn(ANNA, asking.id)
    await page.clock.run_for(31_000)
    await see(page, "Cancelled")


async def test_a7_a_connection_that_breaks_in_mid_collect(stage: Stage, stranger: Visitor) -> None:
    """A7: claimed, and the answer lost on the way: the same page asks again and shows it."""
    page = await stranger.context.new_page()
    asking = await ready(stage, page)
    await cut(page, "reveal", times=2)
    await reveal_button(page).click()
    await see(page, "The connection broke")
    await again_button(page).click()
    await see(page, "What was sent")
    assert await box(page, "Username").text_content() == "support"
    assert stranger.watch.asked.count("reveal") == 3
    events = [event for event, _ in await trail(stage, asking.id)]
    assert events.count("collected") == 1


async def _made(page: Page) -> tuple[str, str, str, str]:
    await press(page, FRESH)
    heading = page.get_by_role("heading", name="Your fresh request is ready")
    await expect(heading).to_be_focused()
    texts = [
        await box(page, name).text_content() or ""
        for name in ("Request link", "Collect link", "Message to your customer")
    ]
    code = await page.locator(".code").text_content() or ""
    return texts[0], texts[1], texts[2], code


async def test_closed_too_early_a_fresh_request(stage: Stage, stranger: Visitor) -> None:
    """One click after a reload: the same words, new links, the message, and a code that fits."""
    page = await stranger.context.new_page()
    old = await collect(stage, page)
    await page.reload()
    await see(page, "Already shown")
    request_link, collect_link, message, code = await _made(page)
    assert message.startswith("Hi there, to keep your login details secure")
    assert f"1. Open {request_link} 2." in message
    path, _, token = collect_link.partition("#")
    sid = SecretId(path.rpartition("/")[2])
    assert sid.tag == old.id.tag
    assert sid != old.id
    seed = decode_token(Kind.COLLECT, sid, Token(token.encode()))
    found = await stage.site.vault.details(ANNA.workspace, sid)
    assert isinstance(found, Details)
    record = found.summary.record
    assert record
    assert (record.what, record.fields, record.label) == (WHAT, FIELDS, LABEL)
    assert found.summary.status.state is State.WAITING
    assert code == read_aloud_code(record.public_key)
    theirs = encode_token(Kind.REQUEST, sid, request_key(record.public_key)).expose().decode()
    assert request_link == f"{stage.site.url}/r/{sid.value}#{theirs}"
    # The link that was shown to be kept opens what comes.
    new = Asking(sid, keys_of(sid, RequestSeed(seed.expose())))
    await answer(stage, new, Content(text="anew"))
    await page.get_by_role("button", name="Copy collect link").click()
    await page.goto("about:blank")
    await page.goto(link(stage, new, f".{ticket(stage, new)}"))
    await page.get_by_label("Collect link").fill(collect_link)
    await press(page, "Continue")
    await reveal_button(page).click()
    assert await box(page, "Answer").text_content() == "anew"


async def test_a_fresh_request_speaks_the_customers_language(
    stage: Stage, stranger: Visitor
) -> None:
    """The message is in the old request's language, and the page behind its link will be."""
    page = await stranger.context.new_page()
    old = await collect(stage, page)
    await stage.site.vault.speak(ANNA, old.id, GERMAN)
    request_link, _, message, _ = await _made(page)
    assert message.startswith("Guten Tag, ")
    await page.goto(request_link)
    await expect(page.locator('html[lang="de"]')).to_be_attached()


async def test_a_fresh_request_whose_answer_got_lost_is_made_once(
    stage: Stage, stranger: Visitor
) -> None:
    """The same keys again; and what is on the screen stays on it."""
    page = await stranger.context.new_page()
    await collect(stage, page)
    before = len(await stage.redis.keys("*:record:*"))
    await cut(page, "api/requests", times=3)
    await press(page, FRESH)
    await expect(page.get_by_text("it is not made twice")).to_be_visible()
    await _made(page)
    assert len(await stage.redis.keys("*:record:*")) == before + 1
    assert await box(page, "Username").text_content() == "support"
    # Cleared, the new collect link stays: nobody else has it.
    await press(page, SAVED)
    await see(page, "Saved and cleared")
    await expect(box(page, "Collect link")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "session_required", "Your session here is over"),
        (403, "not_for_you", "You may not ask this again"),
        (403, "policy", "Your team does not allow it now"),
        (404, "unavailable", "That did not work, so nothing was made"),
        (429, "rate_limited", "Try again in 40 seconds."),
        (507, "no_room", "The store is full"),
        (400, "bad_request", "That did not work, so nothing was made"),
    ],
)
async def test_why_no_fresh_request_was_made(
    stage: Stage, stranger: Visitor, status: int, code: str, words: str
) -> None:
    """Each refusal in words, the button ready again."""
    page, asking = await stranger.context.new_page(), await ask(stage)
    await page.goto(link(stage, asking, "opened"))
    body = json.dumps({"error": {"code": code, "message": ""}})
    await reply_with(page, "api/requests", status, body, **{"Retry-After": "40"})
    await press(page, FRESH)
    await expect(page.get_by_role("status")).to_contain_text(words)
    await expect(page.get_by_role("button", name=FRESH)).to_be_enabled()


async def test_saved_although_nobody_could_be_told(stage: Stage, stranger: Visitor) -> None:
    """The page is cleared at once whatever the server says; the record can be made up for."""
    page = await stranger.context.new_page()
    asking = await collect(stage, page)
    await reply_with(page, "saved", 502)
    await press(page, SAVED)
    await see(page, "Saved and cleared")
    assert "Ck7!mWq" not in await page.content()
    await expect(page.get_by_text("It could not be put on record")).to_be_visible()
    await page.unroute("**/saved")
    await press(page, "Record it again")
    await expect(page.get_by_text("It is on record that you saved it.")).to_be_visible()
    assert ("saved", ANNA.user) in await trail(stage, asking.id)


async def test_leaving_is_asked_about_while_there_is_something_to_lose(
    stage: Stage, stranger: Visitor
) -> None:
    """Before the click and after Saved nothing is asked; in between the browser asks first."""
    page = await stranger.context.new_page()
    asks = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    await ready(stage, page)
    assert not await page.evaluate(asks)
    await reveal_button(page).click()
    await see(page, "What was sent")
    assert await page.evaluate(asks)
    await press(page, SAVED)
    await see(page, "Saved and cleared")
    assert not await page.evaluate(asks)


async def test_leaving_empties_the_page(stage: Stage, stranger: Visitor) -> None:
    """A copy kept for the Back button must not hold the answer."""
    page = await stranger.context.new_page()
    await collect(stage, page)
    await page.evaluate("dispatchEvent(new Event('pagehide'))")
    await see(page, "Already shown")
    assert "Ck7!mWq" not in await page.content()


async def test_leaving_empties_a_fresh_request_too(stage: Stage, stranger: Visitor) -> None:
    """Its collect link stays in no copy of the page either; coming back, the page starts anew."""
    page = await stranger.context.new_page()
    await collect(stage, page)
    await press(page, SAVED)
    await page.reload()
    await see(page, "Already shown")
    _, collect_link, _, _ = await _made(page)
    token = collect_link.partition("#")[2]
    assert token in await page.content()
    await page.get_by_role("button", name="Copy collect link").click()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert token not in await page.content()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(page.get_by_role("button", name="Make a fresh request")).to_be_visible()


async def test_it_hides_after_five_minutes(stage: Stage, stranger: Visitor) -> None:
    """As on the share page."""
    page = await stranger.context.new_page()
    await page.clock.install()
    await collect(stage, page)
    await page.clock.run_for("05:01")
    await expect(page.get_by_text("Hidden after five minutes.")).to_be_visible()
    assert "Ck7!mWq" not in await page.content()
    await press(page, "Show")
    assert await box(page, "Password").text_content() == "Ck7!mWq-2pL9 zR"


@pytest.mark.parametrize("width", [320, 256])
async def test_e4_it_reflows(stage: Stage, stranger: Visitor, width: int) -> None:
    """WCAG 1.4.10: nothing scrolls sideways, whatever is on the page."""
    page = await stranger.context.new_page()
    await page.set_viewport_size({"width": width, "height": 600})
    await collect(stage, page, await answered(stage, WITH_FILE))
    await press(page, FRESH)
    await expect(page.get_by_role("heading", name="Your fresh request is ready")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_e4_the_journey_by_keyboard_alone(stage: Stage, stranger: Visitor) -> None:
    """E4: Tab and Enter reveal, copy, hide, ask again and clear; each heading takes the focus."""
    page = await stranger.context.new_page()
    await ready(stage, page, await answered(stage, Content(fields=(("Password", "hunter2"),))))
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await see(page, "What was sent")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    order = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        text = await page.evaluate("document.activeElement.textContent")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        order.append((text.strip(), outline))
    assert order == [
        (text, "solid")
        for text in (
            "hunter2",
            "Copy to clipboard",
            "Hide",
            "Open the vault (opens in a new tab)",
            BITWARDEN,
            "Copy Reply to your customer",
            REPLY,
            SAVED,
        )
    ]
    await page.keyboard.press("Enter")
    await see(page, "Saved and cleared")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
