"""Collect and Cancel request: who may, and what each of them is told."""

import asyncio
import json
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.listeners import collect as listeners
from bot.listeners.collect import may_collect
from bot.views import cancel, collect, ids
from storage import keys
from storage.envelope import decode_token, link_proof, submit_proof
from storage.languages import Language
from storage.model import CollectBy, Event, Kind, Nonce, State, UserId, WorkspaceId
from storage.outcomes import NotForYou, SessionRequired
from storage.policy import HistoryScope, Policy
from storage.tickets import Errand, Purpose
from storage.vault import Vault
from storage.wire import b64u
from tests import asking
from tests.bot.asking import (
    FORM,
    IN_CHANNEL,
    Customer,
    agent_of,
    answered,
    ask,
    button_of,
    collected,
    pressed_of,
    session_of,
    state_of,
    summary_of,
    text_of,
    waiting_message,
)
from tests.bot.late_store import LateStore
from tests.bot.listeners.conftest import Under
from tests.bot.person import Json, Person
from tests.bot.views.test_request_views import record
from tests.links import READER
from tests.people import ANNA, BEN, STRANGER
from tests.slack import CHANNEL, SUPPORT, TEAM, Fault, Room

OTHER_CHANNEL = Room("C0OTHER", "other")


async def pressed(
    person: Person,
    action: str = ids.Action.COLLECT,
    room: Room | None = None,
    message: Json | None = None,
) -> Json:
    """Press a button of the newest message, and see the window as it is in the end."""
    before = len(person.slack.called("views.update"))
    room = room or CHANNEL
    answer = await person.press_below(room, message or waiting_message(person, room), action)
    assert (answer.status, answer.text) == (200, "")
    await person.slack.seen("views.update", before + 1)
    return person.now(person.latest())


def address_of(view: Json) -> str | None:
    """Where the way to the answer leads."""
    button = button_of(view, ids.Action.OPEN_COLLECT)
    return str(button["url"]) if button else None


async def test_the_agent_collects_what_the_customer_typed(anna: Person, vault: Vault) -> None:
    """The whole way: asked, answered, Collect, the page's click, and the text is there."""
    await answered(anna, vault)
    view = await pressed(anna, room=anna.dm)
    button = button_of(view, ids.Action.OPEN_COLLECT)
    assert button
    assert button["text"]["text"] == "Open the collect page"
    assert "for you alone, and for 10 minutes" in str(view)
    assert await collected(vault, button["url"]) == "hunter2"
    left = await anna.press(view, ids.Action.OPEN_COLLECT)
    assert (left.status, left.text) == (200, "")


async def test_the_window_comes_before_anything_is_asked(
    late_anna: Person, late_store: LateStore
) -> None:
    """With a store that does not answer, "Checking" is there at once."""
    await ask(late_anna)
    late_store.delay = 2.0
    answer = await late_anna.press_below(
        late_anna.dm, waiting_message(late_anna, late_anna.dm), ids.Action.COLLECT
    )
    assert answer.seconds < 1.0
    await late_anna.slack.seen("views.open", 2)
    assert "Checking" in str(late_anna.latest())


async def test_the_ticket_is_for_this_person_and_this_request(anna: Person, vault: Vault) -> None:
    """Purpose, person and request; with it nothing else can be collected or made."""
    sid = await answered(anna, vault)
    address = address_of(await pressed(anna, room=anna.dm))
    assert address
    session = await session_of(vault, address.rpartition(".")[2])
    assert (str(session.user), set(session.grants)) == (anna.user, {Purpose.COLLECT})
    assert session.requests == (sid,)
    assert not session.may_compose


