"""Message templates: an admin writes them in App Home, agents get them beside a ready link."""

import asyncio
from dataclasses import replace

import pytest

from bot.ready import Kind, More, sentence
from bot.views import ids, link_ready, outlet, wording
from bot.views.outlet import Sent, Words
from storage.errors import DecodingError
from storage.languages import Language
from storage.model import Seconds, SecretId, UserId, WorkspaceId
from storage.outcomes import Look
from storage.policy import Policy
from storage.vault import Vault
from storage.wording import Occasion, Outlet
from tests.bot.listeners.conftest import Under
from tests.bot.listeners.test_share import holder_of
from tests.bot.listeners.test_shortcuts import by_id, copied
from tests.bot.person import Json, Person
from tests.links import READER
from tests.slack import ANNA, BEN, TEAM

ADMIN = Policy(admins=frozenset({UserId(ANNA)}))
MAIL = "Dear customer,\nplease open {link}\nbefore {date}. Q&A: {{ sic"


async def form(anna: Person, occasion: Occasion = Occasion.ONCE) -> Json:
    """Open the form from Home."""
    published = len(anna.slack.called("views.publish"))
    await anna.look_home()
    await anna.slack.seen("views.publish", published + 1)
    count = len(anna.slack.called("views.update"))
    await anna.press(anna.home, f"{ids.Action.WORDING}_{occasion}")
    await anna.slack.seen("views.update", count + 1)
    return anna.latest()


async def written(anna: Person, occasion: Occasion = Occasion.ONCE, **texts: str) -> None:
    """Write templates, and wait until the tab says so."""
    view = await form(anna, occasion)
    published = len(anna.slack.called("views.publish"))
    answer = await anna.submit(view, {f"for_{name}": text for name, text in texts.items()})
    assert wording.SAVED in str(answer.view)
    await anna.slack.seen("views.publish", published + 1)


async def ready(anna: Person, **values: str) -> Json:
    """Make a link, and look at what is shown."""
    opened = await anna.open_share()
    await asyncio.sleep(0.05)
    await anna.submit(opened, {ids.Block.SECRET: "x", **values})
    return anna.now(opened)


async def test_written_by_an_admin_and_shown_beside_a_link(under: Under) -> None:
    """The words of the chosen place, filled; the choice is the next default, and can be changed."""
    anna = await under(ADMIN)
    await written(anna, help_scout=MAIL, chat="{link} ({date})")
    assert "Single use, Help Scout" in str(anna.home)
    view = await ready(anna)
    link = copied(view, ids.Block.LINK)
    message = copied(view, ids.Block.MESSAGE)
    assert message.startswith(f"Dear customer,\nplease open {link}\nbefore ")
    assert message.endswith("UTC. Q&A: {{ sic")
    await anna.press(view, ids.Action.OUTLET, "chat")
    await anna.slack.seen("views.update")
    while copied(anna.now(view), ids.Block.MESSAGE) == message:
        await asyncio.sleep(0.02)
    switched = anna.now(view)
    assert copied(switched, ids.Block.MESSAGE).startswith(f"{link} (")
    assert copied(switched, ids.Block.LINK) == link
    assert link_ready.parse(switched) == link_ready.parse(view)
    assert copied(await ready(anna), ids.Block.MESSAGE).endswith(" UTC)")
    await anna.press(switched, ids.Action.OUTLET, "email")  # has none: the built-in text
    while copied(anna.now(view), ids.Block.MESSAGE).endswith(")"):
        await asyncio.sleep(0.02)
    assert copied(anna.now(view), ids.Block.MESSAGE).startswith("Hi there, here is what you need")


async def test_a_passphrase_is_announced_whatever_the_template_says(under: Under) -> None:
    """One sentence is put behind it, and the passphrase itself is nowhere."""
    anna = await under(ADMIN)
    await written(anna, help_scout="{link} {date}")
    opened = await anna.open_share()
    count = len(anna.slack.called("views.update"))
    await anna.submit(opened, {ids.Block.SECRET: "x", ids.Block.PASSPHRASE: "open sesame"})
    await anna.slack.seen("views.update", count + 1)
    shown = anna.now(opened)
    assert copied(shown, ids.Block.MESSAGE).endswith(sentence(More.PASSPHRASE))
    assert "sesame" not in str(shown)


