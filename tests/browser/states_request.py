"""Every state of the request page, and the shortest way into it."""

from playwright.async_api import Page, Route, expect

from storage import answers, keys
from storage.model import SecretId
from storage.wire import b64u
from tests import meddling
from tests.browser.inquiry import (
    Inquiry,
    collected,
    fill,
    inquire,
    open_form,
    press,
    receipt,
    reply,
    send,
    send_button,
)
from tests.browser.stage import Play, Stage, answer, cut, handled, never_answer, see
from tests.people import ANNA

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGFuIGV4YW1wbGUsIG5vdCBhIGtleQ\n"
UNEXPECTED = "I didn't expect this request"


def pem(name: str = "deploy.pem") -> tuple[str, bytes]:
    """A file, as it is chosen."""
    return name, PEM.encode()


async def choose(page: Page, name: str, data: bytes) -> None:
    """Choose a file."""
    files = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    await page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]


async def type_much(page: Page, text: str) -> None:
    """Paste what would take a keyboard, and Chromium's own typing, far too long."""
    await page.get_by_label("Your details").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })) }",
        text,
    )


async def swap_key(page: Page) -> None:
    """Put another public key into the server's answers, as somebody on the way would."""
    other = answers.new_request_keys(SecretId.new(ANNA.workspace)).public_key

    async def swap(route: Route) -> None:
        real = await handled(route)
        await route.fulfill(response=real, json=await real.json() | {"public_key": b64u(other)})

    await page.route("**/status", swap)


async def _loading(stage: Stage, page: Page) -> None:
    await never_answer(page, "status")
    await page.goto((await inquire(stage)).address(stage))
    await see(page, "Checking your link")


async def _free(stage: Stage, page: Page) -> None:
    await open_form(stage, page, await inquire(stage, (), what="The SSH key of your shop"))


async def _filled(stage: Stage, page: Page) -> None:
    await open_form(stage, page)
    await fill(page)
    await choose(page, *pem())
    await expect(page.get_by_text("Added: deploy.pem")).to_be_visible()
    await press(page, "Show Password")


async def _nothing(stage: Stage, page: Page) -> None:
    await open_form(stage, page)
    await send_button(page).click()
    await expect(page.get_by_text("Nothing is filled in yet.")).to_be_visible()


async def _too_large(stage: Stage, page: Page) -> None:
    await open_form(stage, page, await inquire(stage, ()))
    await type_much(page, ("x" * 63 + "\n") * 1025)
    await expect(page.get_by_text("64 bytes too many")).to_be_visible()


async def _binary(stage: Stage, page: Page) -> None:
    await open_form(stage, page)
    await choose(page, "photo.png", b"\x89PNG\r\n\x1a\n\0\0")
    await expect(page.get_by_text("not a plain text file")).to_be_visible()


async def _sending(stage: Stage, page: Page) -> None:
    await never_answer(page, "submit")
    await send(stage, page)
    await expect(page.get_by_role("button", name="Sending")).to_be_visible()


async def _no_room(stage: Stage, page: Page) -> None:
    await answer(page, "submit", 507, '{"error":{"code":"no_room"}}')
    await send(stage, page)
    await expect(page.get_by_text("There is no room on our side")).to_be_visible()


async def _cut(stage: Stage, page: Page) -> None:
    await cut(page, "submit", times=2)
    await send(stage, page)
    await see(page, "The connection broke")


async def _postponed(stage: Stage, page: Page) -> None:
    await answer(page, "submit", 503)
    await send(stage, page)
    await see(page, "Not just now")


async def _taken(stage: Stage, page: Page) -> None:
    inquiry = await open_form(stage, page)
    await reply(stage, inquiry)
    await fill(page)
    await send_button(page).click()
    await see(page, "Already answered")


async def _collected(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await reply(stage, inquiry)
    await collected(stage, inquiry)
    await page.goto(inquiry.address(stage))
    await see(page, "Collected")


async def _withdrawing(stage: Stage, page: Page) -> None:
    await receipt(stage, page)
    await press(page, "Withdraw")
    await see(page, "Withdraw what was sent?")


async def _withdrawn(stage: Stage, page: Page) -> None:
    await _withdrawing(stage, page)
    await press(page, "Yes, withdraw it")
    await see(page, "Withdrawn")


async def _too_late(stage: Stage, page: Page) -> None:
    inquiry = await receipt(stage, page)
    await press(page, "Withdraw")
    await collected(stage, inquiry)
    await press(page, "Yes, withdraw it")
    await expect(page.get_by_text("We had already collected it")).to_be_visible()


async def _ending(stage: Stage, page: Page) -> None:
    await open_form(stage, page)
    await press(page, UNEXPECTED)
    await see(page, "End this request?")


async def _told(stage: Stage, page: Page) -> None:
    await _ending(stage, page)
    await press(page, "Yes, end it")
    await see(page, "Thank you for telling us")


async def _gone(stage: Stage, page: Page, inquiry: Inquiry, title: str) -> None:
    await page.goto(inquiry.address(stage))
    await see(page, title)


async def _expired(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await meddling.expire_in(stage.redis, stage.ring, inquiry.id, seconds=-3600)
    await _gone(stage, page, inquiry, "Expired")


async def _cancelled(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await reply(stage, inquiry)
    await stage.site.vault.burn(ANNA, inquiry.id)
    await _gone(stage, page, inquiry, "Ended")


async def _lost(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await reply(stage, inquiry)
    await meddling.lose(stage.redis, inquiry.id)
    await _gone(stage, page, inquiry, "Lost")


async def _tampered(stage: Stage, page: Page) -> None:
    async def say_so(route: Route) -> None:
        real = await handled(route)
        await route.fulfill(response=real, json=await real.json() | {"state": "tampered"})

    await page.route("**/status", say_so)
    await _gone(stage, page, await inquire(stage), "Changed on our side")


async def _swapped(stage: Stage, page: Page) -> None:
    await swap_key(page)
    await _gone(stage, page, await inquire(stage), "Do not send anything")


async def _unknown(stage: Stage, page: Page) -> None:
    inquiry = await inquire(stage)
    await stage.redis.delete(keys.record(inquiry.id))
    await _gone(stage, page, inquiry, "We do not know this request")


async def _damaged(stage: Stage, page: Page) -> None:
    await page.goto((await inquire(stage)).address(stage)[:-5])
    await see(page, "This link is incomplete")


REQUEST_PAGE: dict[str, Play] = {
    "request-loading": _loading,
    "request-form": open_form,
    "request-free": _free,
    "request-filled": _filled,
    "request-nothing": _nothing,
    "request-too-large": _too_large,
    "request-binary": _binary,
    "request-sending": _sending,
    "request-no-room": _no_room,
    "request-cut": _cut,
    "request-postponed": _postponed,
    "request-taken": _taken,
    "request-receipt": receipt,
    "request-collected": _collected,
    "request-withdrawing": _withdrawing,
    "request-withdrawn": _withdrawn,
    "request-too-late": _too_late,
    "request-ending": _ending,
    "request-told": _told,
    "request-expired": _expired,
    "request-cancelled": _cancelled,
    "request-lost": _lost,
    "request-tampered": _tampered,
    "request-swapped": _swapped,
    "request-unknown": _unknown,
    "request-damaged": _damaged,
}
