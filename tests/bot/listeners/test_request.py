"""From ``/secret request`` to the link for a customer, on good days and bad ones."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot import app
from bot.listeners import asking
from bot.listeners.opening import COULD_NOT_OPEN
from bot.listeners.request import RequestListeners
from bot.sandbox.model import APP_USER
from bot.slack_api import Trouble
from bot.slack_http import PATH
from bot.views import ids, link_ready, request, request_ready
from storage import keys
from storage.answers import read_aloud_code
from storage.model import DAY, CollectBy, Event, SecretId, State, WorkspaceId, tag_of
from storage.tickets import Purpose
from storage.vault import Vault
from storage.wire import b64u
from tests.bot.asking import (
    FORM,
    IN_CHANNEL,
    Customer,
    agent_of,
    answered,
    ask,
    button_of,
    pressed_of,
    session_of,
    state_of,
    summary_of,
    text_of,
    waiting_message,
)
from tests.bot.conftest import build, served
from tests.bot.late_store import LateStore
from tests.bot.person import Json, Person
from tests.numbers import n
from tests.raw import as_bytes, holds, snapshot
from tests.slack import CHANNEL, SUPPORT, TEAM, FakeSlack, Fault, Room, Value

CANARY = "hunter2-canary"
GROUP = Room("G0GROUP", "mpdm-anna--ben--clara-1")


async def opened_form(person: Person, text: str = "request", room: Room = CHANNEL) -> Json:
    """Type the command and look at the form."""
    answer = await person.type(text, room=room)
    assert (answer.status, answer.text) == (200, "")
    return person.latest()


async def all_requests(store: Redis) -> list[SecretId]:
    """Every request of the workspace, oldest first."""
    names: list[Any] = list(await store.zrange(keys.index(tag_of(WorkspaceId(TEAM))), 0, -1))
    return [SecretId(name.decode()) for name in names]


async def living(store: Redis, vault: Vault) -> list[SecretId]:
    """Those that somebody could still answer."""
    found = await all_requests(store)
    return [sid for sid in found if await state_of(vault, TEAM, sid) is State.WAITING]


def choices(form: Json, block_id: str) -> list[str]:
    """The texts to choose from in a field."""
    block = next(b for b in form["blocks"] if b["block_id"] == block_id)
    return [option["text"]["text"] for option in block["element"]["options"]]


async def test_the_command_opens_the_form_and_submit_shows_a_link(
    anna: Person, vault: Vault
) -> None:
    """The same modal becomes the link, which asks for exactly what the form said."""
    shown = await ask(anna)
    assert shown["title"]["text"] == "Your link is ready"
    customer = Customer.of(shown)
    look = await customer.look(vault)
    assert look.state is State.WAITING
    record = look.record
    assert (record.what, record.label) == ("Admin login for your shop", "ACME, ticket 4711")
    assert (record.fields, record.collect_by) == (request.TICKED, "me")
    assert (record.creator, record.agent_name) == (anna.user, "anna")
    assert record.expires - record.created == DAY
    assert link_ready.parse(shown) == customer.id


async def test_the_window_has_all_that_the_agent_sends_and_says(anna: Person, vault: Vault) -> None:
    """Link, ready-made message word by word, the code of the page, the end, where Collect is."""
    shown = await ask(anna)
    link, record = text_of(shown, ids.Block.LINK), (await Customer.of(shown).look(vault)).record
    until = re.search(r"Expires (.+?)'", str(shown))
    assert until
    assert text_of(shown, ids.Block.MESSAGE) == (
        "Hi Sam, to keep your login details secure, please send them through this page instead of "
        f"e-mail: 1. Open {link} 2. Type your login details 3. Press Send. It works once, until "
        f"{until[1]}, encrypts in your browser, and needs no account or signup."
    )
    assert text_of(shown, ids.Block.CODE) == read_aloud_code(record.public_key)
    assert request_ready.TO_YOU in str(shown)
    in_channel = await ask(anna, IN_CHANNEL)
    assert request_ready.TO_CHANNEL in str(in_channel)
    nameless = await ask(anna, {**FORM, ids.Block.NAME: None})
    assert text_of(nameless, ids.Block.MESSAGE).startswith("Hi there, to keep")


async def test_only_me_brings_the_message_to_the_agent_and_this_channel_to_the_channel(
    anna: Person,
) -> None:
    """Posted before the answer, never unfurled, with the seed that opens the link's answers."""
    shown = await ask(anna)
    message = waiting_message(anna, anna.dm)
    assert pressed_of(message).id == Customer.of(shown).id
    assert pressed_of(message).seed
    assert anna.messages(CHANNEL) == []
    shown = await ask(anna, IN_CHANNEL)
    assert pressed_of(waiting_message(anna)).id == Customer.of(shown).id
    assert len(anna.messages(anna.dm)) == 1
    for call in anna.slack.called("chat.postMessage"):
        assert (call["unfurl_links"], call["unfurl_media"]) == (False, False)
    methods = [call.method for call in anna.slack.calls]
    assert set(methods) == {"auth.test", "views.open", "chat.postMessage"}


