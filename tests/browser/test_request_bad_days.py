"""The request page on bad days: swapped keys, damaged links, broken connections, old browsers."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.async_api import Dialog, Page, Request, Route, expect

from storage import answers, keys
from storage.envelope import encode_token
from storage.model import Kind, LinkKey, SecretId, State
from storage.wire import b64u, unb64u
from tests import meddling
from tests.browser import states
from tests.browser.inquiry import (
    PASSWORD,
    SENT,
    Inquiry,
    collected,
    fill,
    inquire,
    open_form,
    receipt,
    send,
    send_button,
    state_of,
)
from tests.browser.stage import Stage, again_button, answer, cut, handled, see
from tests.browser.test_bad_days import DAMAGED, Parts
from tests.browsers import Visitor
from tests.numbers import has_its_turn, n
from tests.people import ANNA

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _sees_no_form(page: Page) -> None:
    assert await page.locator("form, input, textarea").count() == 0
    await expect(send_button(page)).to_have_count(0)


def _swaps(real: bytes) -> list[str]:
    """Public keys that are not the link's, as the server could give them."""
    other = answers.new_request_keys(SecretId.new(ANNA.workspace)).public_key
    flipped = bytes([real[0] ^ 1]) + real[1:]
    mixed = real[:1184] + other[1184:]
    spelled = [b64u(key) for key in (other, flipped, mixed, real[:-1], real + b"\0", b"")]
    return [*spelled, b64u(real) + "=", " " + b64u(real), "null", "{}"]


async def test_g1_a_swapped_key_gets_no_form(stage: Stage, stranger: Visitor) -> None:
    """G1: whatever public key but the link's own: no form, and what to do instead."""
    page = await stranger.context.new_page()
    given: list[object] = []

    async def swap(route: Route) -> None:
        real = await handled(route)
        await route.fulfill(response=real, json=await real.json() | {"public_key": given[-1]})

    await page.route("**/status", swap)
    inquiries = [await inquire(stage) for _ in range(n("G1", everyday=1, full=50))]
    for inquiry in inquiries:
        for at, key in enumerate([*_swaps(inquiry.keys.public_key), None, 7]):
            if not has_its_turn(f"key {at}", of=2):
                continue
            given.append(key)
            await page.goto("about:blank")
            await page.goto(inquiry.address(stage))
            await see(page, "Do not send anything")
            await expect(page.get_by_text("Call the team that asked you")).to_be_visible()
            await _sees_no_form(page)
    # Negative control: the right one, the same way, gets the form.
    given.append(b64u(inquiries[-1].keys.public_key))
    await page.reload()
    await expect(send_button(page)).to_be_visible()
    assert set(stranger.watch.asked) == {"status"}


async def test_g1_a_key_swapped_in_the_store_gets_no_form(stage: Stage, stranger: Visitor) -> None:
    """G1: a store that holds another record under this id: nobody knows such a request."""
    mine, other = await inquire(stage), await inquire(stage)
    theirs = await stage.redis.hgetall(keys.record(other.id))
    await stage.redis.hset(keys.record(mine.id), mapping=theirs)
    page = await stranger.open(mine.address(stage))
    await see(page, "We do not know this request")
    await expect(page.get_by_role("main")).to_contain_text("Do not send your details another way")
    await _sees_no_form(page)


async def test_g1_a_fingerprint_that_is_missing_short_or_long(
    stage: Stage, stranger: Visitor
) -> None:
    """G1, C6: damaged, cut, extended, of another kind: the damaged screen, and nothing is sent."""
    inquiry = await inquire(stage)
    link = inquiry.address(stage)
    parts = Parts(*re.split("/r/|#", link))
    fingerprint = answers.request_key(inquiry.keys.public_key)
    damaged: dict[str, Callable[[], str]] = {
        name: lambda damage=damage: damage(parts).replace("/s/", "/r/", 1)  # type: ignore[misc]
        for name, damage in DAMAGED.items()
    }
    for kind in (Kind.SHARE, Kind.COLLECT):
        token = encode_token(kind, inquiry.id, fingerprint).expose().decode()
        damaged[f"of kind {kind.value}"] = lambda token=token: f"{link.partition('#')[0]}#{token}"  # type: ignore[misc]
    page = await stranger.context.new_page()
    for name, damage in damaged.items():
        if not has_its_turn(name, of=3):
            continue  # the share page's link is read by the same code, and has them all every day
        await page.goto("about:blank")
        await page.goto(damage())
        await see(page, "This link is incomplete")
        sentence = "Nothing was sent. Open the link again from your message."
        await expect(page.get_by_text(sentence, exact=True), name).to_be_visible()
        await _sees_no_form(page)
    assert stranger.watch.asked == []
    await page.goto(link)
    await expect(send_button(page)).to_be_visible()


async def test_a_link_with_another_fingerprint_proves_nothing(
    stage: Stage, stranger: Visitor
) -> None:
    """A link that was made up for a known id, checksum and all, is an unknown one."""
    inquiry = await inquire(stage)
    token = encode_token(Kind.REQUEST, inquiry.id, LinkKey.random()).expose().decode()
    page = await stranger.open(f"{inquiry.address(stage).partition('#')[0]}#{token}")
    await see(page, "We do not know this request")
    await _sees_no_form(page)


