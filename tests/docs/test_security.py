"""The security page and `/about` say the same: one to those who run it, one to customers."""

import json
import re

import pytest

from tests.docs.reading import page, rows

SECURITY = page("docs/security.md")
ABOUT: dict[str, str] = json.loads(page("web/frontend/src/locales/en.json"))["about"]
# How an entry of "What is not defended" begins, the text of /about that tells customers of it, and
# a word that must be in both.
UNDEFENDED = {
    "An operator who serves": ("cannot_2", "altered"),
    "Malware or a hostile extension": ("cannot_3", "extension"),
    "A scanner that runs": ("cannot_4", "passphrase"),
    "Text typed into a Slack": ("cannot_1", "Slack"),
    "Whoever can write to the store": ("cannot_5", "can write"),
    "Store and `DATA_DIR` restored": ("cannot_5", "notes"),
    "Whoever has `SECRETS_HMAC_KEY`": ("cannot_5", "whoever"),
    "A channel shared with": ("cannot_6", "shared"),
}
# What an operator chooses, which no customer can judge.
OPERATORS_ONLY = {"Replicas on `everysec`"}
# A row of the attacks, by its attacker and a word of it, and the text of /about about the same.
DEFENDED = {
    "Preview bots, mail scanners": "guard_1",
    "Two readers of one link": "guard_2",
    "Whoever steals the database": "guard_3",
    "A restore, an emptied store, an old file put back": "guard_4",
    "Somebody with the link and no passphrase": "guard_5",
    "The same": "guard_6",
}


def undefended() -> list[str]:
    """The entries of the list."""
    section = SECURITY.partition("## What is not defended")[2].partition("\n## ")[0]
    return re.findall(r"^- (.+)$", section, re.MULTILINE)


def test_customers_are_told_of_everything_that_is_not_defended() -> None:
    """Each entry has its text on /about, or is an operator's choice; and nothing more is there."""
    entries = undefended()
    for start in {*UNDEFENDED, *OPERATORS_ONLY}:
        assert sum(entry.startswith(start) for entry in entries) == 1, start
    assert len(entries) == len(UNDEFENDED) + len(OPERATORS_ONLY)
    told = {key for key in ABOUT if re.fullmatch(r"cannot_\d+", key)}
    assert {key for key, _ in UNDEFENDED.values()} == told


@pytest.mark.parametrize("start", UNDEFENDED)
def test_both_speak_of_the_same(start: str) -> None:
    """The word that the entry turns on is in the text that customers read."""
    key, word = UNDEFENDED[start]
    (entry,) = (one for one in undefended() if one.startswith(start))
    assert word.lower() in entry.lower()
    assert word.lower() in ABOUT[key].lower()


def test_what_customers_are_promised_is_an_attack_with_its_tests() -> None:
    """Each promise of /about stands in the table of attacks, where the tests are named."""
    attackers = {row[0] for row in rows(SECURITY, "Attacker")}
    assert set(DEFENDED) <= attackers
    assert set(DEFENDED.values()) == {key for key in ABOUT if re.fullmatch(r"guard_\d+", key)}


def test_the_page_shows_every_text_about_it() -> None:
    """A text in the catalogue alone tells nobody."""
    shown = set(re.findall(r"\{\{about\.(\w+)\}\}", page("web/frontend/pages/about.html")))
    assert shown == set(ABOUT)