async def test_the_place_of_the_message_is_kept(anna: Person, bot: app.Bot, vault: Vault) -> None:
    """The courier finds the message: its channel and ts are on record."""
    shown = await ask(anna, IN_CHANNEL)
    await bot._aside.finish(10)
    held = await vault.notice_log(WorkspaceId(TEAM)).hold(Customer.of(shown).id)
    place = held.asked  # type: ignore[union-attr]
    assert place
    assert (place.channel, place.ts) == (SUPPORT, waiting_message(anna)["ts"])


async def test_the_place_is_kept_although_the_store_was_away(
    late_anna: Person, late_store: LateStore, vault: Vault
) -> None:
    """Told again when the store is back: a message that nobody can find outlives its request."""
    form = await opened_form(late_anna)
    late_anna.slack.fail("chat.postMessage", Fault(delay=0.5, times=1))
    press = asyncio.create_task(late_anna.submit(form, FORM))
    while not late_anna.slack.called("chat.postMessage"):
        await asyncio.sleep(0.01)
    await late_store.cut()
    sid = Customer.of((await press).view).id
    await asyncio.sleep(0.3)
    log = vault.notice_log(WorkspaceId(TEAM))
    assert not (await log.hold(sid)).asked  # type: ignore[union-attr]  # it was away
    await late_store.mend()
    async with asyncio.timeout(10):
        while not (await log.hold(sid)).asked:  # type: ignore[union-attr]
            await asyncio.sleep(0.05)