@pytest.mark.parametrize("losses", [1, 2])
async def test_a_lost_answer_to_send(stage: Stage, stranger: Visitor, losses: int) -> None:
    """The same nonce goes again, by itself and by hand; one answer arrives, once."""
    page = await stranger.context.new_page()
    sent: list[dict[str, str]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/submit"):
            sent.append(json.loads(request.post_data or ""))

    page.on("request", note)
    await cut(page, "submit", times=losses)
    inquiry = await send(stage, page)
    if losses == 2:
        await see(page, "The connection broke")
        await expect(page.get_by_role("main")).to_contain_text("Keep this page open")
        await again_button(page).click()
    await see(page, "Sent")
    assert len(sent) == losses + 1
    assert all(body == sent[0] for body in sent)
    assert len(unb64u(sent[0]["nonce"])) == 16
    assert await collected(stage, inquiry) == SENT


async def test_two_visits_have_two_nonces(stage: Stage, stranger: Visitor) -> None:
    """A nonce is a page load's own: what another one sends is another answer."""
    nonces = set()
    for _ in range(2):
        page = await stranger.context.new_page()
        async with page.expect_request("**/submit") as submitted:
            await receipt(stage, page)
        nonces.add(json.loads((await submitted.value).post_data or "")["nonce"])
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (413, "too_large", "The server finds it too large"),
        (507, "no_room", "There is no room on our side just now"),
        (403, "foreign_origin", "The server did not accept it"),
    ],
)
async def test_a_refusal_keeps_what_was_typed(
    stage: Stage, stranger: Visitor, status: int, code: str, words: str
) -> None:
    """413, 507 and the like: in words on the form, from where it can be changed and sent again."""
    page = await stranger.context.new_page()
    await answer(page, "submit", status, f'{{"error":{{"code":"{code}"}}}}')
    inquiry = await send(stage, page)
    await expect(page.get_by_text(words)).to_be_visible()
    await page.unroute("**/submit")
    await page.get_by_label("Password", exact=True).fill("another")
    await send_button(page).click()
    await see(page, "Sent")
    assert dict((await collected(stage, inquiry)).fields or ())["Password"] == "another"


@pytest.mark.parametrize(
    ("status", "title"),
    [(503, "Not just now"), (429, "One moment, please"), (502, "The connection broke")],
)
async def test_a_server_that_is_not_there_just_now(
    stage: Stage, stranger: Visitor, status: int, title: str
) -> None:
    """503, 429, 502 on Send: keep the page open and try again; then it arrives."""
    page = await stranger.context.new_page()
    await answer(page, "submit", status, **{"Retry-After": "1"})
    inquiry = await send(stage, page)
    await see(page, title)
    await page.unroute("**/submit")
    await again_button(page).click()
    await see(page, "Sent")
    assert await collected(stage, inquiry) == SENT


async def test_no_other_answer_takes_the_place_of_one_that_may_have_arrived(
    stage: Stage, stranger: Visitor
) -> None:
    """After a lost answer a refusal does not open the form again: what was sealed stays as it is."""
    page = await stranger.context.new_page()
    answers_of_a_proxy = iter([502, 507])

    async def fail(route: Route) -> None:
        await route.fulfill(status=next(answers_of_a_proxy), body='{"error":{"code":"no_room"}}')

    await page.route("**/submit", fail, times=2)
    inquiry = await send(stage, page)
    await see(page, "That did not work")
    await _sees_no_form(page)
    await again_button(page).click()
    await see(page, "Sent")
    assert await collected(stage, inquiry) == SENT


async def _expire(stage: Stage, inquiry: Inquiry) -> None:
    await meddling.expire_in(stage.redis, stage.ring, inquiry.id, seconds=-60)


async def _cancel(stage: Stage, inquiry: Inquiry) -> None:
    await stage.site.vault.burn(ANNA, inquiry.id)


