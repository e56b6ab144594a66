"""News of requests: what is said of each event, and that hostile texts do nothing in it."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import ids, parts, request_news
from storage.model import (
    AuditEntry,
    Event,
    Kind,
    Reader,
    Record,
    Seconds,
    SecretId,
    State,
    Status,
    Summary,
    UserId,
    Verifiers,
)
from storage.notices import NEVER, EntryId, Noticed
from tests.bot.blockkit import Json, faults_of_message
from tests.bot.views.test_notice import ANNA, AT, CLARA, HOSTILE, OURS, READER, WORKSPACE
from tests.numbers import n

_DONE_BY_TEAM = {Event.COLLECTED, Event.SAVED, Event.BURNED, Event.CANCELLED, Event.EXTENDED}


def noticed(
    *events: Event,
    state: State = State.WAITING,
    what: str = "the admin login",
    label: str = "ACME",
    by: UserId = CLARA,
    name: str = "anna",
    reader: Reader = READER,
) -> Noticed:
    """A request to which this happened, one event after the other."""
    sid = SecretId.new(WORKSPACE)
    record = Record(
        sid, WORKSPACE, ANNA, Kind.REQUEST, label, "Example", name, what, (), True,  # noqa: FBT003 - a record's fields in their order
        AT, Seconds(AT + 3600), None, Verifiers(b""), b"", "me", "key",
    )  # fmt: skip
    trail = [
        (EntryId(number, 0), AuditEntry(AT, event, by if event in _DONE_BY_TEAM else None, reader))
        for number, event in enumerate([Event.CREATED, *events], start=1)
    ]
    received = AT if Event.SUBMITTED in events else None
    status = Status(state, single_use=True, is_request=True, received=received)
    return Noticed(Summary(sid, AT, status, record, None), ANNA, tuple(trail), trail[-1][0])


def said(one: Noticed) -> Iterable[Json]:
    """Everything that can be said of it."""
    below = (request_news.reply(one, NEVER, alone=alone) for alone in (False, True))
    bodies = [request_news.line(one), *filter(None, below)]
    return [*bodies, *map(request_news.moved, bodies)]


ENDINGS = [
    ((Event.SUBMITTED, Event.SECOND_ATTEMPT), State.RECEIVED),
    ((Event.SUBMITTED, Event.COLLECTED, Event.SAVED, Event.REFUSED), State.COLLECTED),
    ((Event.CANCELLED, Event.REFUSED), State.BURNED),
    ((Event.SUBMITTED, Event.BURNED), State.BURNED),
    ((Event.SUBMITTED, Event.WITHDRAWN), State.BURNED),
    ((Event.UNEXPECTED,), State.BURNED),
    ((Event.EXPIRED,), State.EXPIRED),
    ((Event.SUBMITTED, Event.LOST), State.LOST),
    ((Event.SUBMITTED, Event.COLLECTED, Event.WITHHELD), State.LOST),
    ((Event.TAMPERED,), State.TAMPERED),
    ((Event.NUDGED,), State.WAITING),
    ((Event.NUDGED, Event.EXTENDED), State.WAITING),
]


def test_f4_hostile_texts_do_nothing() -> None:
    """F4: no mention, no link, nothing unescaped, whatever is asked, for whom, and by whom."""
    for number in range(n("F4 requests", everyday=300, full=1000)):
        first = HOSTILE[number % len(HOSTILE)]
        second = HOSTILE[number // len(HOSTILE) % len(HOSTILE)]
        events, state = ENDINGS[number % len(ENDINGS)]
        hostile = f"{first}{number}{second}"
        one = noticed(*events, state=state, what=hostile, label=hostile, name=hostile, by=ANNA)
        for body in said(one):
            assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
            assert set(faults_of_message(body)) <= {"not ephemeral"}
            sent = OURS.sub("", json.dumps(body, ensure_ascii=False))
            assert "<" not in sent
            assert ">" not in sent
            assert re.search(r"&(?!amp;|lt;|gt;)", sent) is None
            spoken = OURS.sub("", body["text"])
            assert "://" not in spoken
            assert "evil." not in spoken
        for block in request_news.line(one)["blocks"]:
            texts = [block.get("text"), *block.get("elements", [])]
            read = [text for text in texts if text and text["type"] == "mrkdwn"]
            assert "evil." not in json.dumps(read)


def test_f4_without_escaping_the_same_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """F4's negative control."""
    monkeypatch.setattr(parts, "escape", lambda text: text)
    with pytest.raises(AssertionError):
        test_f4_hostile_texts_do_nothing()


