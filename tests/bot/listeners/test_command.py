"""What the command's text decides, and what an agent is told when Slack does not open a window."""

from dataclasses import replace

import pytest

from bot.listeners.opening import COULD_NOT_OPEN
from bot.slack_api import Trouble
from bot.views import ids, share
from tests.bot.person import Person
from tests.slack import Fault

CANARY = "hunter2-canary"


async def test_any_other_text_opens_the_form_with_a_warning(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """`/secret hunter2`: warned that Slack has it already; not used, not shown, not logged."""
    answer = await anna.type(CANARY)
    view = anna.latest()
    assert view["blocks"][0]["block_id"] == ids.Block.WARNING
    assert "has already gone to Slack" in view["blocks"][0]["text"]["text"]
    assert CANARY not in answer.text
    assert CANARY not in str(anna.slack.calls)
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_without_text_there_is_no_warning(anna: Person) -> None:
    """`/secret` alone, or followed by blanks, opens the plain form."""
    for text in ("", "   "):
        await anna.type(text)
        assert anna.latest()["blocks"][0]["block_id"] == ids.Block.SECRET


@pytest.mark.parametrize("text", ["help", " Help ", "HELP"])
async def test_help_is_told_to_the_asker_alone(anna: Person, text: str) -> None:
    """`/secret help` answers with an ephemeral message: rules as a table, statuses, questions."""
    answer = await anna.type(text)
    assert answer.json["response_type"] == "ephemeral"
    kinds = [block["type"] for block in answer.json["blocks"]]
    assert kinds.count("table") == 1
    assert "Viewed" in answer.text
    assert anna.slack.called("views.open") == []


@pytest.mark.parametrize("text", ["history", "  History "])
async def test_history_opens_at_once(anna: Person, text: str) -> None:
    """The word is read whatever its case, and a window comes before any other I/O."""
    await anna.type(text)
    (opened,) = anna.slack.called("views.open")
    assert "Loading" in str(opened["view"])


async def test_the_form_sends_nothing_while_it_is_filled(anna: Person) -> None:
    """No element of the view that holds the secret dispatches actions, but for a URL button."""
    view = await anna.open_share()
    assert {block["type"] for block in view["blocks"]} == {"input", "context", "actions"}
    buttons = [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert all(button["url"] for button in buttons)
    assert not any(block.get("dispatch_action") for block in view["blocks"])
    assert view["title"]["text"] == share.TITLE


def _told(answer_text: str, trouble: Trouble, command: str = "/secret") -> bool:
    return COULD_NOT_OPEN[trouble].format(command=command) in answer_text


@pytest.mark.parametrize("text", ["", "history", "hunter2"])
@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(error="expired_trigger_id"), Trouble.LATE),
        (Fault(error="trigger_exchanged"), Trouble.LATE),
        (Fault(status=429, error="ratelimited", headers={"Retry-After": "30"}), Trouble.BUSY),
        (Fault(status=500, error="internal_error"), Trouble.DOWN),
        (Fault(status=500, body="<html>no</html>"), Trouble.DOWN),
        (Fault(status=503, body="{not json"), Trouble.DOWN),
        (Fault(body="<html>a proxy's page</html>"), Trouble.DOWN),
        (Fault(drop=True), Trouble.DOWN),
        (Fault(delay=30), Trouble.DOWN),
        (Fault(error="invalid_auth"), Trouble.REFUSED),
    ],
)
async def test_a_window_that_did_not_open_is_told_in_time(
    anna: Person, fault: Fault, trouble: Trouble, text: str
) -> None:
    """Expired trigger, 429, 500, nonsense, silence: within 3 s, in words, tried once only."""
    anna.slack.fail("views.open", fault)
    answer = await anna.type(text)
    assert answer.status == 200
    assert answer.seconds < 3.0
    command = "/secret history" if text == "history" else "/secret"
    assert _told(answer.text.replace("\\u2026", "…"), trouble, command)
    assert len(anna.slack.called("views.open")) == 1


async def test_a_trigger_works_once(anna: Person) -> None:
    """The same trigger a second time is an exchanged one, and told so."""
    trigger = await anna.slack.trigger()
    assert (await anna.type(trigger=trigger)).text == ""
    assert _told((await anna.type(trigger=trigger)).text, Trouble.LATE)


async def test_a_slack_that_refuses_connections_is_told(anna: Person) -> None:
    """Slack's address does not answer: told at once."""
    trigger = await anna.slack.trigger()
    await anna.slack.hang_up()
    assert _told((await anna.type(trigger=trigger)).text, Trouble.DOWN)


async def test_somebody_of_another_workspace_is_refused(anna: Person) -> None:
    """Slack Connect: the command of another team's member does nothing, and says so."""
    answer = await replace(anna, team="T0ELSEWHERE").type()
    assert "belongs to another workspace" in answer.text
    assert anna.slack.called("views.open") == []