async def test_the_seed_goes_to_the_button_alone(
    anna: Person, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    """The address stands in the URL button once, in no other text and in no log."""
    await answered(anna, vault)
    seed = pressed_of(waiting_message(anna, anna.dm)).seed
    assert seed
    view = await pressed(anna, room=anna.dm)
    address = address_of(view)
    assert address
    assert json.dumps(view).count(address.partition("#")[2]) == 1
    assert view.get("private_metadata", "") == ""
    logged = repr([vars(one) for one in caplog.records])
    for secret in (address.partition("#")[2], b64u(seed.expose())):
        assert secret not in logged


async def test_while_nobody_has_answered_there_is_a_reminder_and_no_button(anna: Person) -> None:
    """Waiting: says so, until when, and gives the text to remind with."""
    await ask(anna)
    view = await pressed(anna, room=anna.dm)
    assert "Nothing has come in yet." in str(view)
    assert address_of(view) is None
    assert ids.Block.REMINDER in {block.get("block_id") for block in view["blocks"]}


async def test_the_reminder_is_in_the_customers_language(anna: Person, vault: Vault) -> None:
    """As the request's own message was."""
    customer = Customer.of(await ask(anna))
    await vault.speak(agent_of(anna), customer.id, Language("de"))
    reminder = text_of(await pressed(anna, room=anna.dm), ids.Block.REMINDER)
    assert reminder.startswith("Guten Tag, ")


async def test_only_me_is_for_the_creator_alone(anna: Person, ben: Person, vault: Vault) -> None:
    """Somebody else with the button's very value, wherever they press, gets no way."""
    await answered(anna, vault)
    message = waiting_message(anna, anna.dm)
    for room in (ben.dm, CHANNEL):
        view = await pressed(ben, room=room, message=message)
        assert f"Only <@{anna.user}> may collect this answer." in str(view)
        assert address_of(view) is None
    assert address_of(await pressed(anna, room=CHANNEL, message=message))


async def test_this_channel_is_for_whoever_presses_there(
    anna: Person, ben: Person, vault: Vault
) -> None:
    """Ben in the channel may, and collects; the same press from anywhere else does not lead there."""
    await answered(anna, vault, IN_CHANNEL)
    message = waiting_message(anna)
    for room in (OTHER_CHANNEL, ben.dm):
        view = await pressed(ben, room=room, message=message)
        assert "is collected in the channel where it was asked for" in str(view)
        assert address_of(view) is None
    address = address_of(await pressed(ben))
    assert address
    assert await collected(vault, address) == "hunter2"
    assert f"Collected by <@{ben.user}>" in str(await pressed(anna))


async def test_g4_bens_session_is_no_use_for_what_is_annas(
    anna: Person, ben: Person, vault: Vault
) -> None:
    """G4: a ticket for one request collects no other one, though Ben may collect the first."""
    await answered(anna, vault, IN_CHANNEL)
    address = address_of(await pressed(ben))
    assert address
    session = await session_of(vault, address.rpartition(".")[2])
    hers = await answered(anna, vault)
    found = await summary_of(vault, TEAM, hers)
    assert found.record
    assert not session.may_collect(found.record)


async def test_people_of_other_workspaces_get_nothing(anna: Person, vault: Vault) -> None:
    """Slack Connect: a press by another organisation's member in the channel opens no window."""
    await answered(anna, vault, IN_CHANNEL)
    opened = len(anna.slack.called("views.open"))
    stranger = replace(anna, team="T0ELSEWHERE", user="U0STRANGER", name="mallory")
    message = waiting_message(anna)
    for action in (ids.Action.COLLECT, ids.Action.CANCEL_REQUEST):
        answer = await stranger.press_below(CHANNEL, message, action)
        assert (answer.status, answer.text) == (200, "")
    assert len(anna.slack.called("views.open")) == opened
    sid = pressed_of(message).id
    assert await state_of(vault, TEAM, sid) is State.RECEIVED


@pytest.mark.parametrize(
    ("channel", "agent", "pressed_in", "may"),
    [
        ("", ANNA, "", True),
        ("", ANNA, "C0SUPPORT", True),
        ("", BEN, "", False),
        ("", BEN, "C0SUPPORT", False),
        ("C0SUPPORT", ANNA, "", True),
        ("C0SUPPORT", BEN, "C0SUPPORT", True),
        ("C0SUPPORT", BEN, "C0OTHER", False),
        ("C0SUPPORT", BEN, "", False),
        ("C0SUPPORT", STRANGER, "C0SUPPORT", False),
        ("", STRANGER, "", False),
    ],
)
def test_f5_who_may_collect(channel: str, agent: object, pressed_in: str, *, may: bool) -> None:
    """F5, and every pair of person and channel; a secret that was shared is collected by nobody."""
    made = record(channel=channel)
    assert may_collect(made, agent, pressed_in) is may  # type: ignore[arg-type]
    shared = replace(made, kind=Kind.SHARE, collect_by="")
    assert not may_collect(shared, agent, pressed_in)  # type: ignore[arg-type]


async def test_a_request_from_the_browser_asks_for_the_kept_link(
    anna: Person, vault: Vault
) -> None:
    """A button without a seed: the address has the ticket alone, and the window says what follows."""
    await answered(anna, vault)
    message = waiting_message(anna, anna.dm)
    sid = pressed_of(message).id
    block = next(b for b in message["blocks"] if b["block_id"] == ids.Block.ASKED)
    block["elements"][0]["value"] = sid.value
    view = await pressed(anna, room=anna.dm, message=message)
    address = address_of(view)
    assert address
    assert address.startswith(f"https://secret.example.com/c/{sid.value}#.")
    assert collect.KEPT_LINK in str(view)


async def burn_by_link(vault: Vault, customer: Customer, event: Event) -> None:
    """What the customer's page does."""
    key = decode_token(Kind.REQUEST, customer.id, customer.token)
    end = vault.withdraw if event is Event.WITHDRAWN else vault.unexpected
    await end(customer.id, submit_proof(key, customer.id), READER)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event.WITHDRAWN, "Withdrawn "),
        (Event.UNEXPECTED, "by somebody who did not expect it"),
        (Event.CANCELLED, "Cancelled by <@"),
        (Event.REPLACED, "its link never arrived in Slack"),
    ],
)
async def test_what_has_ended_says_how_and_offers_another(
    anna: Person, vault: Vault, event: Event, said: str
) -> None:
    """Withdrawn, unexpected, cancelled, taken back: in words, with Ask again and no way there."""
    customer = Customer.of(await ask(anna))
    if event in {Event.WITHDRAWN, Event.UNEXPECTED}:
        await burn_by_link(vault, customer, event)
    else:
        undelivered = event is Event.REPLACED
        await vault.burn(agent_of(anna), customer.id, undelivered=undelivered)
    view = await pressed(anna, room=anna.dm)
    assert said in str(view)
    assert address_of(view) is None
    assert button_of(view, ids.Action.ASK_AGAIN)


