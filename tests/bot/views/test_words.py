"""How things are said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import words
from storage.model import AuditEntry, Event, Reader, Seconds, State, Status, UserId


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(State.ACTIVE, single_use=True), "Active"),
        (Status(State.ACTIVE, single_use=False, views=3), "Active, 3 views"),
        (Status(State.ACTIVE, single_use=False, views=1), "Active, 1 view"),
        (Status(State.ACTIVE, single_use=False), "Active, 0 views"),
        (Status(State.VIEWED, single_use=True, views=1, confirmed=True), "Viewed"),
        (Status(State.VIEWED, single_use=True, views=1), "Viewed, not confirmed"),
        (Status(State.EXPIRED, single_use=True), "unopened, expired"),
        (Status(State.EXPIRED, single_use=False), "unopened, expired"),
        (Status(State.EXPIRED, single_use=False, views=3), "Expired, 3 views"),
        (Status(State.BURNED, single_use=True), "Burned"),
        (Status(State.BURNED, single_use=False, views=3), "Burned, 3 views"),
        (Status(State.LOST, single_use=True), "Lost"),
        (Status(State.LOST, single_use=True, key_missing=True), "Lost, key missing"),
        (Status(State.LOST, single_use=True, went_back=True), "Lost, the store went back"),
        (Status(State.TAMPERED, single_use=True), "Tampered"),
    ],
)
def test_each_status_has_its_words(status: Status, said: str) -> None:
    """The history's words, exactly."""
    assert words.status(status) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (1795536000, "24 November 2026, 16:00 UTC"),
        (0, "1 January 1970, 00:00 UTC"),
        (1798761599, "31 December 2026, 23:59 UTC"),
    ],
)
def test_dates_are_written_out(at: int, said: str) -> None:
    """The same words in every language and time zone; in mrkdwn as the fallback of a token."""
    assert words.date(Seconds(at)) == said
    assert words.local_date(Seconds(at)).endswith(f"|{said}>")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  ACME \t\n Corp  ", "ACME Corp"),
        ("a\u202eb\u2066c\u200bd\u200ee\x00f\x1bg", "abcdefg"),
        ("a \u200b b", "a b"),
        ("\u200b\u2028\ufeff", ""),
        ("\u3164\u2800", ""),
        ("\ud83d", ""),
        ("Größe \U0001f600 日本", "Größe \U0001f600 日本"),
    ],
)
def test_labels_are_cleaned(typed: str, kept: str) -> None:
    """One line, nothing that hides or reorders; letters of any language stay."""
    assert words.clean(typed) == kept


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        ("", True),
        (" \t\r\n\u2028\u3000", True),
        ("\u200b\u200d\ufeff\u2060\u00ad", True),
        ("\u115f\u3164\u2800\ufe0f\U000e0101", True),
        (".", False),
        ("\u200b.", False),
        ("\ue0b0", False),
        ("\U0001fae9", False),
    ],
)
def test_blank_is_what_nobody_can_see(text: str, blank: bool) -> None:  # noqa: FBT001
    """Private use and emoji newer than this Python's Unicode can be seen; fillers cannot."""
    assert words.is_blank(text) is blank


@given(st.text())
def test_a_clean_label_stays_as_it_is(text: str) -> None:
    """Cleaning twice changes nothing, and leaves no control, bidi or zero-width character."""
    once = words.clean(text)
    assert words.clean(once) == once
    assert not {unicodedata.category(char) for char in once} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
def test_escaped_text_has_no_control_character_of_slacks(text: str) -> None:
    """After escaping, < and > are gone and each & begins one of three entities."""
    rest = words.escape(text)
    for entity in ("&amp;", "&lt;", "&gt;"):
        rest = rest.replace(entity, "")
    assert not set(rest) & set("<>&")


@given(st.text(), st.text())
def test_what_a_reader_sends_formats_nothing(address: str, browser: str) -> None:
    """Address and browser are a stranger's words: no mention, link, format or emoji in them."""
    entry = AuditEntry(Seconds(0), Event.OPENED, None, Reader(address, browser))
    assert not set(words.event(entry)) & set("<>&*_~`@#|!\n")


def test_every_event_has_words() -> None:
    """Each event of the trail reads as a sentence, with or without somebody behind it."""
    for event in Event:
        assert words.event(AuditEntry(Seconds(0), event, None, None))
        by = words.event(AuditEntry(Seconds(0), event, UserId("U0ANNA"), None))
        assert by.endswith("<@U0ANNA>")


@pytest.mark.parametrize("user", ["", "U1|x>", "<!channel>", "here", "U0ANNA\n"])
def test_only_a_user_id_becomes_a_mention(user: str) -> None:
    """What is not an id names nobody."""
    assert words.mention(UserId(user)) == "somebody"
