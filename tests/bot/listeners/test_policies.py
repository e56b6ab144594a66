"""What a team allows, as its agents meet it."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.presets import Presets
from bot.views import ids
from bot.views.place import Place
from storage import keys
from storage.model import DAY, Agent, Details, Event, Lifetime, State, UserId, WorkspaceId, tag_of
from storage.policy import HistoryScope, Policy
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.listeners.conftest import Under
from tests.bot.listeners.looking import labels, opened, pressed, rows
from tests.bot.listeners.test_passphrase import SPOKEN, is_making, ready
from tests.bot.listeners.test_share import link_of
from tests.bot.person import Json, Person
from tests.links import share
from tests.slack import ANNA, TEAM, TEAM_NAME

AGENT = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(ANNA), "anna")
CLARA = replace(AGENT, user=UserId("U0CLARA"), name="clara")
HUNTER: dict[str, str | None] = {ids.Block.SECRET: "hunter2"}


async def refusals(store: Redis) -> list[tuple[str, str, str]]:
    """Workspace, agent and rule of each refusal that is on record; none has an id."""
    entries: Any = await store.xrange(keys.audit(tag_of(WorkspaceId(TEAM))))
    return [
        (fields[b"workspace"].decode(), fields[b"by"].decode(), fields[b"rule"].decode())
        for _, fields in entries
        if fields[b"event"] == b"refused_by_policy" and not fields[b"id"]
    ]


def _chosen(form: Json) -> dict[str, str]:
    return {
        block["block_id"]: block["element"]["initial_option"]["value"]
        for block in form["blocks"]
        if "initial_option" in block.get("element", {})
    }


async def test_a_lifetime_above_the_maximum_is_refused(
    anna: Person, under: Under, store_client: Redis
) -> None:
    """A form from before MAX_LIFETIME was lowered: refused on its field, on record, not stored."""
    old_form = await anna.open_share()
    strict = await under(Policy(max_lifetime=Lifetime(3 * DAY)))
    for extra in ({}, {ids.Block.PASSPHRASE.value: SPOKEN}):
        values: dict[str, str | None] = {**HUNTER, ids.Block.LIFETIME: str(7 * DAY), **extra}
        answer = await strict.submit(old_form, values)
        assert answer.errors == {
            ids.Block.LIFETIME: "Your team allows at most 3 days. Choose a shorter lifetime."
        }
    assert await refusals(store_client) == [(TEAM, ANNA, "max_lifetime")] * 2
    assert await store_client.zcard(keys.index(tag_of(WorkspaceId(TEAM)))) == 0
    assert link_of((await strict.submit(old_form, HUNTER)).view)
    form = await strict.open_share()
    options = form["blocks"][2]["element"]["options"]
    assert [option["value"] for option in options] == ["3600", "86400", "259200"]


async def test_a_link_without_the_passphrase_that_policy_wants_is_refused(
    anna: Person, under: Under, store_client: Redis
) -> None:
    """A form from before REQUIRE_PASSPHRASE: refused on its field; with one it goes through."""
    old_form = await anna.open_share()
    strict = await under(Policy(require_passphrase=True))
    answer = await strict.submit(old_form, HUNTER)
    assert list(answer.errors) == [ids.Block.PASSPHRASE]
    assert await refusals(store_client) == [(TEAM, ANNA, "require_passphrase")]
    assert is_making(await strict.submit(old_form, {**HUNTER, ids.Block.PASSPHRASE: SPOKEN}))
    assert link_of(await ready(strict, old_form))


@pytest.mark.parametrize("passphrase", [None, SPOKEN])
async def test_an_agent_makes_so_many_links_an_hour(
    under: Under, store_client: Redis, passphrase: str | None
) -> None:
    """CREATES_PER_HOUR: the next one is refused on the field, with when to try again, on record."""
    person = await under(Policy(creates_per_hour=3))
    values: dict[str, str | None] = {**HUNTER, ids.Block.PASSPHRASE: passphrase}
    for _ in range(3):
        view = await person.open_share()
        await person.submit(view, values)
        assert link_of(await ready(person, view))
    view = await person.open_share()
    answer = await person.submit(view, values)
    assert "You have made 3 links within an hour" in answer.errors[ids.Block.SECRET]
    assert re.search(r"Try again in 2[01] minutes\.", answer.errors[ids.Block.SECRET])
    assert await refusals(store_client) == [(TEAM, ANNA, "creates_per_hour")]
    ben = replace(person, user=await person.slack.user("ben"), name="ben")
    other = await ben.open_share()
    await ben.submit(other, values)
    assert link_of(await ready(ben, other))


async def test_links_that_are_made_at_once_are_counted_too(
    under: Under, store_client: Redis
) -> None:
    """The count is in the script that stores: 8 at once under a limit of 3 make 3."""
    person = await under(Policy(creates_per_hour=3))
    views = [await person.open_share() for _ in range(8)]
    await asyncio.gather(*(person.submit(view, HUNTER) for view in views))
    assert await store_client.zcard(keys.index(tag_of(WorkspaceId(TEAM)))) == 3
    views = [await person.open_share() for _ in range(2)]
    answers = [await person.submit(view, HUNTER) for view in views]
    assert all(answer.errors for answer in answers)


async def test_a_limit_reached_while_the_link_is_made_is_told_in_the_window(
    under: Under, store_client: Redis
) -> None:
    """Several with passphrases at once under a limit: what is too many says so afterwards."""
    person = await under(Policy(creates_per_hour=1))
    views = [await person.open_share() for _ in range(3)]
    values: dict[str, str | None] = {**HUNTER, ids.Block.PASSPHRASE: SPOKEN}
    await asyncio.gather(*(person.submit(view, values) for view in views))
    titles = sorted([(await ready(person, view))["title"]["text"] for view in views])
    assert titles == ["No link was made", "No link was made", "Your link is ready"]


async def test_history_of_ones_own(under: Under, vault: Vault) -> None:
    """HISTORY_SCOPE=own: only the viewer's rows and details; others are as if they were not."""
    person = await under(Policy(history_scope=HistoryScope.OWN))
    await share(vault, agent=AGENT, label="mine")
    hers = await share(vault, agent=CLARA, label="hers")
    view = await opened(person)
    assert labels(view) == ["mine"]
    assert [e["action_id"] for e in view["blocks"][0]["elements"]] == [ids.Action.STATUS]
    for verb in ("details", "burn", "again", "exposed"):
        view = await opened(person)  # a stack holds three views
        row = rows(view)[0]
        value = f"{verb}:{hers.id.value}"
        option = {"text": {"type": "plain_text", "text": verb}, "value": value}
        row["accessory"] = {**row["accessory"], "options": [option]}
        shown = await pressed(person, view, ids.Action.ROW_MENU, value)
        assert "There is no such secret" in str(shown)
    forged = {**view, "callback_id": "burn", "private_metadata": f"{hers.id.value} {Place()}"}
    assert "There is no such secret" in (await person.submit(forged)).text
    details = await vault.details(AGENT.workspace, hers.id)
    assert isinstance(details, Details)
    assert details.summary.status.state is State.ACTIVE


