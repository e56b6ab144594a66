"""Requests in the history: their rows, burning them, asking once more."""

import asyncio
from dataclasses import replace

import pytest

from bot.views import ids, reminder
from bot.views.place import Place
from storage.model import (
    Agent,
    CollectBy,
    Details,
    Event,
    SecretId,
    State,
    UserId,
    WorkspaceId,
)
from storage.policy import HistoryScope, Policy
from storage.vault import Vault
from tests.asking import Question, answer, ask, collect, session
from tests.bot.late_store import LateStore
from tests.bot.listeners.conftest import Under
from tests.bot.listeners.looking import facts, labels, menu, opened, pressed, rows
from tests.bot.person import Json, Person
from tests.links import share
from tests.slack import ANNA, TEAM, TEAM_NAME, Fault

AGENT = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(ANNA), "anna")
CLARA = replace(AGENT, user=UserId("U0CLARA"), name="clara")
STRANGER = Agent(WorkspaceId("T0ELSEWHERE"), "Elsewhere", UserId(ANNA), "anna")
SUPPORT = CollectBy("C0SUPPORT")
VERBS = ("details", "burn", "again", "exposed")


async def answered(vault: Vault, *, agent: Agent = AGENT, by: CollectBy | None = None) -> Question:
    """A request that has its answer."""
    question = await ask(vault, agent=agent, collect_by=by)
    await answer(vault, question)
    return question


async def state_of(vault: Vault, question: Question) -> State:
    """What became of it."""
    return (await _details(vault, question)).summary.status.state


async def _details(vault: Vault, question: Question) -> Details:
    found = await vault.details(AGENT.workspace, question.id)
    assert isinstance(found, Details)
    return found


async def chosen(person: Person, verb: str, sid: SecretId, view: Json | None = None) -> Json:
    """Choose from a row's menu, whether it was offered or not."""
    view = view or await opened(person)
    value = f"{verb}:{sid.value}"
    option = {"text": {"type": "plain_text", "text": verb}, "value": value}
    forged = {**view, "blocks": [dict(block) for block in view["blocks"]]}
    row = rows(forged)[0]
    row["accessory"] = {**row["accessory"], "options": [option]}
    return await pressed(person, forged, ids.Action.ROW_MENU, value)


async def answer_to(person: Person, asked: Json) -> Json:
    """Press Submit on a pushed question; what it becomes, once the rows below are fresh again."""
    count = len(person.slack.called("views.update"))
    answer = await person.submit(asked)
    await person.slack.seen("views.update", count + 1)
    return {**asked, **answer.view}


def texts_of(view: Json) -> str:
    """What a view says, in one piece."""
    return str(view["blocks"])


def filled(view: Json) -> dict[str, Json]:
    """The fields of a form."""
    return {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}


async def test_rows_of_requests(anna: Person, vault: Vault) -> None:
    """Waiting, received and collected beside a share: each with what there is to know of it."""
    await share(vault, agent=AGENT, label="a share")
    await ask(vault, agent=AGENT)
    await answered(vault)
    done = await answered(vault, by=SUPPORT)
    await collect(vault, done, await session(vault, CLARA, request=done.id))
    view = await opened(anna)
    collected, received, waiting, shared = (facts(row) for row in rows(view))
    assert labels(view)[:1] == ["canary-label: ACME"]
    assert "*Kind*\nSingle use" in shared
    for row in (collected, received, waiting):
        assert "*Kind*\nRequest" in row
        assert "What\ncanary-what: the admin login: Username, Password" in row
    assert "*Status*\nWaiting" in waiting
    assert "*Received*\nnever" in waiting
    assert "*Status*\nReceived" in received
    assert "*Received*\n<!date" in received
    assert "*Collected*\nnever" in received
    assert "*Status*\nCollected" in collected
    assert "*Who may collect*\nEverybody in <#C0SUPPORT>" in collected
    assert f"by <@{CLARA.user}>" in collected.partition("*Collected*")[2]


