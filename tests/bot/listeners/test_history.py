"""The history: pages, details, burning from a row."""

import asyncio
from dataclasses import replace
from html import unescape

import pytest

from bot.views import ids
from storage.model import (
    Agent,
    Nonce,
    SecretId,
    State,
    UserId,
    WorkspaceId,
)
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.person import Json, Person
from tests.links import Holder, reveal, share
from tests.slack import ANNA, TEAM, TEAM_NAME, Fault

AGENT = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(ANNA), "anna")


async def _opened(person: Person) -> Json:
    count = len(person.slack.called("views.update"))
    await person.type("history")
    await person.slack.seen("views.update", count + 1)
    return person.latest()


def _rows(view: Json) -> list[Json]:
    return [
        block for block in view["blocks"] if block["type"] == "section" and "accessory" in block
    ]


def _labels(view: Json) -> list[str]:
    return [unescape(row["text"]["text"]) for row in _rows(view)]


def _menu(row: Json) -> dict[str, str]:
    return {o["text"]["text"]: o["value"] for o in row["accessory"]["options"]}


def _facts(row: Json) -> str:
    return "\n".join(field["text"] for field in row["fields"])


async def _pressed(person: Person, view: Json, action: str, value: str = "") -> Json:
    count = len(person.slack.called("views.update"))
    answer = await person.press(view, action, value)
    assert (answer.status, answer.text) == (200, "")
    await person.slack.seen("views.update", count + 1)
    return person.latest()


async def test_an_empty_history_helps(anna: Person) -> None:
    """Nothing yet: the window says how to make a link."""
    assert "No secrets yet. Type /secret" in str(await _opened(anna))


async def test_rows_say_what_happened(anna: Person, vault: Vault) -> None:
    """Newest first: status, label, kind, creator, created, expires, views, last opened."""
    await share(vault, agent=AGENT, label="first")
    often = await share(vault, agent=AGENT, label="second", single_use=False)
    await reveal(vault, often)
    once = await share(vault, agent=AGENT, label="third")
    nonce = Nonce.random()
    await reveal(vault, once, nonce)
    await vault.ack(once.id, once.proof, nonce)
    view = await _opened(anna)
    assert _labels(view) == ["third", "second", "first"]
    third, second, first = (_facts(row) for row in _rows(view))
    assert "*Status*\nViewed\n" in third
    assert "from 203.0.113.7" in third
    assert "*Status*\nActive, 1 view\n" in second
    assert "*Kind*\nReusable" in second
    assert "*Status*\nActive\n" in first
    assert "*Last opened*\nnever" in first
    assert f"<@{ANNA}>" in first
    assert " UTC>" in first
    assert once.id.value not in _facts(_rows(view)[0])


async def test_ten_a_page_newer_and_older(anna: Person, vault: Vault) -> None:
    """Pages of ten that hold still while new secrets arrive."""
    for number in range(23):
        await share(vault, agent=AGENT, label=str(number))
        await asyncio.sleep(0.002)  # the index knows milliseconds
    first = await _opened(anna)
    await share(vault, agent=AGENT, label="late")
    assert _labels(first) == [str(number) for number in range(22, 12, -1)]
    older = await _pressed(anna, first, ids.Action.OLDER)
    assert _labels(older) == [str(number) for number in range(12, 2, -1)]
    oldest = await _pressed(anna, older, ids.Action.OLDER)
    assert _labels(oldest) == ["2", "1", "0"]
    assert _labels(await _pressed(anna, oldest, ids.Action.NEWER)) == _labels(older)
    newest = await _pressed(anna, anna.latest(), ids.Action.NEWER)
    assert _labels(newest) == _labels(first)