async def test_what_ran_out_says_whether_an_answer_was_lost_by_it(
    anna: Person, vault: Vault, store_client: Redis
) -> None:
    """Expired: unanswered, or answered and not collected in time."""
    await anna.type("request")
    form = anna.latest()
    await anna.submit(form, FORM)
    message = waiting_message(anna, anna.dm)
    sid = pressed_of(message).id
    await store_client.hset(keys.record(sid), mapping={"state": "expired", "ended": "1"})
    assert "Nobody answered before the request expired" in str(await pressed(anna, room=anna.dm))
    await store_client.hset(keys.record(sid), "received", "1795536000000")
    assert "nobody collected it" in str(await pressed(anna, room=anna.dm))


async def test_a_record_that_is_gone_or_altered_says_so(
    anna: Person, vault: Vault, store_client: Redis
) -> None:
    """Tampered: nobody gets a way. Vanished from the store: there is no such request."""
    sid = await answered(anna, vault)
    await store_client.hset(keys.record(sid), "mac", b"x" * 32)
    view = await pressed(anna, room=anna.dm)
    assert "Something else than this server changed this request" in str(view)
    assert address_of(view) is None
    await store_client.flushall()
    assert collect.UNKNOWN in str(await pressed(anna, room=anna.dm))


async def test_a_store_that_is_away_says_so(late_anna: Person, late_store: LateStore) -> None:
    """Collect and Cancel: the window says so; when it is back, both work."""
    await ask(late_anna)
    await late_store.cut()
    assert collect.UNREACHABLE in str(await pressed(late_anna, room=late_anna.dm))
    view = await pressed(late_anna, ids.Action.CANCEL_REQUEST, late_anna.dm)
    assert cancel.STILL_THERE in str(view)
    await late_store.mend()
    view = await pressed(late_anna, ids.Action.CANCEL_REQUEST, late_anna.dm)
    assert view["title"]["text"] == "Cancelled"


@pytest.mark.parametrize("fault", [Fault(error="expired_trigger_id"), Fault(status=500)])
async def test_a_window_that_does_not_open_changes_nothing(
    anna: Person, vault: Vault, fault: Fault
) -> None:
    """Collect: nothing is shown, the answer is still there, and the next press works."""
    sid = await answered(anna, vault)
    anna.slack.fail("views.open", replace(fault, times=1))
    await anna.press_below(anna.dm, waiting_message(anna, anna.dm), ids.Action.COLLECT)
    assert await state_of(vault, TEAM, sid) is State.RECEIVED
    assert address_of(await pressed(anna, room=anna.dm))


async def test_collect_tells_the_place_that_was_lost(
    anna: Person, vault: Vault, store_client: Redis
) -> None:
    """We died between post and record: the press tells where the message is."""
    await ask(anna)
    message = waiting_message(anna, anna.dm)
    sid = pressed_of(message).id
    await store_client.delete(keys.notice(sid))
    await pressed(anna, room=anna.dm)
    async with asyncio.timeout(10):
        while not (ts := await store_client.hget(keys.notice(sid), "asked_ts")):
            await asyncio.sleep(0.02)
    assert ts == message["ts"].encode()


@pytest.mark.parametrize("has_answer", [False, True])
async def test_the_creator_cancels(anna: Person, vault: Vault, *, has_answer: bool) -> None:
    """Told in a window; an answer that had come in is destroyed unread, and it says so."""
    sid = await answered(anna, vault) if has_answer else Customer.of(await ask(anna)).id
    view = await pressed(anna, ids.Action.CANCEL_REQUEST, anna.dm)
    assert view["title"]["text"] == "Cancelled"
    assert ("destroyed unread" in str(view)) is has_answer
    assert await state_of(vault, TEAM, sid) is State.BURNED
    found = await vault.details(WorkspaceId(TEAM), sid)
    event = Event.BURNED if has_answer else Event.CANCELLED
    assert found.trail[-1].event is event  # type: ignore[union-attr]
    view = await pressed(anna, ids.Action.CANCEL_REQUEST, anna.dm)
    assert "nothing left to cancel. Status: Burned" in str(view)