@pytest.mark.parametrize("state", ["waiting", "received", "collected", "burned", "expired"])
async def test_each_status_alone(anna: Person, vault: Vault, state: str) -> None:
    """The filter has the statuses of requests, and keeps to them."""
    await share(vault, agent=AGENT)
    await ask(vault, agent=AGENT)
    await answered(vault)
    done = await answered(vault)
    await collect(vault, done, await session(vault, AGENT, request=done.id))
    await vault.burn(AGENT, (await ask(vault, agent=AGENT)).id)
    view = await opened(anna)
    await pressed(anna, view, ids.Action.STATUS, state)
    shown = rows(anna.now(view))
    assert len(shown) == (state != "expired")
    assert all(f"*Status*\n{state.capitalize()}" in facts(row) for row in shown)


async def test_details_have_the_trail_and_a_reminder(anna: Person, vault: Vault) -> None:
    """While it waits, a text to copy; afterwards none. Every step with who and when."""
    question = await ask(vault, agent=AGENT)
    record = (await _details(vault, question)).summary.record
    assert record
    waiting = await chosen(anna, "details", question.id)
    assert reminder.text(record) in texts_of(waiting)
    assert question.id.value not in texts_of(waiting)
    await answer(vault, question)
    await collect(vault, question, await session(vault, AGENT, request=question.id))
    done = texts_of(await chosen(anna, "details", question.id))
    assert "Hi there" not in done
    assert "Answered from 203.0.113.7, Firefox" in done
    assert f"Collected by <@{ANNA}> from 203.0.113.7, Firefox" in done


async def test_burning_a_waiting_request_cancels_it(anna: Person, vault: Vault) -> None:
    """Said before and after; on record as cancelled; the rows below are fresh."""
    question = await ask(vault, agent=AGENT)
    root = await opened(anna)
    assert list(menu(rows(root)[0])) == ["Details", "Burn", "Make a new one", "Treat as exposed"]
    asked = await pressed(anna, root, ids.Action.ROW_MENU, f"burn:{question.id.value}")
    assert "This cancels the request" in texts_of(asked)
    told = await answer_to(anna, asked)
    assert "nobody had answered" in texts_of(told)
    assert (await _details(vault, question)).trail[-1].event is Event.CANCELLED
    assert "*Status*\nBurned" in facts(rows(anna.now(root))[0])
    assert "Burn" not in menu(rows(anna.now(root))[0])


async def test_burning_an_answer_says_that_it_goes_unread(anna: Person, vault: Vault) -> None:
    """Said before; and afterwards also when the answer came while the question was open."""
    question = await answered(vault)
    asked = await chosen(anna, "burn", question.id)
    assert "destroyed unread" in texts_of(asked)
    assert "An answer had come" in texts_of(await answer_to(anna, asked))
    overtaken = await ask(vault, agent=AGENT)
    asked = await chosen(anna, "burn", overtaken.id)
    assert "nobody has answered yet" in texts_of(asked)
    await answer(vault, overtaken)
    assert "An answer had come" in texts_of(await answer_to(anna, asked))
    assert (await _details(vault, overtaken)).trail[-1].event is Event.BURNED


async def test_only_creator_and_admin_burn(under: Under, ben: Person, vault: Vault) -> None:
    """Whoever may collect in the channel may not burn: not offered, and refused when forged."""
    question = await answered(vault, by=SUPPORT)
    assert "Burn" not in menu(rows(await opened(ben))[0])
    assert "Only the person who made" in texts_of(await chosen(ben, "burn", question.id))
    mine = await chosen(await under(Policy()), "burn", question.id)
    assert "Only the person who made" in texts_of(await answer_to(ben, mine))
    assert await state_of(vault, question) is State.RECEIVED
    admin = await under(Policy(admins=frozenset({UserId(ANNA)})))
    hers = await ask(vault, agent=CLARA)
    told = await answer_to(admin, await chosen(admin, "burn", hers.id))
    assert "cancelled" in texts_of(told)