@given(
    address=st.text(max_size=60),
    browser=st.text(max_size=60),
    name=st.text(max_size=120),
    ending=st.sampled_from(ENDINGS),
)
def test_f4_what_outsiders_send_does_nothing(
    address: str, browser: str, name: str, ending: tuple[tuple[Event, ...], State]
) -> None:
    """F4, F6: addresses, browsers and names."""
    events, state = ending
    one = noticed(*events, state=state, name=name, by=ANNA, reader=Reader(address, browser))
    for body in said(one):
        assert set(faults_of_message(body)) <= {"not ephemeral"}
        assert "<" not in OURS.sub("", json.dumps(body, ensure_ascii=False))


@pytest.mark.parametrize(
    ("events", "state", "calls"),
    [
        ([Event.SUBMITTED], State.RECEIVED, True),
        ([Event.NUDGED], State.WAITING, True),
        ([Event.NUDGED, Event.EXTENDED], State.WAITING, False),
        ([Event.SECOND_ATTEMPT], State.RECEIVED, True),
        ([Event.WITHDRAWN], State.BURNED, True),
        ([Event.UNEXPECTED], State.BURNED, True),
        ([Event.EXPIRED], State.EXPIRED, True),
        ([Event.LOST], State.LOST, True),
        ([Event.COLLECTED, Event.WITHHELD], State.LOST, True),
        ([Event.TAMPERED], State.TAMPERED, True),
        ([Event.COLLECTED], State.COLLECTED, False),
        ([Event.SUBMITTED, Event.COLLECTED], State.COLLECTED, False),
        ([Event.SAVED], State.COLLECTED, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_who_asked_is_called_for_what_needs_attention(
    events: list[Event], state: State, *, calls: bool
) -> None:
    """And for nothing that the team did in Slack or on the collect page."""
    one = noticed(*events, state=state)
    body = request_news.reply(one, EntryId(1, 0))
    assert body
    assert body["text"].startswith("<@U0ANNA> ") is calls
    assert request_news.reply(one, one.newest) is None


@pytest.mark.parametrize(
    "event", [Event.CREATED, Event.RETRIED, Event.CONFIRMED, Event.CLOSED, Event.POSTED]
)
def test_what_changes_nothing_is_not_said(event: Event) -> None:
    """Nobody is disturbed for it."""
    assert request_news.reply(noticed(event), NEVER) is None


@pytest.mark.parametrize(
    ("by", "words"), [(ANNA, "Cancelled by anna, "), (CLARA, "Cancelled by <@U0CLARA>, ")]
)
def test_its_creator_is_named_and_not_called(by: UserId, words: str) -> None:
    """What they did themselves needs no mention; an admin's name has one."""
    one = noticed(Event.CANCELLED, state=State.BURNED, by=by)
    assert words in json.dumps(request_news.line(one))


def test_state_tells_what_the_trail_no_longer_does() -> None:
    """A trail that was trimmed, and a time that is ahead of the sweeper."""
    one = noticed(state=State.EXPIRED)
    assert request_news.line(one)["text"] == "Nobody answered: the admin login"
    status = replace(one.summary.status, state=State.COLLECTED, collector=CLARA)
    collected = replace(one, summary=replace(one.summary, status=status))
    assert "Collected by <@U0CLARA>." in json.dumps(request_news.line(collected))


def test_a_line_offers_to_ask_again_with_what_can_be_read() -> None:
    """Its value is the id, which alone opens nothing; without a record there are no words to use."""
    one = noticed(Event.EXPIRED, state=State.EXPIRED)
    button = request_news.line(one)["blocks"][-1]["elements"][0]
    assert (button["action_id"], button["text"]["text"]) == (ids.Action.ASK_AGAIN, "Ask again")
    assert button["value"] == one.summary.id.value
    altered = replace(one, summary=replace(one.summary, record=None))
    assert "actions" not in {block["type"] for block in request_news.line(altered)["blocks"]}
    assert request_news.line(altered)["text"] == "Nobody answered: Label cannot be read"
