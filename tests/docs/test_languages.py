"""Every text has a translation in every language, and no translation is anything else."""

import json
import re

import pytest
from babel.messages.catalog import Catalog

from storage.languages import NAMES
from tests.docs.locales import locales
from tests.docs.reading import ROOT

LANGUAGES = locales.languages()
# Forms for none, one and two may say the number in a word.
_WORDS = {"zero", "one", "two"}
ARABIC = re.compile(r"[\u0600-\u06ff]")


def faults(catalog: Catalog) -> set[str]:
    """Names of messages that are missing, empty, outdated, unused or have other slots."""
    wanted = {message.name: message for message in locales.messages()}
    found = {str(entry.context) for entry in catalog if entry.id} - set(wanted)
    found |= {str(entry.context) for entry in catalog.obsolete.values()}
    for name, message in wanted.items():
        text = locales.translation(catalog, message)
        forms = text.items() if isinstance(text, dict) else [("other", text)]
        needed = locales.slots(locales.forms(message.text)[-1])
        for kind, form in forms:
            has = locales.slots(form or "")
            if (
                not (form or "").strip()
                or not has <= needed
                or (kind not in _WORDS and has != needed)
            ):
                found.add(name)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_empty_outdated_or_unused(language: str) -> None:
    """And each has the slots that the English text has."""
    assert faults(locales.read(language)) == set()


def test_what_is_wrong_is_found() -> None:
    """The control: each kind of fault, put into a language that has none."""
    catalog = locales.read("de")
    by_name = {entry.context: entry for entry in catalog}
    by_name["share.copy"].string = ""
    by_name["page.again"].flags.add("fuzzy")
    by_name["page.moment"].string = "{day}"
    by_name["share.gone_viewed"].string += " {brand}"
    by_name["share.passphrase_tries"].string = ("Noch ein Versuch.", "Noch ein paar.")
    catalog.add("Gone", "Weg", context="share.of_old")
    catalog.delete("Hide", context="page.hide")
    catalog.delete("Show", context="page.show")
    catalog.add("Reveal", "Zeigen", context="page.show")
    assert faults(catalog) == {
        "page.again",
        "page.hide",
        "page.moment",
        "page.show",
        "share.copy",
        "share.gone_viewed",
        "share.of_old",
        "share.passphrase_tries",
    }


def test_agents_may_choose_each_language() -> None:
    """What there are texts in is what the program offers."""
    assert set(NAMES) == {"en", *LANGUAGES}
    for language, name in NAMES.items():
        compiled = json.loads((ROOT / f"build/locales/{language}.json").read_text())
        assert compiled["name"] == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_name_what_stands_on_the_button(language: str) -> None:
    """Who is told to press Send finds that word on the page."""
    texts = locales.in_language(language)
    for key in ("request", "reminder"):
        assert texts["request"]["send"] in texts["message"][key]
    for key in ("hidden_status", "hidden_timer"):
        assert texts["page"]["show"] in texts["page"][key]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_begin_and_end_as_the_english_ones(language: str) -> None:
    """White space at an end joins texts: none is lost, and none added."""
    text = locales.in_language(language)
    for message in locales.messages():
        section, key = message.name.split(".")
        for form in locales.forms(text[section][key]):
            english = locales.forms(message.text)[-1]
            assert (form[0] == " ", form[-1] == " ") == (english[0] == " ", english[-1] == " ")


def test_arabic_is_written_in_arabic() -> None:
    """No text was left in another script, but for names."""
    texts = locales.in_language("ar")
    left = set()
    for message in locales.messages():
        section, key = message.name.split(".")
        words = (re.sub(r"\{\w+\}", "", form) for form in locales.forms(texts[section][key]))
        left |= {message.name for form in words if form.strip(" ()") and not ARABIC.search(form)}
    assert left == {"request.file_nameless", "about.see_slack"}


def test_the_long_language_is_longer_by_four_tenths() -> None:
    """Its slots are the English ones, and its ends are marked."""
    plain = long = 0
    for message in locales.messages():
        for before, after in zip(
            locales.forms(message.text), locales.forms(locales.longer(message.text)), strict=True
        ):
            assert locales.slots(before) == locales.slots(after)
            if re.search(r"[a-z]", re.sub(r"\{\w+\}", "", before)):
                assert after.strip().startswith("[")
                assert after.strip().endswith("]")
            plain, long = plain + len(before), long + len(after)
    assert long / plain >= 1.4


def test_what_is_compiled_is_what_stands_in_the_sources() -> None:
    """The bot reads the same texts as the pages, from its own folder."""
    for language in NAMES:
        mine = json.loads((ROOT / f"bot/locales/{language}.json").read_text())
        theirs = json.loads((ROOT / f"build/locales/{language}.json").read_text())
        assert mine == {key: theirs[key] for key in ("days", "fields", "message")}
