"""The customer's language, chosen where the link is shown."""

from typing import Any

import pytest

from bot.ready import Kind, More, date, name_in, needed, ready
from bot.views import ids, language
from storage.languages import NAMES, Language
from storage.model import Seconds, WorkspaceId
from storage.outcomes import Look
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.listeners.test_share import holder_of, link_of
from tests.bot.person import Json, Person
from tests.links import READER
from tests.slack import TEAM

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
    assert ("{" in text) == (kind is not Kind.REPLY)
    assert text.count("{link}") == text.count("{")
    assert ("LINK" in text) == (kind in {Kind.SHARE_ONCE, Kind.SHARE_OFTEN, Kind.REQUEST})


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


@pytest.mark.parametrize("code", [None, *NAMES])
@pytest.mark.parametrize("name", ["", "Ben", "a, b: c", "Ben, to keep your login", "{link} {date}"])
def test_the_customers_name_is_found_in_the_message(name: str, code: Language | None) -> None:
    """It is in no record: the window's own text has it, in whatever language that is."""
    message = ready(Kind.REQUEST, code, name=name, link="LINK", date="DATE")
    assert name_in(message, code) == name
    assert name_in("something else", code) == ""


def test_fields_are_named_for_the_customer() -> None:
    """Those that every team has in their language, any other as it was written."""
    assert needed("", ["Password", "PIN"], GERMAN) == "Ihre Zugangsdaten (Passwort, PIN)"
    assert needed("The key", []) == "The key"
