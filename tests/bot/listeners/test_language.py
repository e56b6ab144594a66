"""The customer's language, chosen where the link is shown."""

from typing import Any

import pytest

from bot.ready import Kind, More, date, needed, ready
from bot.views import ids, language
from storage.languages import NAMES, Language
from storage.model import Seconds, WorkspaceId
from storage.outcomes import Look
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.listeners.test_share import holder_of, link_of
from tests.bot.listeners.test_shortcuts import copied, message
from tests.bot.person import Json, Person
from tests.links import READER
from tests.slack import CHANNEL, TEAM

GERMAN = Language("de")
AT = Seconds(1_795_536_000)


def part(view: Json, block: ids.Block) -> Any:
    """A block of a window."""
    return next(one for one in view["blocks"] if one.get("block_id") == block)


def message_of(view: Json) -> str:
    """The ready-made message as the agent copies it."""
    return str(part(view, ids.Block.MESSAGE)["elements"][0]["elements"][0]["text"])


async def shown(person: Person, **values: str) -> Json:
    """A window with a link."""
    view = await person.open_share()
    answer = await person.submit(view, {ids.Block.SECRET: "hunter2", **values})
    return {**view, **answer.view}


async def test_the_message_and_the_page_follow_the_choice(anna: Person, vault: Vault) -> None:
    """The same window in German, with the same link; and so does the next one begin."""
    first = await shown(anna)
    holder = holder_of(first)
    assert message_of(first).startswith("Hi there, here is what you need")
    await anna.press(first, ids.Action.LANGUAGE, "de")
    (update,) = await anna.slack.seen("views.update")
    now = update["view"]
    assert message_of(now).startswith(
        f"Guten Tag, hier finden Sie sicher, was Sie brauchen: {link_of(first)} Der "
    )
    assert link_of(now) == link_of(first)
    assert part(now, ids.Block.LANGUAGE)["accessory"]["initial_option"]["value"] == "de"
    assert [one["block_id"] for one in now["blocks"] if "block_id" in one] == [
        one["block_id"] for one in first["blocks"] if "block_id" in one
    ]
    found = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(found, Look)
    assert found.language == GERMAN
    second = await shown(anna)
    assert message_of(second).startswith("Guten Tag,")
    made = holder_of(second)
    again = await vault.look(made.id, made.proof, READER)
    assert isinstance(again, Look)
    assert again.language == GERMAN


async def test_a_requests_message_keeps_the_customers_name(anna: Person) -> None:
    """It is in no record: the window has what fills its message, in whatever language."""
    await anna.type("request")
    form = anna.latest()
    answer = await anna.submit(form, {ids.Block.WHAT: "x", ids.Block.NAME: "Jo {link} & Co"})
    before, link = message_of(answer.view), link_of(answer.view)
    await anna.press({**form, **answer.view}, ids.Action.LANGUAGE, "de")
    (update,) = await anna.slack.seen("views.update")
    assert before.startswith("Hi Jo {link} \uff06 Co, to keep")
    assert message_of(update["view"]).startswith("Guten Tag Jo {link} \uff06 Co, damit ")
    assert f"1. Öffnen Sie {link} 2." in message_of(update["view"])


async def test_the_reply_to_a_moved_message_follows_too(anna: Person) -> None:
    """It is for the customer as well, where they are in the channel; the first half is the agent's."""
    await anna.shortcut_on(CHANNEL, message(), ids.Shortcut.MOVE)
    form = anna.latest()
    answer = await anna.submit(form)
    await anna.press({**form, **answer.view}, ids.Action.LANGUAGE, "fr")
    (update,) = await anna.slack.seen("views.update")
    now, link = update["view"], link_of(answer.view)
    reply = copied(now, ids.Block.REPLY)
    assert reply.startswith(
        "Ce que vous avez écrit ici se trouve désormais derrière un lien secret"
    )
    assert f"{link} Le lien peut être ouvert une seule fois, " in reply
    assert reply.endswith("Merci de supprimer votre message.")
    assert part(now, ids.Block.ORIGINAL) == part(answer.view, ids.Block.ORIGINAL)


async def test_not_chosen_leaves_it_to_the_browser_again(anna: Person, vault: Vault) -> None:
    """The message is in English, and nothing is kept."""
    first = await shown(anna)
    await anna.press(first, ids.Action.LANGUAGE, "fr")
    await anna.press({**first, **anna.now(first)}, ids.Action.LANGUAGE, "browser")
    updates = await anna.slack.seen("views.update", 2)
    assert message_of(updates[1]["view"]) == message_of(first)
    assert await vault.languages(WorkspaceId(TEAM)) == {}


async def test_somebody_else_does_not_choose(anna: Person, ben: Person, vault: Vault) -> None:
    """Whoever sends the press: the window says so, and keeps its link."""
    first = await shown(anna)
    await ben.press(first, ids.Action.LANGUAGE, "de")
    (update,) = await anna.slack.seen("views.update")
    assert language.ENDED in str(part(update["view"], ids.Block.NOTICE))
    assert link_of(update["view"]) == link_of(first)


async def test_a_store_that_is_away_keeps_the_window(
    late_anna: Person, late_store: LateStore
) -> None:
    """The link is nowhere else: it stays, below what went wrong."""
    first = await shown(late_anna)
    await late_store.cut()
    await late_anna.press(first, ids.Action.LANGUAGE, "de")
    (update,) = await late_anna.slack.seen("views.update")
    assert language.UNREACHABLE in str(part(update["view"], ids.Block.NOTICE))
    assert (link_of(update["view"]), message_of(update["view"])) == (
        link_of(first),
        message_of(first),
    )


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("kind", Kind)
def test_every_text_is_complete_in_every_language(kind: Kind, code: Language) -> None:
    """No slot stays open; what fills one is not filled again."""
    text = ready(kind, code, more=list(More), name="{link}", link="LINK", date="DATE", what="WHAT")
    moved = {Kind.MOVED_MINE, Kind.MOVED_YOURS, Kind.MOVED_AN_APPS}
    assert ("{" in text) == (kind not in {Kind.REPLY, *moved})
    assert text.count("{link}") == text.count("{")
    assert ("LINK" in text) == (kind in {Kind.SHARE_ONCE, Kind.SHARE_OFTEN, Kind.REQUEST, *moved})


def test_dates_are_those_of_the_language() -> None:
    """The same moment for everybody."""
    assert [date(AT, code) for code in NAMES] == [
        "24 November 2026, 16:00 UTC",
        "24. November 2026, 16:00 UTC",
        "24 novembre 2026 à 16:00 UTC",
        "24 de noviembre de 2026, 16:00 UTC",
        "24 de novembro de 2026, 16:00 UTC",
        "24 نوفمبر 2026، 16:00 UTC",
    ]


def test_fields_are_named_for_the_customer() -> None:
    """Those that every team has in their language, any other as it was written."""
    assert needed("", ["Password", "PIN"], GERMAN) == "Ihre Zugangsdaten (Passwort, PIN)"
    assert needed("The key", []) == "The key"
