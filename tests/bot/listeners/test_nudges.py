"""Extend and Make a new one, below the warning that a link is about to end: who may, what they read."""

from dataclasses import replace

import pytest

from bot.views import ids, nudge
from storage.languages import Language
from storage.model import DAY, HOUR, Event, Lifetime, Seconds, SecretId, UserId
from storage.notices import Noticed
from storage.outcomes import Extended
from storage.policy import Policy
from storage.vault import Vault
from tests import meddling
from tests.bot.asked import in_slack
from tests.bot.asking import agent_of, text_of
from tests.bot.delivery import ROOM, settled, until, working
from tests.bot.late_store import LateStore
from tests.bot.listeners.conftest import Under
from tests.bot.person import Json, Person
from tests.links import Holder, reveal, share
from tests.raw import RawStore
from tests.slack import CHANNEL, Fault, Room


async def warned(vault: Vault, person: Person, sid: SecretId, lifetime: int = HOUR) -> Json:
    """Nine tenths of its life are over: the message about it."""
    store: RawStore = vault._redis
    await meddling.age(store, vault._ring, sid, lifetime - lifetime // 10 + 1)
    await vault.sweep(ROOM)
    async with working(vault, person.slack):
        await settled(store)
    messages = person.messages(person.dm)
    return next(m for m in reversed(messages) if ids.Action.EXTEND in str(m))


async def pressed(
    person: Person, message: Json, action: str = ids.Action.EXTEND, room: Room | None = None
) -> Json:
    """Press a button, and see the window as it is in the end."""
    before = len(person.slack.called("views.update"))
    answer = await person.press_below(room or person.dm, message, action)
    assert (answer.status, answer.text) == (200, "")
    await person.slack.seen("views.update", before + 1)
    return person.now(person.latest())


async def events(vault: Vault, sid: SecretId) -> list[tuple[Event, UserId | None]]:
    """What is on record, and by whom."""
    found = await vault.noticed(ROOM, sid)
    assert isinstance(found, Noticed)
    return [(entry.event, entry.by) for _, entry in found.trail]


async def ends(vault: Vault, sid: SecretId) -> Seconds:
    """Until when it lives."""
    found = await vault.noticed(ROOM, sid)
    assert isinstance(found, Noticed)
    assert found.summary.record
    return found.summary.record.expires


async def secret(vault: Vault, person: Person, lifetime: int = HOUR) -> Holder:
    """A secret of theirs."""
    return await share(vault, agent=agent_of(person), lifetime=Lifetime(lifetime))


async def test_one_click_extends_and_gives_the_words(anna: Person, vault: Vault) -> None:
    """A window says until when, and what to tell the customer; who did it is on record."""
    holder = await secret(vault, anna, DAY)
    message = await warned(vault, anna, holder.id, DAY)
    before = await ends(vault, holder.id)
    view = await pressed(anna, message)
    assert anna.slack.called("chat.update") == []  # the courier's to do
    assert view["title"]["text"] == "Extended"
    assert await ends(vault, holder.id) == before + DAY
    assert f"<!date^{before + DAY}^" in str(view)
    assert "what we sent you is still waiting" in text_of(view, ids.Block.REMINDER)
    assert (await events(vault, holder.id))[-1] == (Event.EXTENDED, anna.user)
    assert holder.read(await reveal(vault, holder)) == "hunter2"


async def test_the_words_are_in_the_customers_language(anna: Person, vault: Vault) -> None:
    """Below the warning and after Extend, as the link's own message was."""
    holder = await secret(vault, anna, DAY)
    await vault.speak(agent_of(anna), holder.id, Language("de"))
    message = await warned(vault, anna, holder.id, DAY)
    begins = "Guten Tag, was wir Ihnen gesendet haben, wartet noch auf Sie."
    assert begins in text_of(message, ids.Block.REMINDER)
    reminder = text_of(await pressed(anna, message), ids.Block.REMINDER)
    assert reminder.startswith(f"{begins} Bitte öffnen Sie den Link in unserer früheren Nachricht")
    assert reminder.endswith(
        "Wenn Sie den Link nicht finden, sagen Sie uns Bescheid, dann bekommen Sie einen neuen."
    )


async def test_a_second_press_of_the_same_button_adds_nothing(anna: Person, vault: Vault) -> None:
    """A double click, or Slack's second delivery, is one extension, and reads the same."""
    holder = await secret(vault, anna)
    message = await warned(vault, anna, holder.id)
    first, later = await pressed(anna, message), await ends(vault, holder.id)
    second = await pressed(anna, message)
    assert first["title"] == second["title"]
    for view in (first, second):
        assert f"<!date^{later}^" in str(view)
    assert await ends(vault, holder.id) == later


async def test_a_colleague_may_not_and_an_admin_may(
    anna: Person, ben: Person, vault: Vault, under: Under, store_client: RawStore
) -> None:
    """Whoever can see the message can press; only its creator or an admin extends."""
    request = await in_slack(vault, anna.slack, agent_of(anna), CHANNEL.id)
    await meddling.age(store_client, vault._ring, request.id, HOUR - 359)
    await vault.sweep(ROOM)
    async with working(vault, anna.slack):
        await settled(store_client)
    message = next(m for m in anna.messages(CHANNEL) if ids.Action.EXTEND in str(m))
    before = await ends(vault, request.id)
    view = await pressed(ben, message, room=CHANNEL)
    assert nudge.NOT_YOURS in str(view)
    assert await ends(vault, request.id) == before
    led = await under(Policy(admins=frozenset({UserId(ben.user)})))
    view = await pressed(replace(led, user=ben.user, name="ben"), message, room=CHANNEL)
    assert view["title"]["text"] == "Extended"
    assert "The link can be answered until " in str(view)
    assert "we still need this from you" in text_of(view, ids.Block.REMINDER)
    assert (await events(vault, request.id))[-1] == (Event.EXTENDED, ben.user)
    (edited,) = await anna.slack.seen("chat.update")
    assert edited["ts"] == message["ts"]
    assert edited["text"] == message["text"]
    assert "we still need this from you" in str(edited)
    assert ids.Action.EXTEND not in str(edited)


@pytest.mark.parametrize(
    ("happens", "said"), [("opened", "Viewed, not confirmed"), ("burned", "Burned"), ("expired", "unopened, expired")]
)  # fmt: skip
async def test_too_late_is_said_with_the_status(
    anna: Person, vault: Vault, store_client: RawStore, happens: str, said: str
) -> None:
    """Opened, burned or expired since the message was made: nothing changes, and it is said."""
    holder = await secret(vault, anna)
    message = await warned(vault, anna, holder.id)
    if happens == "opened":
        await reveal(vault, holder)
    elif happens == "burned":
        await vault.burn(agent_of(anna), holder.id)
    else:
        await meddling.age(store_client, vault._ring, holder.id, HOUR)
    before = await ends(vault, holder.id)
    view = await pressed(anna, message)
    assert nudge.TOO_LATE in str(view)
    assert f"Status: {said}." in str(view)
    assert await ends(vault, holder.id) == before


async def test_where_the_policy_leaves_no_room(anna: Person, vault: Vault, under: Under) -> None:
    """A maximum that was lowered since: said, and on record as a refusal."""
    holder = await secret(vault, anna)
    message = await warned(vault, anna, holder.id)
    before = await ends(vault, holder.id)
    strict = await under(Policy(max_lifetime=Lifetime(HOUR)))
    view = await pressed(strict, message)
    assert nudge.AT_MOST in str(view)
    assert await ends(vault, holder.id) == before


async def test_without_a_store_nothing_is_claimed(
    late_anna: Person, late_store: LateStore, vault: Vault
) -> None:
    """The window is there at once, and says that it is not known."""
    holder = await secret(vault, late_anna)
    message = await warned(vault, late_anna, holder.id)
    await late_store.cut()
    view = await pressed(late_anna, message)
    assert nudge.UNREACHABLE in str(view)


async def test_without_a_window_it_is_extended_all_the_same(
    anna: Person, vault: Vault, store_client: RawStore
) -> None:
    """One click is one click: the message about it says what became of it."""
    holder = await secret(vault, anna)
    message = await warned(vault, anna, holder.id)
    before = await ends(vault, holder.id)
    anna.slack.fail("views.open", Fault(error="expired_trigger_id"))
    answer = await anna.press_below(anna.dm, message, ids.Action.EXTEND)
    assert answer.status == 200
    await anna.slack.seen("views.open")

    async def extended() -> bool:
        return await ends(vault, holder.id) > before

    await until(extended)
    async with working(vault, anna.slack):
        await settled(store_client)
    assert f"Extended by <@{anna.user}>" in str(anna.messages(anna.dm)[-1])


async def test_make_a_new_one_begins_with_label_and_settings(anna: Person, vault: Vault) -> None:
    """The same label, access and first lifetime, also of what was extended; never the secret."""
    agent = agent_of(anna)
    holder = await share(vault, agent=agent, lifetime=Lifetime(DAY), single_use=False)
    done = await vault.extend(agent, holder.id, await ends(vault, holder.id))
    assert isinstance(done, Extended)
    message = await warned(vault, anna, holder.id, 2 * DAY)
    view = await pressed(anna, message, ids.Action.MAKE_AGAIN)
    assert view["callback_id"] == ids.View.SHARE
    fields = {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}
    assert fields[ids.Block.LABEL]["initial_value"] == "ACME, ticket 4711"
    assert fields[ids.Block.LIFETIME]["initial_option"]["value"] == str(DAY)
    assert fields[ids.Block.ACCESS]["initial_option"]["value"] == "reusable"
    assert "hunter2" not in str(view)


async def test_what_we_never_wrote_is_refused(anna: Person, vault: Vault) -> None:
    """A value that is none of ours changes nothing."""
    holder = await secret(vault, anna)
    message = await warned(vault, anna, holder.id)
    before = await ends(vault, holder.id)
    for value in ("", "x", holder.id.value, f"{holder.id.value}:", f"{holder.id.value}:-1", "a:1"):
        for block in message["blocks"]:
            for element in block.get("elements", []):
                if element.get("action_id") == ids.Action.EXTEND:
                    element["value"] = value
        answer = await anna.press_below(anna.dm, message, ids.Action.EXTEND)
        assert answer.status == 200
    assert await ends(vault, holder.id) == before
