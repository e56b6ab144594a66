"""Shortcuts: both forms from anywhere, and a password in a message becomes a link."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.listeners.opening import COULD_NOT_OPEN
from bot.slack_api import Trouble
from bot.views import ids, link_ready, moved, request, share
from bot.views.moved import Moved
from storage.errors import DecodingError
from storage.policy import Policy
from storage.vault import Vault
from tests.bot.listeners.conftest import Under
from tests.bot.person import Json, Person
from tests.slack import ANNA, BEN, CHANNEL, SUPPORT, TEAM, Fault, Room

PASSWORD = "p<w>&tr0ub4dor"
TS = "1795536000.000100"
AT = f"https://example.slack.com/archives/{SUPPORT}/p1795536000000100"


def message(words: str = PASSWORD, **more: Any) -> Json:
    """A message as Slack describes one that a person wrote."""
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    block = {"type": "rich_text", "block_id": "x", "elements": [part]}
    return {"type": "message", "user": BEN, "ts": TS, "text": words, "blocks": [block], **more}


def by_id(view: Json) -> dict[str, Json]:
    """A view's blocks by their names."""
    return {block["block_id"]: block for block in view["blocks"] if "block_id" in block}


def typed(view: Json) -> str | None:
    """What the field for the secret begins with."""
    begun: str | None = by_id(view)[ids.Block.SECRET]["element"].get("initial_value")
    return begun


def copied(view: Json, block: ids.Block) -> str:
    """A text to copy."""
    text: str = by_id(view)[block]["elements"][0]["elements"][0]["text"]
    return text


async def _form(person: Person, original: Json, room: Room = CHANNEL) -> Json:
    answer = await person.shortcut_on(room, original, ids.Shortcut.MOVE)
    assert (answer.status, answer.text) == (200, "")
    return person.latest()


async def test_a_secret_from_anywhere(anna: Person) -> None:
    """The global shortcut opens the form, with the agent's last choices as after the command."""
    await anna.shortcut(ids.Shortcut.SHARE)
    form = anna.latest()
    assert form["callback_id"] == ids.View.SHARE
    await anna.submit(form, {ids.Block.SECRET: "x", ids.Block.ACCESS: share.REUSABLE})
    await anna.shortcut(ids.Shortcut.SHARE)
    access = by_id(anna.latest())[ids.Block.ACCESS]["element"]
    assert access["initial_option"]["value"] == share.REUSABLE
    assert typed(anna.latest()) is None


async def test_a_request_from_anywhere(anna: Person) -> None:
    """There is no channel to collect in: Only me is the one choice."""
    await anna.shortcut(ids.Shortcut.REQUEST)
    form = anna.latest()
    assert form["callback_id"] == ids.View.REQUEST
    options = by_id(form)[ids.Block.COLLECT_BY]["element"]["options"]
    assert [option["value"] for option in options] == [request.ONLY_ME]
    answer = await anna.submit(form, {ids.Block.WHAT: "The login"})
    assert answer.view["callback_id"] == ids.View.REQUEST_READY


async def test_a_request_that_the_team_does_not_send(under: Under) -> None:
    """REQUESTS=false: the window says so."""
    anna = await under(Policy(requests=False))
    await anna.shortcut(ids.Shortcut.REQUEST)
    assert request.DISALLOWED in str(anna.latest())


async def test_a_password_in_a_message_becomes_a_link(anna: Person, vault: Vault) -> None:
    """Filled in as typed; afterwards how to delete the message, and a reply with the link."""
    form = await _form(anna, message())
    assert typed(form) == PASSWORD
    assert moved.ABOUT in str(form)
    answer = await anna.submit(form, {})
    view = answer.view
    assert view["title"]["text"] == link_ready.TITLE
    link = copied(view, ids.Block.LINK)
    reply = copied(view, ids.Block.REPLY)
    assert reply.startswith(f"What you wrote here is now behind a secret link: {link} It can be")
    assert reply.endswith("Please delete your message.")
    how = by_id(view)[ids.Block.ORIGINAL]["text"]["text"]
    assert f"Ask <@{BEN}> to open its menu" in how
    assert f"<{AT}|Go to the message>" in how
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("more", "how", "reply"),
    [
        ({"user": ANNA}, "It is yours", "I have moved what stood here"),
        ({"user": None, "bot_id": "B1"}, "An app posted it", "What stood here is now"),
        ({"user": "U0ELSEWHERE", "team": "T0OTHER"}, "<@U0ELSEWHERE>", "What you wrote here is"),
    ],
)
async def test_who_can_delete_it(anna: Person, more: Json, how: str, reply: str) -> None:
    """The agent's own, an app's, and one of another organisation in a shared channel."""
    answer = await anna.submit(await _form(anna, message(**more)), {})
    assert how in by_id(answer.view)[ids.Block.ORIGINAL]["text"]["text"]
    assert copied(answer.view, ids.Block.REPLY).startswith(reply)


