"""The notice: what it says for each end of a secret, and that a hostile label does nothing in it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import notice, parts
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
    WorkspaceId,
)
from storage.notices import NEVER, EntryId, Noticed
from tests.bot.blockkit import faults_of_message
from tests.numbers import n

ANNA, CLARA = UserId("U0ANNA"), UserId("U0CLARA")
WORKSPACE = WorkspaceId("T0EXAMPLE")
AT = Seconds(1795536000)
READER = Reader("203.0.113.7", "Firefox")
OURS = re.compile(
    r"<@U0(ANNA|CLARA)>|<!date\^\d+\^\{date_short_pretty\}, \{time(_secs)?\}\|[A-Za-z0-9 ,:]+>"
)
HOSTILE = [
    "<!channel>", "<!here|x>", "<@U0BEN>", "<#C1|general>", "<https://evil.example|login>",
    "https://evil.example", "evil.example/login", "<!date^1^{date}|x>", "*bold* _it_ ~no~ `code`",
    "&lt;!here&gt;", "&amp;lt;", "> quote", "@channel @here #general", ":tada:", "mail@evil.example",
    "\u202e\u2066x\u2069", "<script>alert(1)</script>", "a" * 500, "\x00\x1b[31m", "\u200b", "",
    "\n\n* list", "<" * 80, "&" * 80, "\U0001f600" * 80, "tel:+1234", "\u3164", "a\u2024b",
]  # fmt: skip


def noticed(
    *events: Event,
    state: State = State.VIEWED,
    label: str = "ACME",
    views: int | None = None,
    single_use: bool = True,
    reader: Reader = READER,
    by: UserId | None = None,
    readable: bool = True,
) -> Noticed:
    """A secret to which this happened, one event after the other."""
    sid = SecretId.new(WORKSPACE)
    record = Record(
        sid, WORKSPACE, ANNA, Kind.SHARE, label, "Example", "anna", "", (), single_use,
        AT, Seconds(AT + 3600), None, Verifiers(b""), b"", "", "key",
    )  # fmt: skip
    trail = [
        (EntryId(number, 0), AuditEntry(AT, event, by, reader))
        for number, event in enumerate([Event.CREATED, *events], start=1)
    ]
    count = events.count(Event.OPENED) if views is None else views
    status = Status(state, single_use, views=count, confirmed=Event.CONFIRMED in events)
    summary = Summary(sid, AT, status, record if readable else None, None)
    return Noticed(summary, ANNA, tuple(trail), trail[-1][0])


def stripped(told: object) -> str:
    """All that is sent, without the tokens that are ours."""
    return OURS.sub("", json.dumps(told, ensure_ascii=False))


def test_f4_hostile_labels_do_nothing() -> None:
    """F4: 1,000 hostile labels: no mention, no link, nothing unescaped, both unfurl flags off."""
    for number in range(n("F4", everyday=1000, full=1000)):
        first = HOSTILE[number % len(HOSTILE)]
        second = HOSTILE[number // len(HOSTILE) % len(HOSTILE)]
        label = f"{first}{number}{second}"
        one = noticed(Event.OPENED, Event.REFUSED, label=label)
        if number % 2:
            one = noticed(Event.NUDGED, state=State.ACTIVE, label=label)
        for body in (notice.build(one), notice.reply(one, NEVER)):
            assert body
            assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
            assert set(faults_of_message(body)) <= {"not ephemeral"}
            sent = stripped(body)
            assert "<" not in sent
            assert ">" not in sent
            assert re.search(r"&(?!amp;|lt;|gt;)", sent) is None
        whole = notice.build(one)
        label = whole["blocks"][0]["text"]
        assert (label["type"], label["emoji"]) == ("plain_text", False)
        # Slack reads this as mrkdwn: nothing in it may look like an address or a format.
        assert re.search(r"[^\w\s,:-]|_", whole["text"]) is None
        assert whole["text"].count(":") == 1
        for block in whole["blocks"][1:]:
            assert "evil" not in json.dumps(block)


def test_f4_without_escaping_the_same_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """F4's negative control."""
    monkeypatch.setattr(parts, "escape", lambda text: text)
    with pytest.raises(AssertionError):
        test_f4_hostile_labels_do_nothing()


@given(address=st.text(max_size=60), browser=st.text(max_size=60), label=st.text(max_size=120))
def test_f4_what_readers_send_does_nothing(address: str, browser: str, label: str) -> None:
    """F4, F6: addresses and browsers are outsiders' texts too."""
    one = noticed(
        Event.OPENED, Event.REFUSED, Event.WRONG_PASSPHRASE, label=label,
        reader=Reader(address, browser),
    )  # fmt: skip
    body = notice.build(one)
    assert set(faults_of_message(body)) <= {"not ephemeral"}
    assert "<" not in stripped(body)
    assert "http://" not in stripped(body)