async def test_the_seed_is_in_slack_alone(
    anna: Person, store_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the store nor a log nor the agent's window has the seed; the message has it once."""
    shown = await ask(anna)
    seed = pressed_of(waiting_message(anna, anna.dm)).seed
    assert seed
    kept = as_bytes(await snapshot(store_client))
    assert holds(kept, Customer.of(shown).id.value.encode())
    assert not holds(kept, seed.expose())
    assert b64u(seed.expose()) not in json.dumps(shown)
    logged = repr([vars(record) for record in caplog.records])
    assert b64u(seed.expose()) not in logged
    assert Customer.of(shown).token.expose().decode() not in logged
    assert Customer.of(shown).id.value not in logged


async def test_text_behind_the_word_opens_the_form_with_a_warning(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """`/secret request hunter2`: warned; not used, not shown, not logged. Alone it warns of nothing."""
    form = await opened_form(anna, f"request {CANARY}")
    assert form["title"]["text"] == request.TITLE
    assert form["blocks"][0]["block_id"] == ids.Block.WARNING
    assert "What you typed after /secret request has already gone to Slack." in str(form)
    assert CANARY not in str(anna.slack.calls)
    assert CANARY not in repr([vars(record) for record in caplog.records])
    for text in ("request", "  Request ", "REQUEST"):
        assert (await opened_form(anna, text))["blocks"][0]["block_id"] == ids.Block.WHAT


@pytest.mark.parametrize(
    ("room", "offered"),
    [
        (CHANNEL, ["Only me", "This channel"]),
        (Room("G0PRIVATE", "privategroup"), ["Only me", "This channel"]),
        (Room("D000000001", "directmessage"), ["Only me"]),
        (GROUP, ["Only me"]),
        (Room("C0GROUP", "mpdm-anna--ben-1"), ["Only me"]),
        (Room("", ""), ["Only me"]),
    ],
)
async def test_this_channel_is_offered_where_there_is_one(
    anna: Person, room: Room, offered: list[str]
) -> None:
    """In channels, public or private; not in direct messages, of two or more."""
    form = await opened_form(anna, room=room)
    assert choices(form, ids.Block.COLLECT_BY) == offered
    assert form.get("private_metadata", "") == (room.id if len(offered) == 2 else "")


async def test_nothing_ticked_means_one_free_text(anna: Person, vault: Vault) -> None:
    """No fields on record; what is ticked comes in the order of the page."""
    free = await ask(anna, {**FORM, ids.Block.FIELDS: []})
    assert (await Customer.of(free).look(vault)).record.fields == ()
    some = await ask(anna, {**FORM, ids.Block.FIELDS: ["Notes", "Username"]})
    assert (await Customer.of(some).look(vault)).record.fields == ("Username", "Notes")


async def test_a_form_without_a_question_says_so_and_stores_nothing(
    anna: Person, store_client: Redis
) -> None:
    """Nothing visible in what is needed: an error on that field."""
    answer = await anna.submit(await opened_form(anna), {**FORM, ids.Block.WHAT: "\u200b"})
    assert list(answer.errors) == [ids.Block.WHAT]
    assert await store_client.dbsize() == 0


async def test_the_browser_button_knows_who_and_where(anna: Person, vault: Vault) -> None:
    """Make it in my browser instead: a compose ticket for this agent and this channel."""
    form = await opened_form(anna)
    button = button_of(form, ids.Action.COMPOSE)
    assert button
    address, ticket = button["url"].split("#")
    assert address == "https://secret.example.com/new"
    session = await session_of(vault, ticket)
    assert (str(session.user), set(session.grants)) == (anna.user, {Purpose.COMPOSE})
    assert session.channels == (SUPPORT,)
    pressed = await anna.press(form, ids.Action.COMPOSE)
    assert (pressed.status, pressed.text) == (200, "")


async def test_f2_parallel_deliveries_of_one_press_get_the_same_link(
    anna: Person, store_client: Redis
) -> None:
    """F2: the same submission in parallel makes one request and one message, and one answer."""
    form = await opened_form(anna)
    answers = await asyncio.gather(*(anna.submit(form, FORM, trigger="same") for _ in range(6)))
    assert len({text_of(answer.view, ids.Block.LINK) for answer in answers}) == 1
    assert len(await all_requests(store_client)) == 1
    assert len(anna.messages(anna.dm)) == 1


async def test_f2_a_delivery_minutes_later_asks_for_another_press(
    anna: Person, bot: app.Bot, store_client: Redis, vault: Vault
) -> None:
    """F2: without the answer at hand nothing new is made, and the first request lives."""
    form = await opened_form(anna)
    first = await anna.submit(form, FORM, trigger="same")
    for listener in bot.app._async_listeners:
        owner = getattr(listener.ack_function, "__self__", None)
        if isinstance(owner, RequestListeners):
            owner.answers._tasks.clear()
    late = await anna.submit(form, FORM, trigger="same")
    assert late.errors == {ids.Block.WHAT: "Press Submit again for a new link."}
    assert await living(store_client, vault) == [Customer.of(first.view).id]
    assert len(anna.messages(anna.dm)) == 1


async def test_f2_the_same_press_at_two_processes(
    anna: Person, vault: Vault, slack: FakeSlack, session: ClientSession, store_client: Redis
) -> None:
    """F2: one gives the link, the other asks for another press; one message."""
    other = build(vault, slack)
    await other.workspace.learn(other.slack)
    async with served(other) as server:
        twin = replace(anna, url=str(server.make_url(PATH)))
        form = await opened_form(anna)
        answers = await asyncio.gather(
            anna.submit(form, FORM, trigger="same"), twin.submit(form, FORM, trigger="same")
        )
    await other.close()
    assert sorted(a.json["response_action"] for a in answers) == ["errors", "update"]
    assert len(await living(store_client, vault)) == 1
    assert len(anna.messages(anna.dm)) == 1


async def test_a12_submit_pressed_again_after_a_lost_answer(
    anna: Person, store_client: Redis, vault: Vault
) -> None:
    """A12: pressed again in the same view: the first request is replaced, the second link works."""
    for _ in range(n("A12", everyday=3, full=50)):
        form = await opened_form(anna)
        lost = Customer.of((await anna.submit(form, FORM)).view)
        again = Customer.of((await anna.submit(form, FORM)).view)
        assert await state_of(vault, TEAM, lost.id) is State.BURNED
        assert (await again.look(vault)).state is State.WAITING
        found = await vault.details(WorkspaceId(TEAM), lost.id)
        assert found.trail[-1].event is Event.REPLACED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("not_in_channel", asking.INVITE),
        ("channel_not_found", asking.INVITE),
        ("is_archived", asking.ARCHIVED),
        ("restricted_action_read_only_channel", asking.RESTRICTED),
        ("missing_scope", asking.REFUSED.format(code="missing_scope")),
    ],
)
async def test_a_channel_that_slack_refuses_is_told_on_its_field(
    anna: Person, vault: Vault, store_client: Redis, code: str, said: str
) -> None:
    """Who may collect says why and what helps; the request is taken back; then it works."""
    form = await opened_form(anna)
    anna.slack.fail("chat.postMessage", Fault(error=code, times=1))
    answer = await anna.submit(form, IN_CHANNEL)
    assert answer.errors == {ids.Block.COLLECT_BY: said}
    assert answer.seconds < 3.0
    (sid,) = await all_requests(store_client)
    found = await vault.details(WorkspaceId(TEAM), sid)
    assert found.trail[-1].event is Event.REPLACED  # type: ignore[union-attr]
    shown = await anna.submit(form, IN_CHANNEL)
    assert await living(store_client, vault) == [Customer.of(shown.view).id]
    assert pressed_of(waiting_message(anna)).id == Customer.of(shown.view).id


