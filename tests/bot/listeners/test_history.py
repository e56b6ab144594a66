"""The history: pages, details, burning from a row."""

import asyncio
from dataclasses import replace

import pytest

from bot.views import ids, link_ready
from bot.views.place import Place
from storage.model import (
    Agent,
    Content,
    Details,
    Lifetime,
    Nonce,
    Passphrase,
    Proof,
    State,
    UserId,
    WorkspaceId,
)
from storage.outcomes import Shared
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.listeners.looking import facts, labels, menu, opened, pressed, rows
from tests.bot.person import Json, Person
from tests.links import READER, Holder, reveal, share
from tests.slack import ANNA, TEAM, TEAM_NAME, Fault

AGENT = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(ANNA), "anna")


async def test_an_empty_history_helps(anna: Person) -> None:
    """Nothing yet: the window says how to make a link."""
    assert "No secrets yet. Type /secret" in str(await opened(anna))


async def test_rows_say_what_happened(anna: Person, vault: Vault) -> None:
    """Newest first: status, label, kind, creator, created, expires, views, last opened."""
    await share(vault, agent=AGENT, label="first")
    often = await share(vault, agent=AGENT, label="second", single_use=False)
    await reveal(vault, often)
    once = await share(vault, agent=AGENT, label="third")
    nonce = Nonce.random()
    await reveal(vault, once, nonce)
    await vault.ack(once.id, once.proof, nonce)
    view = await opened(anna)
    assert labels(view) == ["third", "second", "first"]
    third, second, first = (facts(row) for row in rows(view))
    assert "*Status*\nViewed\n" in third
    assert "from 203.0.113.7" in third
    assert "*Status*\nActive, 1 view\n" in second
    assert "*Kind*\nReusable" in second
    assert "*Status*\nActive\n" in first
    assert "*Last opened*\nnever" in first
    assert f"<@{ANNA}>" in first
    assert " UTC>" in first
    assert once.id.value not in facts(rows(view)[0])


async def test_ten_a_page_newer_and_older(anna: Person, vault: Vault) -> None:
    """Pages of ten that hold still while new secrets arrive."""
    for number in range(23):
        await share(vault, agent=AGENT, label=str(number))
        await asyncio.sleep(0.002)  # the index knows milliseconds
    first = await opened(anna)
    await share(vault, agent=AGENT, label="late")
    assert labels(first) == [str(number) for number in range(22, 12, -1)]
    older = await pressed(anna, first, ids.Action.OLDER)
    assert labels(older) == [str(number) for number in range(12, 2, -1)]
    oldest = await pressed(anna, older, ids.Action.OLDER)
    assert labels(oldest) == ["2", "1", "0"]
    assert labels(await pressed(anna, oldest, ids.Action.NEWER)) == labels(older)
    newest = await pressed(anna, anna.latest(), ids.Action.NEWER)
    assert labels(newest) == labels(first)