@pytest.mark.parametrize(
    ("end", "title", "words"),
    [
        (_expire, "Expired", "before anything was sent"),
        (_cancel, "Ended", "We cancelled it"),
    ],
)
async def test_it_ends_while_the_form_is_open(
    stage: Stage, stranger: Visitor, end: Callable[..., object], title: str, words: str
) -> None:
    """410 on Send: expired or cancelled is said, with what to do, and the text is gone."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await fill(page)
    await end(stage, inquiry)  # type: ignore[misc]
    await send_button(page).click()
    await see(page, title)
    await expect(page.get_by_role("main")).to_contain_text(words)
    await expect(page.get_by_role("main")).to_contain_text("ask us for a new link")
    await _sees_no_form(page)


@pytest.mark.parametrize("state", ["unreachable", "limited"])
async def test_looking_again(stage: Stage, stranger: Visitor, state: str) -> None:
    """A first look that fails can be tried again."""
    page = await stranger.context.new_page()
    await answer(page, "status", 502 if state == "unreachable" else 429, **{"Retry-After": "1"})
    inquiry = await inquire(stage)
    await page.goto(inquiry.address(stage))
    await expect(again_button(page)).to_be_visible()
    await page.unroute("**/status")
    await again_button(page).click()
    await expect(send_button(page)).to_be_visible()


async def test_without_web_cryptography(stage: Stage, stranger: Visitor) -> None:
    """A browser that cannot encrypt is told so; nothing is sent."""
    page = await stranger.context.new_page()
    await page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: null })")
    await page.goto((await inquire(stage)).address(stage))
    await see(page, "This browser cannot open it")
    await expect(page.get_by_role("main")).to_contain_text("Nothing was sent")
    assert stranger.watch.asked == []


async def test_without_x25519_in_web_cryptography(stage: Stage, stranger: Visitor) -> None:
    """Browsers whose WebCrypto lacks X25519 (and ML-KEM) seal all the same."""
    page = await stranger.context.new_page()
    await page.add_init_script("""
      // The blank page that a tab begins with has no SubtleCrypto.
      if (globalThis.SubtleCrypto) for (const name of ["generateKey", "importKey", "deriveBits", "deriveKey"]) {
        const real = SubtleCrypto.prototype[name];
        SubtleCrypto.prototype[name] = function (...how) {
          if (!how.some((one) => /25519|448|ML-/i.test(one?.name ?? one))) return real.apply(this, how);
          return Promise.reject(new DOMException("no such algorithm", "NotSupportedError"));
        };
      }""")
    inquiry = await receipt(stage, page)
    assert await collected(stage, inquiry) == SENT
    # Negative control: the browser's own X25519 is out of reach here.
    with pytest.raises(Exception, match="no such algorithm"):
        await page.evaluate("crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits'])")


async def _leave(page: Page, *, persisted: bool) -> None:
    await page.evaluate(
        "(persisted) => dispatchEvent(new PageTransitionEvent('pagehide', { persisted }))",
        persisted,
    )


_VALUES = "[...document.querySelectorAll('input, textarea')].map((box) => box.value).join('')"


@pytest.mark.parametrize("persisted", [True, False])
async def test_leaving_empties_the_form(
    stage: Stage,
    stranger: Visitor,
    persisted: bool,  # noqa: FBT001
) -> None:
    """On pagehide what was typed is gone; a page that the Back button brings back starts anew."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await fill(page)
    assert PASSWORD in await page.evaluate(_VALUES)
    boxes = await page.query_selector_all("input, textarea")
    await _leave(page, persisted=persisted)
    assert [
        await box.input_value() for box in boxes if await box.get_attribute("type") != "file"
    ] == [""] * 4
    if persisted:
        await page.evaluate(
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
        )
        await expect(send_button(page)).to_be_visible()
        assert PASSWORD not in await page.evaluate(_VALUES)
        await fill(page)
        await send_button(page).click()
        await see(page, "Sent")
        assert await collected(stage, inquiry) == SENT


async def test_sending_empties_the_form(stage: Stage, stranger: Visitor) -> None:
    """Once it has arrived, not even a field that is no longer in the page holds it."""
    page = await stranger.context.new_page()
    await open_form(stage, page)
    await fill(page)
    boxes = await page.query_selector_all("input:not([type=file]), textarea")
    await send_button(page).click()
    await see(page, "Sent")
    assert [await box.input_value() for box in boxes] == [""] * 4


async def test_a_page_that_was_left_sends_nothing_more(stage: Stage, stranger: Visitor) -> None:
    """What waits behind a broken connection is forgotten with the page."""
    page = await stranger.context.new_page()
    await answer(page, "submit", 503)
    inquiry = await send(stage, page)
    await see(page, "Not just now")
    await _leave(page, persisted=True)
    await page.unroute("**/submit")
    await again_button(page).click()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(send_button(page)).to_be_visible()
    assert await state_of(stage, inquiry) is State.WAITING


async def test_the_browser_asks_before_unsent_text_is_lost(stage: Stage, stranger: Visitor) -> None:
    """beforeunload: with something typed, and only until it was sent or taken out again."""
    page = await stranger.context.new_page()
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", stay)
    inquiry = await open_form(stage, page)
    await page.reload()
    assert asked == []
    await page.get_by_label("Username").fill("ben")
    await page.reload()
    assert asked == ["beforeunload"]
    await expect(page.get_by_label("Username")).to_have_value("")
    await page.get_by_label("Username").fill("ben")
    await page.get_by_label("Username").fill("")
    await page.reload()
    await receipt(stage, page, inquiry)
    await page.reload()
    await see(page, "Sent")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("state", ["request-lost", "request-tampered", "request-cancelled"])
async def test_what_became_of_it_says_what_to_do(
    stage: Stage, stranger: Visitor, state: str
) -> None:
    """Lost, tampered, cancelled: a screen of its own, no form, and a next step."""
    page = await stranger.context.new_page()
    await states.ALL[state](stage, page)
    await _sees_no_form(page)
    words = {"request-lost": "ask us for a new link", "request-tampered": "Call us on a number"}
    await expect(page.get_by_role("main")).to_contain_text(words.get(state, "destroyed"))
