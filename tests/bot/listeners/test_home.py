"""App Home: what needs attention, the history as a table, and what can be done from there."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.views import allowed, home, ids, rows
from bot.views.place import Place
from storage.model import DAY, Agent, Lifetime, Nonce, State, UserId, WorkspaceId
from storage.policy import HistoryScope, Policy
from storage.vault import Vault
from tests.asking import answer, ask
from tests.bot.late_store import LateStore
from tests.bot.listeners.conftest import Under
from tests.bot.person import Json, Person
from tests.links import reveal, share
from tests.slack import ANNA, CLARA, SIGNING_SECRET, TEAM, TEAM_NAME, Fault, sign

AGENT = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(ANNA), "anna")
SECRET = "hunter2-tr0ub4dor"


async def opened(person: Person, **how: Any) -> Json:
    """Turn to the Home tab, and look at it."""
    count = len(person.slack.called("views.publish"))
    answer = await person.look_home(**how)
    assert answer.status == 200
    await person.slack.seen("views.publish", count + 1)
    return person.home


async def pressed(person: Person, action: str, value: str = "") -> Json:
    """Press something there that changes the tab."""
    count = len(person.slack.called("views.publish"))
    await person.press(person.home, action, value)
    await person.slack.seen("views.publish", count + 1)
    return person.home


def block(view: Json, name: str) -> Json:
    """A block by its id."""
    return next(one for one in view["blocks"] if one["block_id"] == name)


def names(view: Json) -> list[str]:
    """The blocks there are."""
    return [one["block_id"] for one in view["blocks"]]


def column(view: Json, name: str) -> list[str]:
    """A column's raw texts."""
    head, *below = block(view, ids.Block.TABLE)["rows"]
    at = [cell["text"] for cell in head].index(name)
    return [row[at].get("text", "") for row in below]


async def test_an_empty_home_has_both_forms(anna: Person) -> None:
    """Two buttons that open the forms, and what will stand here."""
    view = await opened(anna)
    assert home.ALL_WELL in str(view)
    assert "No secrets yet. Type /secret" in str(view)
    for action, form in (
        (ids.Action.HOME_SHARE, ids.View.SHARE),
        (ids.Action.HOME_REQUEST, ids.View.REQUEST),
    ):
        answer = await anna.press(anna.home, action)
        assert (answer.status, answer.text) == (200, "")
        assert anna.latest()["callback_id"] == form


async def test_the_forms_come_before_any_other_io(late_anna: Person, late_store: LateStore) -> None:
    """views.open needs no store."""
    await opened(late_anna)
    await late_store.cut()
    start = time.monotonic()
    await late_anna.press(late_anna.home, ids.Action.HOME_SHARE)
    assert late_anna.latest()["callback_id"] == ids.View.SHARE
    assert time.monotonic() - start < 2


async def test_the_other_tab_is_left_alone(anna: Person) -> None:
    """The event comes for the Messages tab as well."""
    await anna.look_home(tab="messages")
    await asyncio.sleep(0.2)
    assert anna.slack.called("views.publish") == []


async def test_the_history_is_a_table(anna: Person, vault: Vault) -> None:
    """Newest first, numbered; no link, no secret, no id but behind a button."""
    holder = await share(vault, agent=AGENT, label="a <b> & c", text=SECRET)
    await share(vault, agent=AGENT, label="", single_use=False)
    view = await opened(anna)
    table = block(view, ids.Block.TABLE)
    assert (table["type"], table["caption"]) == ("data_table", rows.CAPTION)
    assert column(view, "No.") == ["1", "2"]
    assert column(view, "Label") == [rows.NO_LABEL, "a \uff1cb\uff1e \uff06 c"]
    assert column(view, "Status") == ["Active, 0 views", "Active"]
    said = json.dumps(anna.slack.called("views.publish"))
    assert SECRET not in said
    assert "/s/" not in said
    assert holder.id.value not in json.dumps(table)


async def test_ten_a_page_and_filters(anna: Person, ben: Person, vault: Vault) -> None:
    """Older, Newer, Mine, a status; what was chosen outlives a look elsewhere."""
    for number in range(12):
        await share(vault, agent=AGENT, label=str(number))
        await asyncio.sleep(0.002)  # the index knows milliseconds
    mine = await share(vault, agent=replace(AGENT, user=UserId(ben.user)), label="ben's")
    await vault.burn(replace(AGENT, user=UserId(ben.user)), mine.id)
    first = await opened(ben)
    assert column(first, "Label")[0] == "ben's"
    assert len(column(first, "Label")) == 10
    older = await pressed(ben, ids.Action.OLDER)
    assert column(older, "Label") == ["2", "1", "0"]
    assert column(await pressed(ben, ids.Action.NEWER), "Label") == column(first, "Label")
    assert column(await pressed(ben, ids.Action.WHOSE, "mine"), "Label") == ["ben's"]
    assert column(await opened(ben), "Label") == ["ben's"]
    assert "Nothing like that." in str(await pressed(ben, ids.Action.STATUS, "active"))
    await pressed(ben, ids.Action.WHOSE, "team")
    assert set(column(ben.home, "Status")) == {"Active"}


