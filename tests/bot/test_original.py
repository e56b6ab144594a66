"""What a message says is what was typed, or it is said that nobody can tell."""

from typing import Any

import pytest

from bot.original import Original, read

Json = dict[str, Any]


def rich(*elements: Json) -> Json:
    """A person's message: Slack's editor writes one rich_text."""
    return {"text": "a summary", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*parts: Json) -> Json:
    """A paragraph of it."""
    return {"type": "rich_text_section", "elements": list(parts)}


def text(words: str, **style: bool) -> Json:
    """A run of letters."""
    return {"type": "text", "text": words, **({"style": style} if style else {})}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (rich(section(text("p<w>&\"'|`$ "))), "p<w>&\"'|`$ "),
        (rich(section(text("user:\n")), section(text("root"))), "user:\nroot"),
        (
            rich(
                section(text("key:")), {"type": "rich_text_preformatted", "elements": [text("k")]}
            ),
            "key:\nk",
        ),
        (rich(section(text("pw "), text("hunter2", code=True))), "pw hunter2"),
        (rich(section({"type": "link", "url": "https://a.example/x"})), "https://a.example/x"),
        (rich(section({"type": "link", "url": "http://a.b", "text": "a.b"})), "a.b"),
        (rich(section({"type": "link", "url": "mailto:a@b.c", "text": "a@b.c"})), "a@b.c"),
        (
            rich({"type": "rich_text_list", "elements": [section(text("1")), section(text("2"))]}),
            "1\n2",
        ),
        ({"text": "a&lt;b&amp;c&gt;d"}, "a<b&c>d"),
        ({"text": "at <https://a.example>, <mailto:a@b.c|a@b.c>"}, "at https://a.example, a@b.c"),
        (
            {
                "text": "summary",
                "blocks": [
                    {
                        "type": "section",
                        "text": {"type": "mrkdwn", "text": "login &lt;1&gt;"},
                        "fields": [{"type": "plain_text", "text": "root"}],
                    },
                    {"type": "divider"},
                    {"type": "context", "elements": [{"type": "mrkdwn", "text": "by cron"}]},
                ],
            },
            "login <1>\nroot\nby cron",
        ),
        ({"text": "", "attachments": [{"text": "old"}, {"fallback": "way"}]}, "old\nway"),
        ({}, ""),
    ],
)
def test_what_was_typed_comes_back(message: Json, said: str) -> None:
    """Entities and links are undone, lines stay lines; people, bots, the old ways of bots."""
    assert read(message) == Original(said)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (rich(section(text("p"), text("ss", bold=True))), "pss"),
        (rich(section({"type": "emoji", "name": "key"})), ":key:"),
        (rich(section({"type": "user", "user_id": "U1"})), "@U1"),
        (rich(section({"type": "broadcast", "range": "here"})), "@here"),
        (rich(section({"type": "something_new"})), ""),
        (rich(section(text("&amp;"))), "&amp;"),
        ({"text": "see <https://a.example|this>"}, "see this (https://a.example)"),
        ({"text": "<@U1> <!date^1^x|then>"}, "@U1 then"),
        ({"text": "", "blocks": [{"type": "markdown", "text": "**x**"}]}, "**x**"),
    ],
)
def test_what_slack_may_have_changed_is_said(message: Json, said: str) -> None:
    """A sign that formatting takes away, a name, an emoji: the agent is told to compare."""
    assert read(message) == Original(said, exact=False)


def test_files_are_noticed_and_nothing_is_printed() -> None:
    """A file is not moved; and what a message says stands in no traceback."""
    found = read({"text": "hunter2", "files": [{"id": "F1"}]})
    assert found.has_files
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("odd", [7, None, "x", ["x", 7, None], {"a": 1}])
def test_odd_parts_say_nothing(odd: object) -> None:
    """Whatever is not of the documented shape."""
    for name in ("text", "blocks", "attachments"):
        assert read({"text": "", name: odd}).text in {"", "x"}
    assert read({"blocks": [{"type": "rich_text", "elements": odd}]}).text == ""
    assert read({"blocks": [{"type": "section", "text": odd, "fields": odd}]}).text == ""