async def test_nobody_else_cancels_but_an_admin(
    anna: Person, ben: Person, under: Under, vault: Vault
) -> None:
    """Ben, who may collect in the channel, may not cancel; an admin may; an unknown id is nobody's."""
    sid = Customer.of(await ask(anna, IN_CHANNEL)).id
    assert cancel.NOT_YOURS in str(await pressed(ben, ids.Action.CANCEL_REQUEST))
    assert await state_of(vault, TEAM, sid) is State.WAITING
    closed = replace(
        await under(Policy(history_scope=HistoryScope.OWN)), user=ben.user, name=ben.name
    )
    assert cancel.UNKNOWN in str(await pressed(closed, ids.Action.CANCEL_REQUEST))
    assert await state_of(vault, TEAM, sid) is State.WAITING
    boss = replace(
        await under(Policy(admins=frozenset({UserId(ben.user)}))), user=ben.user, name=ben.name
    )
    view = await pressed(boss, ids.Action.CANCEL_REQUEST)
    assert view["title"]["text"] == "Cancelled"
    assert await state_of(vault, TEAM, sid) is State.BURNED


async def test_own_history_does_not_bar_who_may_collect(
    anna: Person, ben: Person, under: Under, vault: Vault
) -> None:
    """HISTORY_SCOPE=own is about the history: in the channel Ben collects all the same."""
    await answered(anna, vault, IN_CHANNEL)
    closed = replace(
        await under(Policy(history_scope=HistoryScope.OWN)), user=ben.user, name=ben.name
    )
    assert address_of(await pressed(closed))


async def test_longest_names_fit_a_button(anna: Person, vault: Vault) -> None:
    """Slack's 3,000 characters for an address hold the longest names of people and workspaces."""
    for name in ("n" * 255, "\U0001f600" * 255, "\u3042" * 255, '"\\' * 127):
        agent = replace(agent_of(anna), workspace_name=name, name=name[:80])
        ticket = vault.tickets.issue(agent, Purpose.COMPOSE)
        assert len(ticket.expose()) < 2800
        session = await session_of(vault, ticket.expose().decode())
        assert session.workspace_name == name


async def test_g4_the_seed_alone_collects_nothing(anna: Person, ben: Person, vault: Vault) -> None:
    """G4: the button's value without a session of the right person is refused by the vault."""
    await answered(anna, vault)
    value = pressed_of(waiting_message(anna, anna.dm))
    assert value.seed
    ticket = vault.tickets.issue(agent_of(ben), Purpose.COLLECT, Errand(value.id))
    proof = link_proof(value.seed, value.id)
    for session, refusal in (
        (None, SessionRequired()),
        (await session_of(vault, ticket.expose().decode()), NotForYou()),
    ):
        opened = await vault.open(value.id, proof, Nonce.random(), READER, session=session)
        assert opened == refusal


async def test_f5_a_request_of_another_workspace_is_as_if_it_did_not_exist(
    anna: Person, vault: Vault
) -> None:
    """F5: Collect, Cancel request and Ask again on its id: no such request, and it lives on."""
    theirs = await asking.ask(vault, agent=STRANGER, collect_by=CollectBy(SUPPORT))
    await ask(anna, IN_CHANNEL)
    message = waiting_message(anna)
    block = next(b for b in message["blocks"] if b["block_id"] == ids.Block.ASKED)
    for button in block["elements"]:
        button["value"] = theirs.id.value
    again = {**block["elements"][1], "action_id": ids.Action.ASK_AGAIN.value}
    block["elements"].append(again)
    assert collect.UNKNOWN in str(await pressed(anna, message=message))
    assert cancel.UNKNOWN in str(await pressed(anna, ids.Action.CANCEL_REQUEST, message=message))
    assert collect.UNKNOWN in str(await pressed(anna, ids.Action.ASK_AGAIN, message=message))
    assert await state_of(vault, STRANGER.workspace, theirs.id) is State.WAITING


async def test_without_the_check_at_the_press_others_get_the_address(
    anna: Person, ben: Person, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control; what is behind it, the vault's own check, still hands out nothing."""
    sid = await answered(anna, vault)
    monkeypatch.setattr(listeners, "may_collect", lambda *_: True)
    address = address_of(await pressed(ben, message=waiting_message(anna, anna.dm)))
    assert address
    with pytest.raises(AssertionError):
        await collected(vault, address)
    assert await state_of(vault, TEAM, sid) is State.RECEIVED
