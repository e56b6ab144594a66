"""The pages for agents and customers, and the FAQ, use the words that are on their screens."""

import json
import re

import pytest

from bot.views import help as help_page
from bot.views import history, request, share
from bot.views.words import LABEL_LIMIT
from storage import tickets
from storage.model import HOUR, PASSPHRASE_MAX
from tests.docs.reading import ROOT, anchors, bold, page, rows
from tests.docs.shown import is_shown, statuses

AGENTS = page("docs/agents.md")
CUSTOMERS = page("docs/customers.md")
FAQ = page("docs/faq.md")
PAGES = ("agents", "customers", "faq", "operators")
ASKED = (
    "Can I view my own secret?",
    "What if the customer's link doesn't work?",
    "Is the secret stored?",
    "Does it work behind a CDN?",
    "Does Redis eviction lose secrets?",
    "What does Slack see?",
    "How does the customer know that it is really us?",
    "Who can read an answer?",
    "What if somebody else answers the request?",
    "What if the customer closes the page?",
)


def explained(text: str, heading: str) -> set[str]:
    """What a table explains; fails where a row does not say what to do."""
    table = rows(text, heading)
    assert all(len(row) == 3 and row[2] for row in table)
    return {bold(row[0])[0] for row in table}


def titles(*sections: str) -> set[str]:
    """The headings of the screens whose texts stand in these sections of the catalogue."""
    catalogue = json.loads(page("web/frontend/src/locales/en.json"))
    texts = [pair for section in sections for pair in catalogue[section].items()]
    return {text for key, text in texts if key.endswith("_title")}


def test_every_status_of_the_history_is_explained() -> None:
    """Each word that the history can show has its row with what to do, and no other."""
    assert explained(AGENTS, "Status") == statuses()


@pytest.mark.parametrize(
    ("sections", "heading"),
    [
        (("common", "page", "share"), "Screen"),
        (("request",), "Your screen"),  # what all pages share stands in the first table
    ],
)
def test_every_screen_is_explained(sections: tuple[str, ...], heading: str) -> None:
    """Each state that a customer's page can show has its row with what to do, and no other."""
    assert explained(CUSTOMERS, heading) == titles(*sections)


def test_every_screen_of_the_collect_page_is_explained() -> None:
    """The same for agents; two that call for the same may share a row."""
    table = rows(AGENTS, "On the page")
    assert all(len(row) == 3 and row[2] for row in table)
    assert {title for row in table for title in bold(row[0])} == titles("common", "page", "collect")


def test_every_field_and_menu_entry_is_explained() -> None:
    """Each field of the form, each access and lifetime to choose, each entry of a row's menu."""
    form = share.build()
    fields = {block["label"]["text"] for block in form["blocks"] if block["type"] == "input"}
    assert {bold(row[0])[0] for row in rows(AGENTS, "Field")} == fields
    assert {"Single use", "Reusable", *share.LIFETIMES.values()} <= set(bold(AGENTS))
    entries = set(re.findall(r"^- \*\*(.+?)\*\*:", AGENTS, re.MULTILINE))
    assert set(history._VERBS.values()) <= entries


def test_every_field_of_a_request_is_explained() -> None:
    """The same for the form that asks for credentials: fields, lifetimes, what to ask for, who."""
    form = request.build(channel="C0SUPPORT")
    fields = [block for block in form["blocks"] if block["type"] == "input"]
    labels = {block["label"]["text"] for block in fields}
    assert {bold(row[0])[0] for row in rows(AGENTS, "In the form")} == labels
    options = [option for block in fields for option in block["element"].get("options", [])]
    assert {option["text"]["text"] for option in options} <= set(bold(AGENTS))


def test_the_rules_are_the_ones_of_the_help() -> None:
    """The rules of sharing and of receiving read the same in Slack and here."""
    rules = {*help_page.RULES, *help_page.RECEIVING}
    assert rules <= {tuple(row) for row in rows(AGENTS, "Rule")}


@pytest.mark.parametrize("name", ["agents", "customers", "faq"])
def test_words_in_bold_are_on_the_screen(name: str) -> None:
    """The pages promise it: each is a text of the views or the catalogue, letter by letter."""
    assert [words for words in bold(page(f"docs/{name}.md")) if not is_shown(words)] == []


@pytest.mark.parametrize(
    "words",
    [
        "Reveal the secret",  # another word
        "Copy to Clipboard",  # another letter
        "Nothing was opened, and",  # half a sentence
        "view",  # a name in the code
        "Active, 3",
        "Your team allows at most 7 days. Choose another lifetime.",  # half of it is ours
    ],
)
def test_words_that_nobody_sees_are_found_out(words: str) -> None:
    """The test above can fail."""
    assert not is_shown(words)


def test_the_questions_are_answered() -> None:
    """Each question that must be there is a heading, and each heading has an answer."""
    answers = dict(re.findall(r"^### (.+)\n\n([^#\n].+)", FAQ, re.MULTILINE))
    assert set(ASKED) <= set(answers)
    assert len(answers) == FAQ.count("\n### ")


@pytest.mark.parametrize(
    ("text", "sentence", "number"),
    [
        (AGENTS, "key, up to {:,} characters", share.SECRET_LIMIT),
        (AGENTS, "ticket, up to {} characters", LABEL_LIMIT),
        (AGENTS, "- 1 to {} characters", PASSPHRASE_MAX),
        (AGENTS, "button is good for {} minutes", tickets.LIFE[tickets.Purpose.VISIT] // 60),
        (AGENTS, "address is good for {} minutes", tickets.LIFE[tickets.Purpose.COMPOSE] // 60),
        (AGENTS, "and for {} minutes. The answer", tickets.LIFE[tickets.Purpose.COLLECT] // 60),
        (AGENTS, "browser known as yours, for {} hours", tickets.SESSION_LIFE // HOUR),
        (FAQ, "**Open it myself**, for {} hours", tickets.SESSION_LIFE // HOUR),
        (FAQ, "pressed the button, for {} minutes", tickets.LIFE[tickets.Purpose.COLLECT] // 60),
    ],
)
def test_numbers_are_the_codes(text: str, sentence: str, number: int) -> None:
    """What is counted or timed in a sentence is what the code counts and times."""
    assert sentence.format(number) in text


def test_anchors_lead_to_headings() -> None:
    """A link into a page meets its heading."""
    for source in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", source.read_text()):
            text = (source.parent / target if target else source).read_text()
            assert anchor in anchors(text), f"{source.name}: {target}#{anchor}"


def test_the_readme_leads_to_each_page() -> None:
    """All four, in one place."""
    line = next(line for line in page("README.md").splitlines() if "docs/faq.md" in line)
    assert all(f"](docs/{name}.md)" in line for name in PAGES)