async def test_make_a_new_one(anna: Person, ben: Person, vault: Vault) -> None:
    """The request's form with the same words; its channel only for whoever chose it."""
    question = await answered(vault, by=SUPPORT)
    form = await chosen(anna, "again", question.id)
    assert form["callback_id"] == ids.View.REQUEST
    fields = filled(form)
    assert fields["what"]["initial_value"] == "canary-what: the admin login"
    assert fields["label"]["initial_value"] == "canary-label: ACME"
    assert "initial_value" not in fields["name"]
    assert fields["lifetime"]["initial_option"]["value"] == "3600"
    ticked = [option["value"] for option in fields["fields"]["initial_options"]]
    assert ticked == ["Username", "Password"]
    assert fields["collect_by"]["initial_option"]["text"]["text"] == "This channel"
    bens = filled(await chosen(ben, "again", question.id))
    assert bens["what"]["initial_value"] == "canary-what: the admin login"
    assert [o["text"]["text"] for o in bens["collect_by"]["options"]] == ["Only me"]
    assert await state_of(vault, question) is State.RECEIVED


async def test_exposed_burns_and_offers_a_new_request(anna: Person, vault: Vault) -> None:
    """An answer: asked, burned, the text to rotate, and the form with the same words on top."""
    question = await answered(vault)
    asked = await chosen(anna, "exposed", question.id)
    assert "destroyed unread" in texts_of(asked)
    told = await answer_to(anna, asked)
    assert "that you sent us through a link" in texts_of(told)
    assert "please rotate them" in texts_of(told)
    assert await state_of(vault, question) is State.BURNED
    form = await pressed(anna, told, ids.Action.ASK_AGAIN, question.id.value)
    assert filled(form)["what"]["initial_value"] == "canary-what: the admin login"


async def test_exposed_without_an_answer(anna: Person, vault: Vault) -> None:
    """Nothing was sent, so nothing has to be changed: the customer is told to leave the link."""
    asked = await chosen(anna, "exposed", (await ask(vault, agent=AGENT)).id)
    told = texts_of(await answer_to(anna, asked))
    assert "please do not use it. Nothing has reached us through it." in told
    assert "rotate" not in told


async def test_exposed_offers_a_new_request_for_a_share(anna: Person, vault: Vault) -> None:
    """What the customer has changed comes back safely: a form with the label, which is not shown."""
    holder = await share(vault, agent=AGENT, label="ACME")
    asked = await chosen(anna, "exposed", holder.id)
    told = await answer_to(anna, asked)
    fields = filled(await pressed(anna, told, ids.Action.ASK_AGAIN, holder.id.value))
    assert fields["label"]["initial_value"] == "ACME"
    assert "initial_value" not in fields["what"]


async def test_a_team_without_requests(under: Under, vault: Vault) -> None:
    """REQUESTS=false: old requests stay in the history; none is offered, or made by a forged press."""
    question = await answered(vault)
    person = await under(Policy(requests=False))
    assert "Your team sends no requests." in texts_of(await chosen(person, "again", question.id))
    asked = await chosen(person, "exposed", question.id)
    told = await answer_to(person, asked)
    assert "Make a new request" not in texts_of(told)


async def _anew(person: Person, sid: SecretId) -> Json:
    """Press the button of a view that was made for another row."""
    view = await opened(person)
    button = {
        "type": "button",
        "action_id": ids.Action.ASK_AGAIN,
        "text": {"type": "plain_text", "text": "Make a new request"},
        "value": sid.value,
    }
    forged = {**view, "blocks": [{"type": "actions", "block_id": "again", "elements": [button]}]}
    return await pressed(person, forged, ids.Action.ASK_AGAIN, sid.value)