async def test_details_tell_the_whole_trail(anna: Person, vault: Vault) -> None:
    """Details: loading at once, then every event with who, when, address and browser."""
    holder = await share(vault, agent=AGENT, label="<b>ACME</b>")
    await reveal(vault, holder)
    await reveal(vault, holder)
    view = await opened(anna)
    details = await pressed(anna, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    text = "\n".join(block["text"]["text"] for block in details["blocks"] if "text" in block)
    assert details["root_view_id"] == view["id"]
    assert "Loading" in str(anna.slack.called("views.push")[0]["view"])
    assert f"Created by <@{ANNA}>" in text
    assert "Opened from 203.0.113.7, Firefox" in text
    assert "perhaps by the same person" in text
    assert details["blocks"][0]["text"]["text"] == "&lt;b&gt;ACME&lt;/b&gt;"


async def test_burn_from_a_row(anna: Person, vault: Vault) -> None:
    """Burn asks in a pushed view, destroys, tells it, and the rows below are fresh."""
    holder = await share(vault, agent=AGENT)
    root = await opened(anna)
    asked = await pressed(anna, root, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    assert asked["submit"]["text"] == "Burn"
    answer = await anna.submit(asked)
    assert answer.view["title"]["text"] == "Burned"
    await anna.slack.seen("views.update", 3)
    assert "*Status*\nBurned" in facts(rows(anna.now(root))[0])
    assert list(menu(rows(anna.now(root))[0])) == [
        "Details",
        "Make a new one",
        "Treat as exposed",
    ]
    assert await _state(vault, holder) is State.BURNED


async def test_after_a_burn_the_same_page_is_shown(anna: Person, vault: Vault) -> None:
    """Burned on the second page: the second page is refreshed."""
    holders = []
    for number in range(12):
        holders.append(await share(vault, agent=AGENT, label=str(number)))
        await asyncio.sleep(0.002)  # the index knows milliseconds
    older = await pressed(anna, await opened(anna), ids.Action.OLDER)
    asked = await pressed(anna, older, ids.Action.ROW_MENU, f"burn:{holders[0].id.value}")
    await anna.submit(asked)
    await anna.slack.seen("views.update", 4)
    assert labels(anna.now(older)) == ["1", "0"]
    assert "*Status*\nBurned" in facts(rows(anna.now(older))[1])


async def _state(vault: Vault, holder: Holder) -> State:
    found = await vault.details(WorkspaceId(TEAM), holder.id)
    return found.summary.status.state  # type: ignore[union-attr]


async def test_only_the_creator_is_offered_to_burn(anna: Person, ben: Person, vault: Vault) -> None:
    """The team sees the row; Burn is the creator's, and a made-up press is refused as well."""
    holder = await share(vault, agent=AGENT)
    view = await opened(ben)
    assert list(menu(rows(view)[0])) == ["Details", "Make a new one", "Treat as exposed"]
    forged = {**view, "blocks": [dict(block) for block in view["blocks"]]}
    option = {"text": {"type": "plain_text", "text": "Burn"}, "value": f"burn:{holder.id.value}"}
    rows(forged)[0]["accessory"] = {**rows(view)[0]["accessory"], "options": [option]}
    refused = await pressed(ben, forged, ids.Action.ROW_MENU, option["value"])  # type: ignore[arg-type]
    assert "Only the person who made a secret" in str(refused)
    mine = await opened(anna)
    asked = await pressed(anna, mine, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    answer = await ben.submit(asked)
    assert "Only the person who made a secret" in str(answer.view)
    assert await _state(vault, holder) is State.ACTIVE


async def test_what_was_viewed_meanwhile_cannot_be_burned(anna: Person, vault: Vault) -> None:
    """Opened between the question and the answer: told, and still Viewed."""
    holder = await share(vault, agent=AGENT)
    root = await opened(anna)
    asked = await pressed(anna, root, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    await reveal(vault, holder)
    answer = await anna.submit(asked)
    assert "nothing left to burn. Status: Viewed, not confirmed" in str(answer.view)


async def test_another_workspaces_secret_does_not_exist(anna: Person, vault: Vault) -> None:
    """A made-up menu value with a foreign id finds nothing."""
    elsewhere = Agent(WorkspaceId("T0ELSEWHERE"), "Elsewhere", UserId(ANNA), "anna")
    foreign = await share(vault, agent=elsewhere)
    await share(vault, agent=AGENT)
    view = await opened(anna)
    forged = {**view, "blocks": [dict(block) for block in view["blocks"]]}
    for verb in ("details", "burn"):
        option = {
            "text": {"type": "plain_text", "text": verb},
            "value": f"{verb}:{foreign.id.value}",
        }
        rows(forged)[0]["accessory"] = {**rows(view)[0]["accessory"], "options": [option]}
        count = len(anna.slack.called("views.update"))
        await anna.press(forged, ids.Action.ROW_MENU, f"{verb}:{foreign.id.value}")
        await anna.slack.seen("views.update", count + 1)
        assert "There is no such secret" in str(anna.slack.called("views.update")[-1])
        view = await opened(anna)  # a stack holds three views


async def test_a_window_that_cannot_be_pushed_is_told_on_the_one_below(
    anna: Person, vault: Vault
) -> None:
    """views.push fails: the history itself says so, rows and all."""
    holder = await share(vault, agent=AGENT, label="a & b")
    view = await opened(anna)
    anna.slack.fail("views.push", Fault(error="expired_trigger_id"))
    told = await pressed(anna, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    assert told["blocks"][0]["block_id"] == ids.Block.NOTICE
    assert labels(told) == ["a & b"]
    again = await pressed(anna, told, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    assert [b.get("block_id") for b in again["blocks"]].count(ids.Block.NOTICE) == 1


async def test_a_store_that_is_gone_is_told(late_anna: Person, late_store: LateStore) -> None:
    """Store gone: history, details and burn say so, and say that nothing was changed or may be."""
    late_vault_row = await late_anna.submit(
        await late_anna.open_share(), {ids.Block.SECRET: "hunter2"}
    )
    name = link_ready.parse(late_vault_row.view).value
    view = await opened(late_anna)
    asked = await pressed(late_anna, view, ids.Action.ROW_MENU, f"burn:{name}")
    await late_store.cut()
    burned = await late_anna.submit(asked)
    assert burned.seconds < 3.0
    assert "may still be alive" in str(burned.view)
    assert burned.view["submit"]["text"] == "Burn"
    details = await pressed(late_anna, view, ids.Action.ROW_MENU, f"details:{name}")
    assert "cannot be reached" in str(details)
    assert "cannot be reached" in str(await opened(late_anna))
    await late_store.mend()
    again = await late_anna.submit({**asked, **burned.view})
    assert again.view["title"]["text"] == "Burned"


async def test_a_busy_slack_is_asked_once_more(anna: Person, vault: Vault) -> None:
    """views.update is harmless to repeat: a 429 with Retry-After is waited for."""
    await share(vault, agent=AGENT, label="kept")
    busy = Fault(status=429, error="ratelimited", headers={"Retry-After": "1"}, times=1)
    anna.slack.fail("views.update", busy)
    await anna.type("history")
    await anna.slack.seen("views.update", 2)
    assert labels(anna.latest()) == ["kept"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "1:team:all:",
        "1:team:all:x",
        ":team:all:1",
        "\u0661:team:all:1",
        "1:team:all:-1",
        "1:theirs:all:0",
        "1:team:gone:0",
        "1:team:all:" + "0." * 100 + "0",
    ],
)
async def test_a_made_up_place_in_the_history_is_not_believed(anna: Person, value: str) -> None:
    """A value we never wrote changes nothing: acknowledged, and one line in the log."""
    view = await opened(anna)
    button = {
        "type": "button",
        "action_id": ids.Action.OLDER,
        "text": {"type": "plain_text", "text": "Older"},
        "value": value,
    }
    forged = {**view, "blocks": [{"type": "actions", "block_id": "x", "elements": [button]}]}
    answer = await anna.press(forged, ids.Action.OLDER, value)
    assert answer.status == 200
    await asyncio.sleep(0.05)
    assert len(anna.slack.called("views.update")) == 1


async def test_somebody_of_another_workspace_sees_nothing(anna: Person, vault: Vault) -> None:
    """Slack Connect: a press by a foreign team's member does nothing at all."""
    holder = await share(vault, agent=AGENT)
    view = await opened(anna)
    foreign = replace(anna, team="T0ELSEWHERE")
    assert (await foreign.press(view, ids.Action.ROW_MENU, f"burn:{holder.id.value}")).text == ""
    asked = await pressed(anna, view, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    refused = await foreign.submit(asked)
    assert "belongs to another workspace" in str(refused.view)
    assert await _state(vault, holder) is State.ACTIVE


CLARA = replace(AGENT, user=UserId("U0CLARA"), name="clara")


async def _filtered(person: Person, view: Json, action: str, value: str) -> Json:
    await pressed(person, view, action, value)
    return person.now(view)


async def test_mine_and_team(anna: Person, vault: Vault) -> None:
    """Mine shows the viewer's own rows only; Team everybody's, which is how it opens."""
    await share(vault, agent=AGENT, label="mine")
    await share(vault, agent=CLARA, label="hers")
    view = await opened(anna)
    assert set(labels(view)) == {"mine", "hers"}
    mine = await _filtered(anna, view, ids.Action.WHOSE, "mine")
    assert labels(mine) == ["mine"]
    whose, _ = mine["blocks"][0]["elements"]
    assert whose["initial_option"]["value"] == "mine"
    assert set(labels(await _filtered(anna, mine, ids.Action.WHOSE, "team"))) == {"mine", "hers"}


async def test_by_status(anna: Person, vault: Vault) -> None:
    """Each status alone; a filter chosen stays when the other one changes."""
    burned = await share(vault, agent=AGENT, label="burned")
    await vault.burn(AGENT, burned.id)
    viewed = await share(vault, agent=AGENT, label="viewed")
    await reveal(vault, viewed)
    await share(vault, agent=CLARA, label="hers")
    await share(vault, agent=AGENT, label="active")
    view = await opened(anna)
    for state in ("burned", "viewed", "active"):
        view = await _filtered(anna, view, ids.Action.STATUS, state)
        assert state in labels(view)
        assert labels(view) == ([state] if state != "active" else ["active", "hers"])
    view = await _filtered(anna, view, ids.Action.WHOSE, "mine")
    assert labels(view) == ["active"]
    view = await _filtered(anna, view, ids.Action.STATUS, "lost")
    assert "Nothing like that." in str(view)
    assert set(labels(await _filtered(anna, view, ids.Action.STATUS, "all"))) == {
        "active", "viewed", "burned",
    }  # fmt: skip


async def test_filters_do_not_break_paging(anna: Person, vault: Vault) -> None:
    """Ten rows a page whatever lies between them; Newer leads back to the very same pages."""
    for number in range(75):
        agent = AGENT if number % 3 == 0 else CLARA
        await share(vault, agent=agent, label=str(number))
        await asyncio.sleep(0.002)  # the index knows milliseconds
    view = await _filtered(anna, await opened(anna), ids.Action.WHOSE, "mine")
    wanted = [str(number) for number in range(72, -1, -3)]
    pages = [labels(view)]
    while any(e["action_id"] == ids.Action.OLDER for e in _buttons(view)):
        await pressed(anna, view, ids.Action.OLDER)
        view = anna.now(view)
        pages.append(labels(view))
    assert pages == [wanted[:10], wanted[10:20], wanted[20:]]
    for page in (pages[1], pages[0]):
        await pressed(anna, view, ids.Action.NEWER)
        view = anna.now(view)
        assert labels(view) == page


def _buttons(view: Json) -> list[Json]:
    return [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]


async def test_a_page_looks_through_so_many_rows_and_older_goes_on(
    anna: Person, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing wanted among the newest ones: an empty page that says so, and Older finds it."""
    monkeypatch.setattr("storage.history.SCANNED", 60)
    await share(vault, agent=AGENT, label="old one")
    await asyncio.sleep(0.002)
    for number in range(70):
        await share(vault, agent=CLARA, label=str(number))
    view = await _filtered(anna, await opened(anna), ids.Action.WHOSE, "mine")
    assert "Older looks further back" in str(view)
    await pressed(anna, view, ids.Action.OLDER)
    assert labels(anna.now(view)) == ["old one"]


@pytest.mark.parametrize("value", ["", "theirs", "<!channel>"])
async def test_a_made_up_filter_is_not_believed(anna: Person, value: str) -> None:
    """What we never offered changes nothing."""
    view = await opened(anna)
    select = view["blocks"][0]["elements"][0]
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    forged = {
        **view,
        "blocks": [{**view["blocks"][0], "elements": [{**select, "options": [option]}]}],
    }
    assert (await anna.press(forged, ids.Action.WHOSE, value)).status == 200
    await asyncio.sleep(0.05)
    assert len(anna.slack.called("views.update")) == 1


async def test_make_a_new_one(anna: Person, vault: Vault) -> None:
    """The form opens with the same label, lifetime and access, and makes another link."""
    week = Lifetime(7 * 86400)
    holder = await share(vault, agent=AGENT, label="R&D", single_use=False, lifetime=week)
    view = await opened(anna)
    form = await pressed(anna, view, ids.Action.ROW_MENU, f"again:{holder.id.value}")
    assert form["callback_id"] == ids.View.SHARE
    fields = {b["block_id"]: b["element"] for b in form["blocks"] if b["type"] == "input"}
    assert fields["label"]["initial_value"] == "R\uff06D"
    assert fields["lifetime"]["initial_option"]["value"] == str(week.seconds)
    assert fields["access"]["initial_option"]["value"] == "reusable"
    assert "initial_value" not in fields["secret"] | fields["passphrase"]
    answer = await anna.submit(form, {ids.Block.SECRET: "hunter3"})
    assert answer.view["title"]["text"] == "Your link is ready"
    found = await vault.details(AGENT.workspace, link_ready.parse(answer.view))
    assert isinstance(found, Details)
    assert found.summary.record
    assert not found.summary.record.single_use
    assert found.summary.record.expires - found.summary.record.created == week.seconds


async def test_treat_as_exposed_burns_and_gives_the_text(anna: Person, vault: Vault) -> None:
    """Asks first, burns, then shows the text to copy; the rows below are fresh."""
    holder = await share(vault, agent=AGENT, label="ACME")
    root = await opened(anna)
    asked = await pressed(anna, root, ids.Action.ROW_MENU, f"exposed:{holder.id.value}")
    assert await _state(vault, holder) is State.ACTIVE
    answer = await anna.submit(asked)
    assert await _state(vault, holder) is State.BURNED
    assert "please rotate it" in answer.text
    assert "The link that we sent no longer works." in answer.text
    await anna.slack.seen("views.update", 3)
    assert "*Status*\nBurned" in facts(rows(anna.now(root))[0])


async def test_treat_as_exposed_when_there_is_nothing_to_burn(anna: Person, vault: Vault) -> None:
    """Viewed, or somebody else's: the text comes at once, and says what is true of the link."""
    viewed = await share(vault, agent=AGENT)
    await reveal(vault, viewed)
    hers = await share(vault, agent=CLARA)
    told: Json = {}
    for holder, said in ((viewed, "no longer works"), (hers, "still works")):
        view = await opened(anna)
        told = await pressed(anna, view, ids.Action.ROW_MENU, f"exposed:{holder.id.value}")
        assert "please rotate it" in str(told)
        assert said in str(told)
        assert "submit" not in told or told["submit"] is None
    assert await _state(vault, hers) is State.ACTIVE
    forged = {**told, "callback_id": "exposed", "private_metadata": f"{hers.id.value} {Place()}"}
    refused = await anna.submit(forged)
    assert "Only the person who made a secret" in str(refused.view)
    assert await _state(vault, hers) is State.ACTIVE


async def test_treat_as_exposed_while_the_store_is_gone(
    late_anna: Person, late_store: LateStore
) -> None:
    """Not burned, or not known to be: the question stays, with a warning."""
    made = await late_anna.submit(await late_anna.open_share(), {ids.Block.SECRET: "hunter2"})
    name = link_ready.parse(made.view).value
    view = await opened(late_anna)
    asked = await pressed(late_anna, view, ids.Action.ROW_MENU, f"exposed:{name}")
    await late_store.cut()
    told = await late_anna.submit(asked)
    assert "may still be alive" in str(told.view)
    await late_store.mend()
    again = await late_anna.submit({**asked, **told.view})
    assert "please rotate it" in again.text


async def test_five_wrong_passphrases_are_told_apart_in_the_details(
    anna: Person, vault: Vault
) -> None:
    """Burned by readers reads Burned, and its details say by what; the kind says passphrase."""
    made = await vault.share(
        AGENT,
        Content(text="hunter2"),
        label="locked",
        lifetime=Lifetime(3600),
        single_use=True,
        passphrase=Passphrase.of("right"),
    )
    assert isinstance(made, Shared)
    holder = Holder.of(made.link)
    for number in range(5):
        wrong = Proof(bytes([number]) * 32)
        await vault.open(holder.id, holder.proof, Nonce.random(), READER, wrong)
    view = await opened(anna)
    assert "*Status*\nBurned" in facts(rows(view)[0])
    assert "*Kind*\nSingle use, passphrase" in facts(rows(view)[0])
    shown = await pressed(anna, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    text = str(shown)
    assert text.count("Wrong passphrase from 203.0.113.7, Firefox") == 5
    assert "Destroyed after five wrong passphrases" in text
