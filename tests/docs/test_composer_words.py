"""The composer and Slack's windows say the same thing in the same words."""

import json
from typing import Any

from bot.views import language, link_ready, request, share
from storage.policy import Policy
from tests.docs.reading import page

COMPOSER: dict[str, str] = json.loads(page("web/frontend/src/locales/en.json"))["composer"]


def shown(form: Any) -> set[str]:
    """Labels of a window's fields, and names and descriptions of their options."""
    found = set()
    for block in form["blocks"]:
        if block["type"] == "input":
            options = block["element"].get("options", [])
            found |= {block["label"]["text"], *(option["text"]["text"] for option in options)}
            found |= {one["description"]["text"] for one in options if "description" in one}
    return found


def test_the_composer_asks_in_the_words_of_the_window() -> None:
    """Every label and option of both forms of the window, letter by letter."""
    texts = set(COMPOSER.values())
    for policy in (Policy(), Policy(require_passphrase=True)):
        wanted = shown(share.build(policy))
        assert len(wanted) > 10
        assert wanted - texts == set()
    assert {share.SUBMIT, share.TITLE, share.OTHER_CHANNEL} - texts == set()


def test_the_composer_requests_in_the_words_of_the_window() -> None:
    """Every label of the other form, and what there is to tick and to choose; as short lifetimes."""
    texts = {words for text in COMPOSER.values() for words in (text, text.split(" - ")[0])}
    form = request.build(Policy(), channel="C0SUPPORT")
    elements = [block["element"] for block in form["blocks"] if block["type"] == "input"]
    described = {
        option["description"]["text"]
        for element in elements
        for option in element.get("options", [])
        if "description" in option
    }
    wanted = shown(form) - described
    assert len(wanted) > 12
    assert wanted - texts == set()
    assert request.IN_BROWSER in COMPOSER["over_text"]


def test_the_link_is_handed_over_in_the_same_words() -> None:
    """The title, the warning to who made it, and how to tell the passphrase."""
    wanted = {link_ready.TITLE, link_ready.CONSUMES, link_ready.OTHER_CHANNEL}
    wanted |= {language.LABEL, language.THEIRS}
    assert wanted - set(COMPOSER.values()) == set()