async def test_in_a_thread_of_a_channel_that_the_app_is_not_in(anna: Person) -> None:
    """The address is made of the payload: Slack is asked for nothing but the window."""
    await anna.shortcut_on(
        Room("C0SECRETS", "privategroup"),
        message(thread_ts="1795535000.000200"),
        ids.Shortcut.MOVE,
    )
    answer = await anna.submit(anna.latest(), {})
    how = by_id(answer.view)[ids.Block.ORIGINAL]["text"]["text"]
    assert "/archives/C0SECRETS/p1795536000000100?thread_ts=1795535000.000200&amp;cid=" in how
    assert {call.method for call in anna.slack.calls} == {"auth.test", "views.open"}


@pytest.mark.parametrize(
    ("original", "told", "filled"),
    [
        (message("x" * 3000), moved.ABOUT, "x" * 3000),
        (message("x" * 3001), moved.TOO_LONG, None),
        (message(" \n "), moved.NOTHING, None),
        (message("*" * 3, text="***", files=[{"id": "F1"}]), moved.FILES, "***"),
        (message("&amp;"), moved.INEXACT, "&amp;"),
    ],
)
async def test_what_cannot_be_moved_is_said(
    anna: Person, original: Json, told: str, filled: str | None
) -> None:
    """Longer than a field, empty, a file, changed by Slack: above the form, in a sentence."""
    form = await _form(anna, original)
    assert told in str([block["text"]["text"] for block in form["blocks"] if "text" in block])
    assert typed(form) == filled


async def test_nothing_of_it_travels_beside_the_field(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in private_metadata, in no log at any level, and nowhere in the answer."""
    caplog.set_level(logging.DEBUG)
    form = await _form(anna, message())
    assert form["private_metadata"] == f"{BEN} {AT}"
    control = str(anna.slack.called("views.open"))
    assert PASSWORD in control  # the window itself has it
    answer = await anna.submit(form, {})
    assert PASSWORD not in answer.text
    assert PASSWORD not in repr([vars(record) for record in caplog.records])


async def test_with_a_passphrase_the_message_is_not_forgotten(anna: Person) -> None:
    """The link comes later, and with it what is left to do."""
    form = await _form(anna, message())
    await anna.submit(form, {ids.Block.PASSPHRASE: "open sesame"})
    await anna.slack.seen("views.update")
    shown = anna.now(form)
    assert f"<@{BEN}>" in by_id(shown)[ids.Block.ORIGINAL]["text"]["text"]
    assert "You will get the passphrase another way." in copied(shown, ids.Block.REPLY)


async def test_where_secrets_are_written_in_the_browser_only(under: Under) -> None:
    """BROWSER_ONLY: nothing is filled in anywhere, and the way is shown."""
    anna = await under(Policy(browser_only=True))
    view = await _form(anna, message())
    assert moved.IN_BROWSER_ONLY in str(view)
    assert "tr0ub4dor" not in str(view)


@pytest.mark.parametrize("trouble", [Trouble.LATE, Trouble.BUSY])
async def test_a_window_that_does_not_open_is_told(anna: Person, trouble: Trouble) -> None:
    """A shortcut has no answer of its own: a message says it, without the password."""
    code = {Trouble.LATE: "expired_trigger_id", Trouble.BUSY: "ratelimited"}[trouble]
    anna.slack.fail("views.open", Fault(error=code))
    await anna.shortcut_on(CHANNEL, message(), ids.Shortcut.MOVE)
    (told,) = await anna.slack.seen("chat.postMessage")
    assert told["text"] == COULD_NOT_OPEN[trouble].format(command="/secret")
    assert told["channel"] == ANNA
    assert PASSWORD not in str(told)


async def test_people_of_other_workspaces_are_refused(anna: Person) -> None:
    """Slack Connect: somebody else's person in a shared channel gets no window."""
    stranger = replace(anna, user="U0STRANGER", team="T0STRANGE", name="stranger")
    for shortcut in (ids.Shortcut.SHARE, ids.Shortcut.REQUEST):
        answer = await stranger.shortcut(shortcut)
        assert (answer.status, answer.text) == (200, "")
    await stranger.shortcut_on(CHANNEL, message(), ids.Shortcut.MOVE)
    assert anna.slack.called("views.open") == []
    assert stranger.team != TEAM


@pytest.mark.parametrize(
    "text",
    [
        "",
        "U1",
        "x -",
        "U0BEN https://evil.example/",
        "- javascript:x",
        "U0BEN https://a.slack.com/x",
    ],
)
def test_an_origin_that_we_never_wrote_is_refused(text: str) -> None:
    """What comes back from Slack is read strictly: it becomes a link in the window."""
    with pytest.raises(DecodingError):
        Moved.parse(text)