async def test_a_request_has_its_own_with_name_and_code(under: Under) -> None:
    """{name} is there where nobody gave one; {code} is the one that the page shows."""
    anna = await under(ADMIN)
    await written(anna, Occasion.REQUEST, help_scout="Hi {name}: {link} {date} {code}")
    await anna.type("request")
    asked = anna.latest()
    answer = await anna.submit(asked, {ids.Block.WHAT: "x", ids.Block.NAME: "Jo {link} & Co"})
    view = answer.view
    code = copied(view, ids.Block.CODE)
    message = copied(view, ids.Block.MESSAGE)
    assert message.startswith(f"Hi Jo {{link}} \uff06 Co: {copied(view, ids.Block.LINK)} ")
    assert message.endswith(code)
    await anna.press(anna.now(asked), ids.Action.OUTLET, "chat")
    while copied(anna.now(asked), ids.Block.MESSAGE) == message:
        await asyncio.sleep(0.02)
    assert copied(anna.now(asked), ids.Block.MESSAGE).startswith("Hi Jo {link} \uff06 Co, to keep")


async def test_without_templates_there_is_no_place_to_choose(anna: Person) -> None:
    """The built-in message and its language alone."""
    view = await ready(anna)
    assert ids.Block.LANGUAGE in by_id(view)
    assert not {ids.Block.OUTLET, ids.Block.WORDS} & set(by_id(view))


def choices(view: Json) -> tuple[str, str]:
    """Which place and which language a window begins with."""
    (place,) = by_id(view)[ids.Block.OUTLET]["elements"]
    language = by_id(view)[ids.Block.LANGUAGE]["accessory"]
    return place["initial_option"]["value"], language["initial_option"]["value"]


async def changed(anna: Person, view: Json, action: ids.Action, value: str) -> Json:
    """Choose, and look at the window when it has followed."""
    count = len(anna.slack.called("views.update"))
    await anna.press(anna.now(view), action, value)
    await anna.slack.seen("views.update", count + 1)
    return anna.now(view)


async def test_place_and_language_do_not_undo_each_other(under: Under, vault: Vault) -> None:
    """A template is one text in any language; where there is none, the built-in one is in that chosen."""
    anna = await under(ADMIN)
    await written(anna, help_scout=MAIL)
    first = await ready(anna)
    link, own = copied(first, ids.Block.LINK), copied(first, ids.Block.MESSAGE)
    german = await changed(anna, first, ids.Action.LANGUAGE, "de")
    assert (choices(german), copied(german, ids.Block.MESSAGE)) == (("help_scout", "de"), own)
    assert outlet.OWN in str(by_id(german)[ids.Block.WORDS])
    chat = await changed(anna, first, ids.Action.OUTLET, "chat")
    assert choices(chat) == ("chat", "de")
    assert copied(chat, ids.Block.MESSAGE).startswith("Guten Tag, hier finden Sie")
    assert outlet.BUILT_IN in str(by_id(chat)[ids.Block.WORDS])
    french = await changed(anna, first, ids.Action.LANGUAGE, "fr")
    assert choices(french) == ("chat", "fr")
    assert copied(french, ids.Block.MESSAGE).startswith("Bonjour, voici")
    again = await changed(anna, first, ids.Action.OUTLET, "help_scout")
    assert (choices(again), copied(again, ids.Block.MESSAGE)) == (("help_scout", "fr"), own)
    assert copied(again, ids.Block.LINK) == link
    holder = holder_of(again)
    found = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(found, Look)
    assert found.language == "fr"