async def test_what_needs_attention(anna: Person, vault: Vault) -> None:
    """Expires unopened soon, tried again; with a way to look, and the most urgent first."""
    soon = await share(vault, agent=AGENT, label="soon", lifetime=Lifetime(3600))
    await share(vault, agent=AGENT, label="calm", lifetime=Lifetime(DAY))
    twice = await share(vault, agent=AGENT, label="twice")
    await reveal(vault, twice, Nonce.random())
    await reveal(vault, twice, Nonce.random())
    view = await opened(anna)
    told = [one for one in view["blocks"] if one["block_id"].startswith("concern-")]
    assert [one["text"]["text"] for one in told] == ["twice", "soon"]
    assert "*Opened again*" in told[0]["fields"][0]["text"]
    assert "*Not opened*, and it expires" in told[1]["fields"][0]["text"]
    assert told[1]["accessory"]["value"] == soon.id.value


async def test_what_came_and_nobody_collected(anna: Person, vault: Vault) -> None:
    """A request that was answered."""
    await answer(vault, await ask(vault, agent=AGENT))
    view = await opened(anna)
    (told,) = [one for one in view["blocks"] if one["block_id"].startswith("concern-")]
    assert "*Received*" in told["fields"][0]["text"]
    assert column(view, "Kind") == ["Request"]


async def test_a_row_is_opened_and_burned(anna: Person, vault: Vault) -> None:
    """Details in a window, Burn asked in a pushed one; window and tab are fresh afterwards."""
    holder = await share(vault, agent=AGENT, label="wrong recipient")
    await opened(anna)
    await anna.press(anna.home, f"{ids.Action.LOOK}_1")
    await anna.slack.seen("views.update", 1)
    details = anna.latest()
    assert "wrong recipient" in str(details)
    await anna.press(details, f"{ids.Action.ROW_BUTTON}_burn")
    await anna.slack.seen("views.update", 2)
    asked = anna.latest()
    assert asked["submit"]["text"] == "Burn"
    answer = await anna.submit(asked)
    assert answer.view["title"]["text"] == "Burned"
    await anna.slack.seen("views.publish", 2)
    assert "*Status*\nBurned" in str(anna.now(details)["blocks"][0]["fields"][0]["text"])
    assert column(anna.home, "Status") == ["Burned"]
    found = await vault.details(WorkspaceId(TEAM), holder.id)
    assert found.summary.status.state is State.BURNED  # type: ignore[union-attr]


async def test_a_new_link_shows_up_in_the_home_of_whoever_made_it(anna: Person) -> None:
    """Once they have looked at it; nobody else's is touched."""
    await anna.submit(await anna.open_share(), {ids.Block.SECRET: "x", ids.Block.LABEL: "unseen"})
    assert anna.slack.called("views.publish") == []
    await opened(anna)
    await anna.submit(await anna.open_share(), {ids.Block.SECRET: "x", ids.Block.LABEL: "seen"})
    await anna.slack.seen("views.publish", 2)
    assert column(anna.home, "Label") == ["seen", "unseen"]


async def test_whose_rows_are_there_is_a_policy(under: Under, vault: Vault) -> None:
    """HISTORY_SCOPE=own: neither rows nor concerns of others, and no way to ask for them."""
    anna = await under(Policy(history_scope=HistoryScope.OWN))
    others = replace(AGENT, user=UserId("U0BEN"))
    await share(vault, agent=others, label="ben's", lifetime=Lifetime(3600))
    await share(vault, agent=AGENT, label="mine", lifetime=Lifetime(3600))
    view = await opened(anna)
    assert "ben's" not in str(view)
    assert column(view, "Label") == ["mine"]
    assert [e["action_id"] for e in block(view, ids.Block.FILTERS)["elements"]] == ["status"]


