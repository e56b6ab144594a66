"""What the history's views say of a request, in each of its states."""

from dataclasses import replace

import pytest

from bot.views import burn, details, exposed, history, ids, reminder
from bot.views.parts import Json
from storage.model import (
    LIVING,
    Details,
    Record,
    Seconds,
    SecretId,
    State,
    Status,
    Summary,
    UserId,
)
from storage.outcomes import Burned
from storage.policy import Policy
from tests.bot.views.test_views import (
    AT,
    HOSTILE,
    PLACE,
    VIEWER,
    WORKSPACE,
    one_page,
    request,
    texts,
)

BEN = UserId("U0BEN")
LATER = Seconds(AT + 60)
ANSWERED = {State.RECEIVED, State.COLLECTED}


def row(state: State, **facts: object) -> Summary:
    """A request of Anna's; answered where its state says so."""
    sid = SecretId.new(WORKSPACE)
    collected = LATER if state is State.COLLECTED else None
    status = Status(
        state,
        single_use=True,
        is_request=True,
        received=AT if state in ANSWERED or facts.pop("answered", False) else None,
        last_opened=collected,
        collector=BEN if collected else None,
    )
    return Summary(sid, AT, status, request(sid, "ACME, ticket 4711", **facts), None)  # type: ignore[arg-type]


def known(summary: Summary) -> Record:
    """Its record, which is there."""
    assert summary.record
    return summary.record


def said(view: Json) -> str:
    """Everything that a view says, line by line."""
    return "\n".join(texts(view))


def facts_of(summary: Summary) -> dict[str, str]:
    """Name and value of each fact of a row."""
    shown = (fact.text.replace("*", "") for fact in history.facts(summary))
    return dict(fact.split("\n", 1) for fact in shown)


def test_a_row_tells_what_matters_of_a_request() -> None:
    """Status, kind, what, who may collect, who asked when, until when, received, collected."""
    waiting = facts_of(row(State.WAITING))
    assert list(waiting) == [
        "Status", "Kind", "What", "Who may collect", "Created", "Expires", "Received", "Collected",
    ]  # fmt: skip
    assert (waiting["Status"], waiting["Kind"]) == ("Waiting", "Request")
    assert waiting["What"] == "The admin login: Username, Password"
    assert waiting["Who may collect"] == "<@U0ANNA>"
    assert waiting["Created"].endswith("by <@U0ANNA>")
    assert (waiting["Received"], waiting["Collected"]) == ("never", "never")
    done = facts_of(row(State.COLLECTED, collect_by="channel:C0SUPPORT", fields=()))
    assert (done["Status"], done["What"]) == ("Collected", "The admin login")
    assert done["Who may collect"] == "Everybody in <#C0SUPPORT>"
    assert "24 November 2026, 16:00 UTC" in done["Received"]
    assert "24 November 2026, 16:01 UTC" in done["Collected"]
    assert done["Collected"].endswith("by <@U0BEN>")


@pytest.mark.parametrize(
    "state",
    [s for s in State if s not in {State.ACTIVE, State.VIEWED}],
)
def test_a_request_has_the_status_that_the_design_names(state: State) -> None:
    """Waiting, Received, Collected, Expired, Burned, Lost, Tampered: the word alone."""
    assert facts_of(row(state))["Status"] == state.value.capitalize()


def test_every_status_can_be_filtered_by_in_the_order_of_their_lives() -> None:
    """Links first, then requests, then what ends both."""
    filters = history.build(one_page(row(State.WAITING)), PLACE, VIEWER)["blocks"][0]
    shown = [option["text"]["text"] for option in filters["elements"][1]["options"]]
    assert shown == [
        "Every status", "Active", "Viewed", "Waiting", "Received", "Collected", "Expired", "Burned",
        "Lost", "Tampered",
    ]  # fmt: skip


def test_no_view_of_the_history_has_a_usable_link() -> None:
    """No address, no seed; the id only in values that Slack sends back to us."""
    for state in State:
        found = Details(row(state), (), 0)
        for view in (
            history.build(one_page(found.summary), PLACE, VIEWER),
            details.build(found),
            burn.build(found, VIEWER, PLACE),
            exposed.build(found, VIEWER, PLACE),
            exposed.told(found.summary, VIEWER),
        ):
            assert "http" not in said(view)
            assert "#" not in said(view)
            assert '"url"' not in str(view)