async def test_f5_another_workspaces_request_does_not_exist(anna: Person, vault: Vault) -> None:
    """F5: each entry of the menu, each question forged, and the new request: nothing is there."""
    foreign = [await ask(vault, agent=STRANGER), await answered(vault, agent=STRANGER)]
    await ask(vault, agent=AGENT)
    assert len(rows(await opened(anna))) == 1
    for question in foreign:
        for verb in VERBS:
            shown = await chosen(anna, verb, question.id)
            assert "There is no such secret or request" in texts_of(shown)
            assert "canary" not in texts_of(shown)
        assert "There is no such request" in texts_of(await _anew(anna, question.id))
        for callback in (ids.View.BURN, ids.View.EXPOSED):
            view = await opened(anna)
            metadata = f"{question.id.value} {Place()}"
            forged = {**view, "callback_id": callback, "private_metadata": metadata}
            assert "There is no such secret or request" in (await anna.submit(forged)).text
    states = [(await vault.details(STRANGER.workspace, q.id)) for q in foreign]
    assert [found.summary.status.state for found in states if isinstance(found, Details)] == [
        State.WAITING, State.RECEIVED,
    ]  # fmt: skip


async def test_f5_control_a_vault_that_asks_nobody_whose_it_is(
    anna: Person, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5's negative control: with one tag for all and no filter, a stranger's row is shown."""
    question = await ask(vault, agent=STRANGER)
    await ask(vault, agent=AGENT)
    summary = Vault._summary

    async def anybodys(self: Vault, _workspace: WorkspaceId, *rest: object) -> object:
        return await summary(self, STRANGER.workspace, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("storage.history.tag_of", lambda _workspace: question.id.tag)
    monkeypatch.setattr(Vault, "_summary", anybodys)
    assert "canary-what" in texts_of(await chosen(anna, "details", question.id))


async def test_own_rows_only(under: Under, vault: Vault) -> None:
    """HISTORY_SCOPE=own: a colleague's request is not there, even one of the whole channel."""
    person = await under(Policy(history_scope=HistoryScope.OWN))
    mine = await ask(vault, agent=AGENT)
    hers = await answered(vault, agent=CLARA, by=SUPPORT)
    assert len(rows(await opened(person))) == 1
    for verb in VERBS:
        assert "There is no such" in texts_of(await chosen(person, verb, hers.id))
    assert "There is no such" in texts_of(await _anew(person, hers.id))
    assert "canary-what" in texts_of(await chosen(person, "details", mine.id))


@pytest.mark.parametrize("value", ["", "x", "details", "<!channel>"])
async def test_a_made_up_new_request_is_not_believed(anna: Person, value: str) -> None:
    """A value we never wrote changes nothing: acknowledged, and one line in the log."""
    view = await opened(anna)
    button = {
        "type": "button",
        "action_id": ids.Action.ASK_AGAIN,
        "text": {"type": "plain_text", "text": "Make a new request"},
        "value": value,
    }
    forged = {**view, "blocks": [{"type": "actions", "block_id": "again", "elements": [button]}]}
    assert (await anna.press(forged, ids.Action.ASK_AGAIN, value)).status == 200
    await asyncio.sleep(0.05)
    assert anna.slack.called("views.push") == []


async def test_slack_and_store_at_fault(
    late_anna: Person, late_store: LateStore, vault: Vault
) -> None:
    """The form can't be pushed: told on the view below. The store is gone: told in the new one."""
    question = await answered(vault)
    asked = await chosen(late_anna, "exposed", question.id)
    told = await answer_to(late_anna, asked)
    late_anna.slack.fail("views.push", Fault(error="expired_trigger_id", times=1))
    below = await pressed(late_anna, told, ids.Action.ASK_AGAIN, question.id.value)
    assert below["blocks"][0]["block_id"] == ids.Block.NOTICE
    assert "please rotate them" in texts_of(below)
    await late_store.cut()
    shown = await pressed(late_anna, below, ids.Action.ASK_AGAIN, question.id.value)
    assert "cannot be reached" in texts_of(shown)
    await late_store.mend()