async def test_f5_another_workspaces_rows_are_in_no_home(anna: Person, vault: Vault) -> None:
    """F5: not as rows, not as concerns; not by a made-up button either."""
    elsewhere = Agent(WorkspaceId("T0ELSEWHERE"), "Elsewhere", UserId(ANNA), "anna")
    foreign = await share(vault, agent=elsewhere, label="foreign", lifetime=Lifetime(3600))
    own = await share(vault, agent=AGENT, label="own", lifetime=Lifetime(3600))
    view = await opened(anna)
    assert "foreign" not in str(view)
    assert column(view, "Label") == ["own"]  # the control: what is ours is there
    forged = json.loads(json.dumps(view).replace(own.id.value, foreign.id.value))
    await anna.press(forged, f"{ids.Action.LOOK}_1")
    await anna.slack.seen("views.update")
    assert "There is no such secret" in str(anna.latest())


async def test_people_of_other_workspaces_get_no_home(anna: Person) -> None:
    """The event of somebody else's person fills nothing."""
    await replace(anna, team="T0STRANGE").look_home()
    await asyncio.sleep(0.2)
    assert anna.slack.called("views.publish") == []


@pytest.mark.parametrize("is_admin", [True, False])
async def test_policies_are_shown_to_admins(under: Under, *, is_admin: bool) -> None:
    """What the settings say, in words, for those in ADMINS only."""
    admins = frozenset({UserId(ANNA if is_admin else CLARA)})
    anna = await under(Policy(admins=admins, require_passphrase=True))
    view = await opened(anna)
    assert (allowed.TITLE in str(view)) is is_admin
    assert ("*Passphrase*\\non every link" in str(view)) is is_admin


async def test_a_slack_without_that_table_gets_the_older_one(anna: Person, vault: Vault) -> None:
    """Refused once, it is not tried again in this process."""
    await share(vault, agent=AGENT, label="kept")
    anna.slack.fail("views.publish", Fault(error="invalid_blocks", times=1))
    await anna.look_home()
    await anna.slack.seen("views.publish", 2)
    assert block(anna.home, ids.Block.TABLE)["type"] == "table"
    await opened(anna)
    kinds = [
        one["type"]
        for call in anna.slack.called("views.publish")
        for one in call["view"]["blocks"]
        if one.get("block_id") == ids.Block.TABLE
    ]
    assert kinds == ["data_table", "table", "table"]


async def test_a_refusal_of_both_is_not_remembered(anna: Person, vault: Vault) -> None:
    """Something else was wrong: the newer table is tried again."""
    await share(vault, agent=AGENT, label="kept")
    anna.slack.fail("views.publish", Fault(error="not_enabled", times=2))
    await anna.look_home()
    await anna.slack.seen("views.publish", 2)
    await opened(anna)
    assert block(anna.home, ids.Block.TABLE)["type"] == "data_table"


async def test_of_two_that_fill_it_the_later_wins(anna: Person, vault: Vault) -> None:
    """An outdated look gives way; what the person has just pressed does not."""
    await opened(anna)
    anna.slack.fail("views.publish", Fault(error="hash_conflict", times=1))
    await anna.look_home()
    await anna.slack.seen("views.publish", 2)
    await asyncio.sleep(0.2)
    assert len(anna.slack.called("views.publish")) == 2
    assert anna.slack.called("views.publish")[1]["hash"]
    await share(vault, agent=AGENT, label="news")
    anna.slack.fail("views.publish", Fault(error="hash_conflict", times=1))
    await anna.press(anna.home, ids.Action.STATUS, "active")
    await anna.slack.seen("views.publish", 4)
    assert column(anna.home, "Label") == ["news"]
    assert "hash" not in anna.slack.called("views.publish")[3]


async def test_a_store_that_is_gone_is_told(late_anna: Person, late_store: LateStore) -> None:
    """Both forms stay, and it is said that the rest is not there."""
    await late_store.cut()
    view = await opened(late_anna)
    assert home.UNREACHABLE in str(view)
    assert names(view)[0] == ids.Block.BEGIN


async def test_an_earlier_versions_tab_begins_anew(anna: Person) -> None:
    """What stands in its metadata may be anything."""
    await opened(anna)
    anna.slack.workspace.homes[ANNA].content["private_metadata"] = "something else"
    assert Place.parse((await opened(anna))["private_metadata"]).starts == (0,)


async def test_slack_hears_that_the_address_is_ours(anna: Person, session: ClientSession) -> None:
    """url_verification: the challenge comes back, if it is signed."""
    body = json.dumps({"type": "url_verification", "challenge": "c" * 20, "token": "t"}).encode()
    headers = {**sign(SIGNING_SECRET, int(time.time()), body), "Content-Type": "application/json"}
    async with session.post(anna.url, data=body, headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"challenge": "c" * 20})
    async with session.post(
        anna.url, data=body, headers={**headers, "X-Slack-Signature": "v0=0"}
    ) as refused:
        assert refused.status == 401