def test_the_question_says_what_burning_does() -> None:
    """Waiting: it is cancelled. Received: the answer is destroyed unread; how to have it instead."""
    waiting = said(burn.build(Details(row(State.WAITING), (), 0), VIEWER, PLACE))
    assert "This cancels the request: nobody has answered yet" in waiting
    received = said(burn.build(Details(row(State.RECEIVED), (), 0), VIEWER, PLACE))
    assert "It is destroyed unread" in received
    assert "press Collect" in received
    others = burn.build(Details(row(State.RECEIVED), (), 0), replace(VIEWER, user=BEN), PLACE)
    assert burn.NOT_YOURS in said(others)
    assert not others.get("submit")


def test_the_outcome_says_whether_an_answer_went_with_it() -> None:
    """What was burned is told by the store's word, not by what the question knew."""
    cancelled = burn.result(Burned(row(State.BURNED)))
    assert "nobody had answered" in said(cancelled)
    destroyed = burn.result(Burned(row(State.BURNED, answered=True)))
    assert "An answer had come; it is destroyed" in said(destroyed)


@pytest.mark.parametrize("state", sorted(LIVING - {State.ACTIVE}))
def test_exposed_asks_first_and_says_what_is_lost(state: State) -> None:
    """The same question as Burn's, with the text that follows."""
    asked = exposed.build(Details(row(state), (), 0), VIEWER, PLACE)
    assert asked["callback_id"] == ids.View.EXPOSED
    assert ("destroyed unread" in said(asked)) == (state is State.RECEIVED)
    told = exposed.build(Details(row(state), (), 0), replace(VIEWER, user=BEN), PLACE)
    assert "Ask <@U0ANNA> or an admin of this app to burn it." in said(told)


def test_exposed_asks_the_customer_to_rotate_what_they_sent() -> None:
    """Answered: rotate what was sent on that day. Unanswered: nothing was, so use the link no more."""
    sent = exposed.rotate(row(State.COLLECTED))
    assert "that you sent us through a link on 24 November 2026, 16:00 UTC" in sent
    assert "please rotate them" in sent
    assert "no longer works" in sent
    unsent = exposed.rotate(row(State.BURNED))
    assert "please do not use it" in unsent
    assert "Nothing has reached us through it." in unsent
    assert "rotate" not in unsent
    assert "no longer works" not in exposed.rotate(row(State.WAITING))
    for text in (sent, unsent):
        assert "ACME" not in text


def test_exposed_offers_a_new_request() -> None:
    """For shares and requests alike, unless the team sends none or nothing is known to ask for."""
    share = replace(row(State.BURNED), status=Status(State.BURNED, single_use=True))
    for summary in (row(State.COLLECTED), share):
        view = exposed.told(summary, VIEWER)
        (button,) = view["blocks"][-1]["elements"]
        assert button["text"]["text"] == "Make a new request"
        assert (button["action_id"], button["value"]) == ("ask_again", summary.id.value)
    no_requests = replace(VIEWER, policy=Policy(requests=False))
    assert "Make a new request" not in said(exposed.told(share, no_requests))
    assert "Make a new request" not in said(exposed.told(replace(share, record=None), VIEWER))


def test_a_waiting_requests_details_have_a_reminder() -> None:
    """What exactly is needed, which link, until when; the label is not in it."""
    waiting = row(State.WAITING)
    view = details.build(Details(waiting, (), 0))
    text = reminder.text(known(waiting))
    assert text in texts(view)
    assert text == (
        "Hi there, we still need this from you: The admin login (Username, Password). Please open "
        "the link in our earlier message, type it there and press Send. The link works once, until "
        "24 November 2026, 17:00 UTC. Please do not send it by e-mail. If you cannot find the "
        "link, tell us, and you get a new one."
    )
    anything = replace(known(waiting), fields=(), what="\u200b")
    assert "from you: your login details. Please" in reminder.text(anything)
    for state in State:
        has_one = reminder.INTRO in said(details.build(Details(row(state), (), 0)))
        assert has_one == (state is State.WAITING)


def test_f4_a_reminder_carries_no_control_character_of_slacks() -> None:
    """F4: what is copied is what is shown: no mention, no link, nothing escaped or unescaped."""
    for hostile in HOSTILE:
        record = replace(known(row(State.WAITING)), what=hostile, fields=(hostile, "Password"))
        text = reminder.text(record)
        assert not set(text) & set("<>&\n\u202e\u2066\x00\x1b")


def test_f4_control_a_reminder_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without the cleaning, a mention gets through."""
    monkeypatch.setattr(reminder, "typeable", lambda text: text)
    with pytest.raises(AssertionError):
        test_f4_a_reminder_carries_no_control_character_of_slacks()