def test_a_choice_that_has_not_come_to_us_yet_counts() -> None:
    """What Slack says is chosen at this moment goes before what the window began with."""
    templates = {Outlet.CHAT: "{link} {date}"}
    words = Words(templates, Outlet.CHAT, Language("de"))
    sent = Sent(SecretId.new(WorkspaceId(TEAM)), Occasion.ONCE, Seconds(1795536000))
    blocks = [block.to_dict() for block in words.blocks(sent, "LINK")]
    assert outlet.shown({"blocks": blocks}, templates) == words
    values = {
        ids.Block.OUTLET: {ids.Action.OUTLET: {"selected_option": {"value": "email"}}},
        ids.Block.LANGUAGE: {ids.Action.LANGUAGE: {"selected_option": {"value": "browser"}}},
    }
    view = {"blocks": blocks, "state": {"values": values}}
    assert outlet.shown(view, templates) == Words(templates, Outlet.EMAIL)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{date}", "This text needs {link}."),
        ("none", "This text needs {link} and {date}."),
        ("{link} {date} {passphrase}", "Nothing can be filled in for {passphrase}."),
        ("{link} {date} {secret}", "There are {link} and {date}."),
        ("{link} {date} {code}", "Nothing can be filled in for {code}."),
        ("{link} {date} {}", "Nothing can be filled in for {}."),
        ("{link} {date} <b>", "without < and >"),
        ("{link} {date} \ud800", "half a character"),
    ],
)
async def test_a_mistake_is_told_on_its_field(under: Under, text: str, told: str) -> None:
    """Unknown places, missing ones, markup: the window keeps what was typed."""
    anna = await under(ADMIN)
    view = await form(anna)
    answer = await anna.submit(view, {ids.Block.FOR_EMAIL: text})
    assert told in answer.errors[ids.Block.FOR_EMAIL]


async def test_who_is_no_admin_cannot(under: Under) -> None:
    """No button, a made-up press is told, and a made-up form saves nothing."""
    anna = await under(ADMIN)
    view = await form(anna)
    ben = replace(anna, user=BEN, name="ben")
    await ben.look_home()
    await ben.slack.seen("views.publish", 2)
    assert wording.TITLE not in str(ben.home)
    count = len(ben.slack.called("views.update"))
    await ben.press({**ben.home, "blocks": anna.home["blocks"]}, f"{ids.Action.WORDING}_once")
    await ben.slack.seen("views.update", count + 1)
    assert wording.NOT_YOURS in str(ben.latest())
    answer = await ben.submit(view, {ids.Block.FOR_CHAT: "{link} {date}"})
    assert wording.NOT_YOURS in str(answer.view)


async def test_another_admin_sees_what_is_there_now(under: Under) -> None:
    """The form begins with the store's texts, not with this process's memory."""
    anna = await under(ADMIN)
    other = await under(ADMIN)
    await written(anna, chat="{link} {date} mine")
    begun = by_id(await form(other))[ids.Block.FOR_CHAT]["element"]["initial_value"]
    assert begun == "{link} {date} mine"


def test_the_built_in_texts_are_the_ones_that_go_out() -> None:
    """What the form shows as built in is what is copied without a template."""
    at = Seconds(1795536000)
    for occasion in Occasion:
        sent = Sent(SecretId.new(WorkspaceId(TEAM)), occasion, at)
        slots = {"name": "there", "link": "L", "date": "24 November 2026, 16:00 UTC"}
        assert wording.fill(wording.built_in(occasion), slots) == Words().text(sent, "L")


@pytest.mark.parametrize("reply", [None, Kind.MOVED_MINE, Kind.MOVED_YOURS, Kind.MOVED_AN_APPS])
@pytest.mark.parametrize("name", ["", "Jo", "Jo van Dam"])
def test_what_fills_a_message_travels_whole(name: str, reply: Kind | None) -> None:
    """As the view's metadata and back; anything else is refused."""
    sid = SecretId.new(WorkspaceId(TEAM))
    sent = Sent(sid, Occasion.REQUEST, Seconds(1795536000), True, reply, name)  # noqa: FBT003 - its fields
    assert Sent.parse(str(sent)) == sent
    for text in (
        "",
        "x",
        f"{sid.value} once x - -",
        f"{sid.value} never 1 - -",
        f"{sid.value} once 1 - x",
    ):
        with pytest.raises(DecodingError):
            Sent.parse(text)


def test_what_is_filled_in_is_not_read_again() -> None:
    """A name that looks like a place stays a name."""
    assert wording.fill("{name} {link}", {"name": "{link}", "link": "L"}) == "{link} L"
    assert Outlet("email") in wording.OUTLETS