async def test_an_admin_sees_and_burns_everything(under: Under, vault: Vault) -> None:
    """ADMINS, under either scope: the team's rows, and Burn on them; the trail names the admin."""
    admins = frozenset({UserId(ANNA)})
    for scope in HistoryScope:
        hers = await share(vault, agent=CLARA, label=scope)
        person = await under(Policy(history_scope=scope, admins=admins))
        view = await opened(person)
        assert scope in labels(view)
        asked = await pressed(person, view, ids.Action.ROW_MENU, f"burn:{hers.id.value}")
        assert (await person.submit(asked)).view["title"]["text"] == "Burned"
        details = await vault.details(AGENT.workspace, hers.id)
        assert isinstance(details, Details)
        assert (details.trail[-1].event, details.trail[-1].by) == (Event.BURNED, ANNA)


async def test_the_last_choice_is_the_next_default(under: Under, store_client: Redis) -> None:
    """Lifetime and access of the agent's last link, at once, after a restart, and of nobody else."""
    person = await under(Policy(default_lifetime=Lifetime(3600)))
    form = await person.open_share()
    assert _chosen(form) == {"lifetime": "3600", "access": "single_use"}
    values = {**HUNTER, ids.Block.LIFETIME.value: str(7 * DAY), ids.Block.ACCESS.value: "reusable"}
    await person.submit(form, values)
    last = {"lifetime": str(7 * DAY), "access": "reusable"}
    assert _chosen(await person.open_share()) == last
    restarted = await under(Policy())
    assert _chosen(await restarted.open_share()) == last
    ben = replace(person, user=await person.slack.user("ben"), name="ben")
    assert _chosen(await ben.open_share()) == {"lifetime": "3600", "access": "single_use"}
    strict = await under(Policy(max_lifetime=Lifetime(3 * DAY)))
    assert _chosen(await strict.open_share()) == {"lifetime": str(DAY), "access": "reusable"}


async def test_another_process_is_one_form_behind_at_most(under: Under) -> None:
    """What was chosen at one process is at the other once a form has been opened there."""
    one, other = await under(Policy()), await under(Policy())
    await one.submit(await one.open_share(), {**HUNTER, ids.Block.ACCESS.value: "reusable"})
    await other.open_share()
    await asyncio.sleep(0.2)
    assert _chosen(await other.open_share())["access"] == "reusable"


async def test_a_store_that_is_away_leaves_the_teams_defaults(
    late_anna: Person, late_store: LateStore
) -> None:
    """Nothing is asked before the window opens: it opens at once, with what is known."""
    await late_store.cut()
    answer = await late_anna.type()
    assert (answer.status, answer.text) == (200, "")
    assert answer.seconds < 1.0
    assert _chosen(late_anna.latest()) == {"lifetime": str(DAY), "access": "single_use"}


async def test_what_is_remembered_is_bounded() -> None:
    """A table in memory that anybody of the team can fill stays small."""
    presets = Presets(size=3)
    agents = [replace(AGENT, user=UserId(f"U{number}")) for number in range(5)]
    for agent in agents:
        presets.keep(agent, Lifetime(3600), single_use=True)
    assert [presets.of(agent) is None for agent in agents] == [True, True, False, False, False]


async def test_labels_lead_to_their_tickets(under: Under, vault: Vault) -> None:
    """TICKET_URL: in rows and details, percent-encoded; a row without a label has no link."""
    person = await under(Policy(), ticket_url="https://desk.example.com/{label}")
    await share(vault, agent=AGENT, label="")
    await asyncio.sleep(0.002)  # the index knows milliseconds
    holder = await share(vault, agent=AGENT, label="A&B 4711")
    view = await opened(person)
    link = "<https://desk.example.com/A%26B%204711|A&amp;B 4711>"
    assert [row["text"]["text"] for row in rows(view)] == [link, "No label"]
    shown = await pressed(person, view, ids.Action.ROW_MENU, f"details:{holder.id.value}")
    assert shown["blocks"][0]["text"]["text"] == link
