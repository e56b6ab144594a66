"""The ways to the browser, and what the team's policies leave of the windows in Slack."""

import pytest
from redis.asyncio import Redis

from bot.views import ids, request, share
from storage import keys
from storage.model import DAY, Kind, Lifetime, WorkspaceId, tag_of
from storage.policy import Policy
from storage.tickets import Purpose, Redeemed, Ticket
from storage.vault import Vault
from tests.bot.asking import FORM, IN_CHANNEL, ask, button_of
from tests.bot.listeners.conftest import Under
from tests.bot.listeners.looking import opened as opened_history
from tests.bot.listeners.looking import pressed as pressed_in
from tests.bot.listeners.test_policies import AGENT, HUNTER, refusals
from tests.bot.person import Json, Person
from tests.links import share as make
from tests.slack import CHANNEL, SUPPORT, TEAM, Room

CANARY = "hunter2-canary"


async def redeemed(vault: Vault, button: Json | None) -> Redeemed:
    """Open the page behind a button."""
    assert button
    address, ticket = button["url"].split("#")
    assert address == "https://secret.example.com/new"
    found = await vault.tickets.redeem(Ticket(ticket.encode()), None)
    assert isinstance(found, Redeemed)
    return found


async def test_the_share_form_leads_to_the_browser(anna: Person, vault: Vault) -> None:
    """Write it in my browser instead: a compose ticket, for a secret, in this channel."""
    form = await anna.open_share()
    button = button_of(form, ids.Action.COMPOSE)
    assert button
    assert button["text"]["text"] == "Write it in my browser instead"
    found = await redeemed(vault, button)
    assert (found.purpose, found.errand.kind) == (Purpose.COMPOSE, Kind.SHARE)
    assert (found.session.user, found.errand.channel) == (anna.user, SUPPORT)
    pressed = await anna.press(form, ids.Action.COMPOSE)
    assert (pressed.status, pressed.text) == (200, "")


async def test_a_press_on_the_way_there_tells_nothing_of_what_is_typed(
    anna: Person, caplog: pytest.LogCaptureFixture, store_client: Redis
) -> None:
    """Slack reports the half-written secret with the press: it is neither stored nor logged."""
    form = await anna.open_share()
    typed = {**form, "state": {"values": {"secret": {"secret_text": {"value": CANARY}}}}}
    await anna.press(typed, ids.Action.COMPOSE)
    assert CANARY not in repr([vars(record) for record in caplog.records])
    assert await store_client.dbsize() == 0


async def test_from_a_direct_message_no_channel_goes_along(anna: Person, vault: Vault) -> None:
    """In the browser there is then no This channel either."""
    await anna.type(room=Room("D000000001", "directmessage"))
    found = await redeemed(vault, button_of(anna.latest(), ids.Action.COMPOSE))
    assert found.errand.channel == ""


async def test_help_leads_to_the_browser(anna: Person, vault: Vault) -> None:
    """The help has the button, and says how to ask for credentials."""
    answer = await anna.type("help")
    found = await redeemed(vault, button_of(answer.json, ids.Action.COMPOSE))
    assert (found.errand.kind, found.errand.channel) == (Kind.SHARE, SUPPORT)
    assert "*/secret request*" in str(answer.json)


async def test_browser_only_shows_the_way_and_no_field(
    under: Under, vault: Vault, store_client: Redis
) -> None:
    """BROWSER_ONLY: no Secret field; the sentence, the button, and the warning about typed text."""
    person = await under(Policy(browser_only=True))
    for text in ("", CANARY):
        await person.type(text)
        view = person.latest()
        assert "input" not in {block["type"] for block in view["blocks"]}
        assert share.BROWSER_ONLY in str(view)
        assert ("has already gone to Slack" in str(view)) is bool(text)
        assert CANARY not in str(view)
        found = await redeemed(vault, button_of(view, ids.Action.COMPOSE))
        assert found.session.user == person.user
    await make(vault, agent=AGENT, label="mine")
    page = await opened_history(person)
    menu = next(b for b in page["blocks"] if b.get("accessory"))["accessory"]["options"]
    again = next(option["value"] for option in menu if option["value"].startswith("again:"))
    shown = await pressed_in(person, page, ids.Action.ROW_MENU, again)
    assert share.BROWSER_ONLY in str(shown)


async def test_browser_only_refuses_a_form_that_was_open_before(
    anna: Person, under: Under, store_client: Redis
) -> None:
    """An older modal: words on its field, on record, and nothing stored."""
    form = await anna.open_share()
    strict = await under(Policy(browser_only=True))
    answer = await strict.submit(form, HUNTER)
    assert answer.errors == {ids.Block.SECRET: share.BROWSER_ONLY}
    assert [rule for *_, rule in await refusals(store_client)] == ["browser_only"]
    assert await store_client.zcard(keys.index(tag_of(WorkspaceId(TEAM)))) == 0


async def test_a_team_that_sends_no_requests_says_so(
    anna: Person, under: Under, store_client: Redis
) -> None:
    """REQUESTS=false: in words to the asker alone, in the help not at all, refused by the vault."""
    form = await opened(anna)
    strict = await under(Policy(requests=False))
    opened_before = len(strict.slack.called("views.open"))
    answer = await strict.type("request")
    assert answer.json["response_type"] == "ephemeral"
    assert answer.json["text"] == request.DISALLOWED
    warned = await strict.type(f"request {CANARY}")
    assert "has already gone to Slack" in warned.text
    assert CANARY not in warned.text
    assert len(strict.slack.called("views.open")) == opened_before
    assert "/secret request" not in (await strict.type("help")).text
    refused = await strict.submit(form, FORM)
    assert refused.errors == {ids.Block.WHAT: request.DISALLOWED}
    assert [rule for *_, rule in await refusals(store_client)] == ["requests"]
    assert strict.slack.called("chat.postMessage") == []
    assert button_of(await strict.open_share(), ids.Action.COMPOSE)


async def opened(person: Person) -> Json:
    """The request's form."""
    await person.type("request")
    return person.latest()


async def test_a_request_above_the_maximum_is_refused(anna: Person, under: Under) -> None:
    """MAX_LIFETIME: not offered; from an older form, told on its field."""
    form = await opened(anna)
    strict = await under(Policy(max_lifetime=Lifetime(DAY)))
    answer = await strict.submit(form, {**FORM, ids.Block.LIFETIME: str(7 * DAY)})
    assert answer.errors == {
        ids.Block.LIFETIME: "Your team allows at most 24 hours. Choose a shorter lifetime."
    }
    assert strict.slack.called("chat.postMessage") == []
    block = next(b for b in (await opened(strict))["blocks"] if b["block_id"] == "lifetime")
    assert len(block["element"]["options"]) == 2


async def test_requests_count_against_the_hour(under: Under) -> None:
    """CREATES_PER_HOUR: secrets and requests together; told on the form's first field."""
    person = await under(Policy(creates_per_hour=2))
    await person.submit(await person.open_share(), HUNTER)
    await ask(person, IN_CHANNEL)
    answer = await person.submit(await opened(person), FORM)
    assert "You have made 2 links within an hour" in answer.errors[ids.Block.WHAT]
    assert len(person.messages(CHANNEL)) == 1
    assert person.messages(person.dm) == []


async def test_a_passphrase_is_not_asked_of_a_customer(under: Under) -> None:
    """REQUIRE_PASSPHRASE is about what is shared: requests go through."""
    person = await under(Policy(require_passphrase=True))
    assert (await ask(person))["title"]["text"] == "Your link is ready"