async def test_invite_me_first(anna: Person) -> None:
    """A channel that the app is not in, or that is archived, as Slack says it; Only me goes through."""
    anna.slack.workspace.conversations[SUPPORT].members.discard(APP_USER)
    form = await opened_form(anna)
    answer = await anna.submit(form, IN_CHANNEL)
    assert answer.errors[ids.Block.COLLECT_BY].startswith("Invite me first: ")
    anna.slack.workspace.conversations[SUPPORT].members.add(APP_USER)
    anna.slack.workspace.conversations[SUPPORT].is_archived = True
    answer = await anna.submit(form, IN_CHANNEL)
    assert answer.errors == {ids.Block.COLLECT_BY: asking.ARCHIVED}
    assert (await anna.submit(form, FORM)).view["title"]["text"] == "Your link is ready"


async def test_a_direct_message_that_slack_refuses_is_told(anna: Person) -> None:
    """Slack's word for the operator; the words about channels are for channels."""
    form = await opened_form(anna)
    anna.slack.fail("chat.postMessage", Fault(error="messages_tab_disabled", times=1))
    answer = await anna.submit(form, FORM)
    assert "(messages_tab_disabled)" in answer.errors[ids.Block.COLLECT_BY]
    anna.slack.fail("chat.postMessage", Fault(error="channel_not_found", times=1))
    answer = await anna.submit(form, FORM)
    assert "(channel_not_found)" in answer.errors[ids.Block.COLLECT_BY]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=500, error="internal_error"), asking.UNSURE),
        (Fault(error="fatal_error"), asking.UNSURE),
        (Fault(status=503, body="<html>no</html>"), asking.UNSURE),
        (Fault(drop=True), asking.UNSURE),
        (Fault(status=429, error="ratelimited", headers={"Retry-After": "30"}), asking.BUSY),
    ],
)
async def test_a_message_that_may_not_be_there_takes_the_request_back(
    anna: Person, vault: Vault, store_client: Redis, fault: Fault, said: str
) -> None:
    """Nobody gets a link whose answer nobody may be able to collect."""
    form = await opened_form(anna)
    anna.slack.fail("chat.postMessage", replace(fault, times=1))
    answer = await anna.submit(form, FORM)
    assert answer.errors == {ids.Block.WHAT: said}
    assert await living(store_client, vault) == []
    assert len(anna.slack.called("chat.postMessage")) == 1
    again = await anna.submit(form, FORM)
    assert await living(store_client, vault) == [Customer.of(again.view).id]