@pytest.mark.parametrize(
    ("events", "state", "headline", "words"),
    [
        ([Event.OPENED], State.VIEWED, "Opened", "Viewed, not confirmed"),
        ([Event.OPENED, Event.CONFIRMED], State.VIEWED, "Opened", "the page showed it"),
        (
            [Event.OPENED, Event.REFUSED],
            State.VIEWED,
            "Someone tried again",
            "perhaps by the same person",
        ),
        ([Event.WRONG_PASSPHRASE], State.ACTIVE, "Wrong passphrase", "perhaps by mistake"),
        (
            [Event.WRONG_PASSPHRASE] * 5 + [Event.DESTROYED],
            State.BURNED,
            "Destroyed by wrong passphrases",
            "Nobody saw it.",
        ),
        ([Event.EXPIRED], State.EXPIRED, "Expired unopened", "nobody opened it"),
        (
            [Event.EXPIRED, Event.REFUSED],
            State.EXPIRED,
            "Someone tried again",
            "perhaps its recipient, too late",
        ),
        ([Event.LOST], State.LOST, "A secret was lost", "The store lost it"),
        (
            [Event.OPENED, Event.WITHHELD],
            State.LOST,
            "A secret was lost",
            "So nothing was handed out: nobody saw it",
        ),
        ([Event.TAMPERED], State.TAMPERED, "A secret was tampered with", "changed it in the store"),
        ([Event.NUDGED], State.ACTIVE, "Not opened yet", "Nobody has opened it so far"),
        ([Event.EXTENDED, Event.NUDGED], State.ACTIVE, "Not opened yet", "Extended by"),
        (
            [Event.NUDGED, Event.EXTENDED, Event.EXPIRED],
            State.EXPIRED,
            "Expired unopened",
            "Extended by",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_end_has_its_words(
    events: list[Event], state: State, headline: str, words: str
) -> None:
    """The notification's first words, and the message's own."""
    one = noticed(*events, state=state, by=CLARA)
    body = notice.build(one)
    assert body["text"] == f"{headline}: ACME"
    assert words in json.dumps(body)
    assert set(faults_of_message(body)) <= {"not ephemeral"}
    assert notice.is_worth_a_message(one)


@pytest.mark.parametrize(
    ("events", "needs_attention"),
    [
        ([Event.OPENED, Event.CONFIRMED], False),
        ([Event.REFUSED], True),
        ([Event.WRONG_PASSPHRASE], True),
        ([Event.DESTROYED], True),
        ([Event.EXPIRED], True),
        ([Event.OPENED, Event.EXPIRED], False),
        ([Event.LOST], True),
        ([Event.OPENED, Event.WITHHELD], True),
        ([Event.TAMPERED], True),
        ([Event.BURNED], False),
        ([Event.RETRIED, Event.CLOSED, Event.REPLACED], False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_needs_attention_replies(events: list[Event], *, needs_attention: bool) -> None:
    """An update notifies nobody; a reply mentions the creator."""
    one = noticed(*events, by=ANNA if Event.BURNED in events else None)
    answer = notice.reply(one, EntryId(1, 0))
    assert (answer is not None) is needs_attention
    if answer:
        assert answer["text"].startswith("<@U0ANNA> ")
    assert notice.reply(one, one.newest) is None


@pytest.mark.parametrize(
    ("events", "state", "headline"),
    [
        ([Event.NUDGED, Event.EXTENDED], State.ACTIVE, "Active"),
        ([Event.NUDGED, Event.BURNED], State.BURNED, "Burned"),
        ([Event.NUDGED, Event.REPLACED], State.BURNED, "Burned"),
    ],
)
def test_a_warning_that_holds_no_more_is_no_news(
    events: list[Event], state: State, headline: str
) -> None:
    """No message for it; one that is there says how it is, without buttons or a reminder."""
    one = noticed(*events, state=state, by=ANNA)
    assert not notice.is_worth_a_message(one)
    assert notice.reply(one, NEVER) is None
    body = notice.build(one)
    assert body["text"] == f"{headline}: ACME"
    assert {block["type"] for block in body["blocks"]} == {"section", "context"}


def test_somebody_elses_burn_needs_attention() -> None:
    """An admin burned it: its creator hears who."""
    one = noticed(Event.BURNED, state=State.BURNED, by=CLARA)
    answer = notice.reply(one, EntryId(1, 0))
    assert answer
    assert "Burned by <@U0CLARA>. Nobody saw it." in answer["text"]


def test_views_of_a_reusable_secret_are_counted() -> None:
    """As the history counts them, also when the trail is longer than what is kept."""
    one = noticed(Event.OPENED, state=State.ACTIVE, single_use=False, views=120)
    assert "Opened 120 times, last" in json.dumps(notice.build(one))


def test_an_unreadable_record_has_an_unreadable_label() -> None:
    """What does not verify is not shown."""
    one = noticed(Event.TAMPERED, state=State.TAMPERED, readable=False)
    assert notice.build(one)["text"] == "A secret was tampered with: Label cannot be read"


def test_a_missing_key_is_no_loss() -> None:
    """Its record cannot be read any more; what happened to it is in the trail, and nothing was lost."""
    one = noticed(Event.EXPIRED, state=State.LOST, readable=False)
    status = replace(one.summary.status, key_missing=True)
    body = notice.build(replace(one, summary=replace(one.summary, status=status)))
    assert body["text"] == "Expired unopened: Label cannot be read"
    assert "*Lost, key missing*" in json.dumps(body)
