"""Windows and courier together: what people press in Slack, and what they read there afterwards."""

from typing import Any

from bot.views import ids, request
from storage.model import State
from storage.vault import Vault
from tests.bot.asking import (
    FORM,
    IN_CHANNEL,
    Customer,
    ask,
    button_of,
    collected,
    pressed_of,
    waiting_message,
)
from tests.bot.delivery import settled, working
from tests.bot.person import Person
from tests.raw import RawStore
from tests.slack import CHANNEL, FakeSlack, Room


def lines(person: Person, room: Room) -> list[dict[str, Any]]:
    """The plain lines that stand for ended requests."""
    found = (message for message in person.messages(room) if message.get("blocks"))
    return [message for message in found if button_of(message, ids.Action.ASK_AGAIN)]


async def test_cancelled_in_slack_and_asked_again_from_the_line(
    anna: Person, vault: Vault, slack: FakeSlack, store_client: RawStore
) -> None:
    """The message goes with its seed; its line opens the form with the same words."""
    async with working(vault, slack):
        await ask(anna)
        message = waiting_message(anna, anna.dm)
        await anna.press_below(anna.dm, message, ids.Action.CANCEL_REQUEST)
        await slack.seen("chat.delete")
        await settled(store_client)
        (line,) = anna.messages(anna.dm)
        assert line["text"] == "Cancelled: Admin login for your shop"
        await anna.press_below(anna.dm, line, ids.Action.ASK_AGAIN)
        await slack.seen("views.update", 2)
        form = anna.now(anna.latest())
        assert form["title"]["text"] == request.TITLE
        shown = await anna.submit(form)
        assert (await Customer.of(shown.view).look(vault)).state is State.WAITING
        await settled(store_client)
    assert len(lines(anna, anna.dm)) == 1
    assert waiting_message(anna, anna.dm)


async def test_answered_and_collected_in_a_channel(
    anna: Person, ben: Person, vault: Vault, slack: FakeSlack, store_client: RawStore
) -> None:
    """Ben collects what Anna asked for: both read in the channel who has it."""
    async with working(vault, slack):
        customer = Customer.of(await ask(anna, IN_CHANNEL))
        await customer.answer(vault)
        await settled(store_client)
        message = waiting_message(anna)
        below = anna.messages(CHANNEL)[-1]
        assert below["thread_ts"] == message["ts"]
        assert below["text"].startswith(f"<@{anna.user}> Answered ")
        await ben.press_below(CHANNEL, message, ids.Action.COLLECT)
        await slack.seen("views.update")
        address = button_of(ben.now(ben.latest()), ids.Action.OPEN_COLLECT)
        assert address
        assert await collected(vault, address["url"]) == "hunter2"
        await settled(store_client)
    (line,) = lines(anna, CHANNEL)
    assert f"Collected by <@{ben.user}>" in str(line)
    assert pressed_of(message).seed
    assert str(message["blocks"][-1]["elements"][0]["value"]) not in str(anna.messages(CHANNEL))


async def test_a12_the_message_of_a_replaced_request_is_taken_away(
    anna: Person, vault: Vault, slack: FakeSlack, store_client: RawStore
) -> None:
    """A12: Submit pressed again: one message stands, that of the link which works."""
    async with working(vault, slack):
        await anna.type("request")
        form = anna.latest()
        lost = Customer.of((await anna.submit(form, FORM)).view)
        again = Customer.of((await anna.submit(form, FORM)).view)
        await slack.seen("chat.delete")
        await settled(store_client)
    (message,) = anna.messages(anna.dm)
    assert pressed_of(message).id == again.id != lost.id