async def test_details_tell_the_whole_trail(anna: Person, vault: Vault) -> None:
    """Details: loading at once, then every event with who, when, address and browser."""
    holder = await share(vault, agent=AGENT, label="<b>ACME</b>")
    await reveal(vault, holder)
    await reveal(vault, holder)
    view = await _opened(anna)
    details = await _pressed(anna, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
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
    root = await _opened(anna)
    asked = await _pressed(anna, root, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    assert asked["submit"]["text"] == "Burn"
    answer = await anna.submit(asked)
    assert answer.view["title"]["text"] == "Burned"
    await anna.slack.seen("views.update", 3)
    assert "*Status*\nBurned" in _facts(_rows(anna.now(root))[0])
    assert list(_menu(_rows(anna.now(root))[0])) == [
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
    older = await _pressed(anna, await _opened(anna), ids.Action.OLDER)
    asked = await _pressed(anna, older, ids.Action.ROW_MENU, f"burn:{holders[0].id.value}")
    await anna.submit(asked)
    await anna.slack.seen("views.update", 4)
    assert _labels(anna.now(older)) == ["1", "0"]
    assert "*Status*\nBurned" in _facts(_rows(anna.now(older))[1])


async def _state(vault: Vault, holder: Holder) -> State:
    found = await vault.details(WorkspaceId(TEAM), holder.id)
    return found.summary.status.state  # type: ignore[union-attr]


async def test_only_the_creator_is_offered_to_burn(anna: Person, ben: Person, vault: Vault) -> None:
    """The team sees the row; Burn is the creator's, and a made-up press is refused as well."""
    holder = await share(vault, agent=AGENT)
    view = await _opened(ben)
    assert list(_menu(_rows(view)[0])) == ["Details", "Make a new one", "Treat as exposed"]
    forged = {**view, "blocks": [dict(block) for block in view["blocks"]]}
    option = {"text": {"type": "plain_text", "text": "Burn"}, "value": f"burn:{holder.id.value}"}
    _rows(forged)[0]["accessory"] = {**_rows(view)[0]["accessory"], "options": [option]}
    refused = await _pressed(ben, forged, ids.Action.ROW_MENU, option["value"])  # type: ignore[arg-type]
    assert "Only the person who made a secret" in str(refused)
    mine = await _opened(anna)
    asked = await _pressed(anna, mine, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    answer = await ben.submit(asked)
    assert "Only the person who made a secret" in str(answer.view)
    assert await _state(vault, holder) is State.ACTIVE


async def test_what_was_viewed_meanwhile_cannot_be_burned(anna: Person, vault: Vault) -> None:
    """Opened between the question and the answer: told, and still Viewed."""
    holder = await share(vault, agent=AGENT)
    root = await _opened(anna)
    asked = await _pressed(anna, root, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    await reveal(vault, holder)
    answer = await anna.submit(asked)
    assert "nothing left to burn. Status: Viewed, not confirmed" in str(answer.view)


async def test_another_workspaces_secret_does_not_exist(anna: Person, vault: Vault) -> None:
    """A made-up menu value with a foreign id finds nothing."""
    elsewhere = Agent(WorkspaceId("T0ELSEWHERE"), "Elsewhere", UserId(ANNA), "anna")
    foreign = await share(vault, agent=elsewhere)
    await share(vault, agent=AGENT)
    view = await _opened(anna)
    forged = {**view, "blocks": [dict(block) for block in view["blocks"]]}
    for verb in ("details", "burn"):
        option = {
            "text": {"type": "plain_text", "text": verb},
            "value": f"{verb}:{foreign.id.value}",
        }
        _rows(forged)[0]["accessory"] = {**_rows(view)[0]["accessory"], "options": [option]}
        count = len(anna.slack.called("views.update"))
        await anna.press(forged, ids.Action.ROW_MENU, f"{verb}:{foreign.id.value}")
        await anna.slack.seen("views.update", count + 1)
        assert "There is no such secret" in str(anna.slack.called("views.update")[-1])
        view = await _opened(anna)  # emulate never pops a stack


async def test_a_window_that_cannot_be_pushed_is_told_on_the_one_below(
    anna: Person, vault: Vault
) -> None:
    """views.push fails: the history itself says so, rows and all."""
    holder = await share(vault, agent=AGENT, label="a & b")
    view = await _opened(anna)
    anna.slack.fail("views.push", Fault(error="expired_trigger_id"))
    told = await _pressed(anna, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    assert told["blocks"][0]["block_id"] == ids.Block.NOTICE
    assert _labels(told) == ["a & b"]
    again = await _pressed(anna, told, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    assert [b.get("block_id") for b in again["blocks"]].count(ids.Block.NOTICE) == 1


async def test_a_store_that_is_gone_is_told(late_anna: Person, late_store: LateStore) -> None:
    """Store gone: history, details and burn say so, and say that nothing was changed or may be."""
    late_vault_row = await late_anna.submit(
        await late_anna.open_share(), {ids.Block.SECRET: "hunter2"}
    )
    name = SecretId(late_vault_row.view["private_metadata"]).value
    view = await _opened(late_anna)
    asked = await _pressed(late_anna, view, ids.Action.ROW_MENU, f"burn:{name}")
    await late_store.cut()
    burned = await late_anna.submit(asked)
    assert burned.seconds < 3.0
    assert "may still be alive" in str(burned.view)
    assert burned.view["submit"]["text"] == "Burn"
    details = await _pressed(late_anna, view, ids.Action.ROW_MENU, f"details:{name}")
    assert "cannot be reached" in str(details)
    assert "cannot be reached" in str(await _opened(late_anna))
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
    assert _labels(anna.latest()) == ["kept"]


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
    view = await _opened(anna)
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
    view = await _opened(anna)
    foreign = replace(anna, team="T0ELSEWHERE")
    assert (await foreign.press(view, ids.Action.ROW_MENU, f"burn:{holder.id.value}")).text == ""
    asked = await _pressed(anna, view, ids.Action.ROW_MENU, f"burn:{holder.id.value}")
    refused = await foreign.submit(asked)
    assert "belongs to another workspace" in str(refused.view)
    assert await _state(vault, holder) is State.ACTIVE