async def test_a_message_that_comes_too_late_is_known_of(
    anna: Person, bot: app.Bot, vault: Vault, store_client: Redis
) -> None:
    """Slack takes 4 s: told within 3 s and taken back; the late message's place is on record."""
    form = await opened_form(anna)
    anna.slack.fail("chat.postMessage", Fault(delay=4.0, times=1))
    answer = await anna.submit(form, FORM)
    assert answer.seconds < 3.0
    assert answer.errors == {ids.Block.WHAT: asking.UNSURE}
    (sid,) = await all_requests(store_client)
    assert await state_of(vault, TEAM, sid) is State.BURNED
    await bot._aside.finish(10)
    held = await vault.notice_log(WorkspaceId(TEAM)).hold(sid)
    message = waiting_message(anna, anna.dm)
    assert held.asked.ts == message["ts"]  # type: ignore[union-attr]
    assert pressed_of(message).id == sid


async def test_a_press_that_a_later_one_overtook_leaves_nothing(
    anna: Person, bot: app.Bot, vault: Vault, store_client: Redis
) -> None:
    """Two presses in one view at once: one living request; the other's message is known of."""
    form = await opened_form(anna)
    anna.slack.fail("chat.postMessage", Fault(delay=1.0, times=1))
    first = asyncio.create_task(anna.submit(form, FORM))
    await asyncio.sleep(0.4)
    second = await anna.submit(form, FORM)
    assert (await first).errors == {ids.Block.WHAT: asking.AGAIN}
    await bot._aside.finish(10)
    assert await living(store_client, vault) == [Customer.of(second.view).id]
    for message in anna.messages(anna.dm):
        held = await vault.notice_log(WorkspaceId(TEAM)).hold(pressed_of(message).id)
        assert held.asked.ts == message["ts"]  # type: ignore[union-attr]


async def test_f3_acks_come_in_time_while_the_store_is_late(
    late_anna: Person, late_store: LateStore
) -> None:
    """F3: with every answer of the store 1 s late, each ack has a link and comes within 3 s."""
    form = await opened_form(late_anna)

    async def press(name: str) -> float:
        own = {**form, "id": f"V{name}"}
        answer = await late_anna.submit(own, FORM, trigger=f"t{name}")
        assert text_of(answer.view, ids.Block.LINK)
        return answer.seconds

    # A running service has sent its scripts once; its connections may all be new ones.
    await press("warm")
    late_store.delay = 1.0
    seconds = await asyncio.gather(*(press(str(number)) for number in range(10)))
    assert 1.0 < max(seconds) < 3.0


async def test_a_store_that_never_answers_says_so_in_time(
    late_anna: Person, late_store: LateStore, vault: Vault
) -> None:
    """A store that hangs: within 3 s an error on the field, no message; pressed again it works."""
    form = await opened_form(late_anna)
    late_store.freeze()
    answer = await late_anna.submit(form, FORM)
    assert answer.seconds < 3.0
    assert answer.errors == {ids.Block.WHAT: asking.UNREACHABLE}
    assert late_anna.slack.called("chat.postMessage") == []
    late_store.thaw()
    again = await late_anna.submit(form, FORM)
    async with asyncio.timeout(10):  # what the first press made after all is taken back
        while await living(late_store.direct, vault) != [Customer.of(again.view).id]:
            await asyncio.sleep(0.05)


async def test_a_store_that_is_gone_says_so(late_anna: Person, late_store: LateStore) -> None:
    """Told on the field, at once, and it works when the store is back."""
    form = await opened_form(late_anna)
    await late_store.cut()
    assert (await late_anna.submit(form, FORM)).errors == {ids.Block.WHAT: asking.UNREACHABLE}
    await late_store.mend()
    assert text_of((await late_anna.submit(form, FORM)).view, ids.Block.LINK)


@pytest.mark.one_server
async def test_a_full_store_says_so(anna: Person, store_client: Redis) -> None:
    """No room: an error on the field that names the reason, and no message."""
    form = await opened_form(anna)
    await store_client.config_set("maxmemory", "1mb")
    try:
        answer = await anna.submit(form, FORM)
    finally:
        await store_client.config_set("maxmemory", "0")
    assert answer.errors == {ids.Block.WHAT: asking.FULL}
    assert anna.slack.called("chat.postMessage") == []


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(error="expired_trigger_id"), Trouble.LATE),
        (Fault(delay=30), Trouble.DOWN),
        (Fault(error="invalid_auth"), Trouble.REFUSED),
    ],
)
async def test_a_form_that_did_not_open_is_told_in_time(
    anna: Person, fault: Fault, trouble: Trouble
) -> None:
    """Within 3 s, in words that name the whole command."""
    anna.slack.fail("views.open", fault)
    answer = await anna.type("request")
    assert answer.seconds < 3.0
    assert COULD_NOT_OPEN[trouble].format(command="/secret request") in answer.text


async def test_too_early_keeps_what_was_typed(stranger_to_slack: Person) -> None:
    """Before the workspace is known: an error on the form's first field."""
    view = {**request.build(), "id": "V1"}
    answer = await stranger_to_slack.submit(view, FORM, trigger="t1")
    assert "has just started" in answer.errors[ids.Block.WHAT]


async def test_ask_again_begins_with_the_same_words(anna: Person, vault: Vault) -> None:
    """From the window of a request that has ended: pushed, prefilled, and it makes a new link."""
    values: dict[str, Value] = {**IN_CHANNEL, ids.Block.FIELDS: ["Notes"]}
    sid = await answered(anna, vault, values)
    await vault.burn(agent_of(anna), sid)
    await anna.press_below(CHANNEL, waiting_message(anna), ids.Action.COLLECT)
    await anna.slack.seen("views.update")
    await anna.press(anna.now(anna.latest()), ids.Action.ASK_AGAIN)
    await anna.slack.seen("views.update", 2)
    form = anna.now(anna.latest())
    assert form["title"]["text"] == request.TITLE
    shown = await anna.submit(form)
    record = (await Customer.of(shown.view).look(vault)).record
    old = (await summary_of(vault, TEAM, sid)).record
    assert old
    same = ("what", "label", "fields", "collect_by", "creator")
    assert [getattr(record, name) for name in same] == [getattr(old, name) for name in same]
    assert record.collect_by == str(CollectBy(SUPPORT))


async def test_ask_again_while_the_store_is_away_says_so(
    late_anna: Person, late_store: LateStore
) -> None:
    """The window is there at once, and tells."""
    await ask(late_anna)
    message = waiting_message(late_anna, late_anna.dm)
    block = {
        "type": "actions",
        "block_id": ids.Block.AGAIN.value,
        "elements": [
            {
                "type": "button",
                "action_id": ids.Action.ASK_AGAIN.value,
                "text": {"type": "plain_text", "text": "Ask again"},
                "value": pressed_of(message).id.value,
            }
        ],
    }
    line = {**message, "blocks": [block]}
    await late_anna.press_below(late_anna.dm, line, ids.Action.ASK_AGAIN)
    await late_anna.slack.seen("views.update")
    assert late_anna.now(late_anna.latest())["submit"]["text"] == "Create link"
    await late_store.cut()
    await late_anna.press_below(late_anna.dm, line, ids.Action.ASK_AGAIN)
    await late_anna.slack.seen("views.update", 2)
    assert "cannot be reached" in str(late_anna.now(late_anna.latest()))
