"""What slack_sdk checks in its own slow way is checked in ours: every class, every method."""

import inspect
from collections.abc import Iterator

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models import blocks, views
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, Option, SectionBlock

from bot.views import checks
from bot.views.parts import plain


def models() -> Iterator[type[JsonObject]]:
    """Every class that a view can be made of."""
    for module in (blocks, views):
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, JsonObject):
                yield found


def test_slack_sdk_still_asks_there() -> None:
    """``to_dict`` calls ``validate_json``, and that is ours; else an upgrade has moved it."""
    assert JsonObject.validate_json is checks._validate
    assert "self.validate_json()" in inspect.getsource(JsonObject.to_dict)


def test_every_check_is_found() -> None:
    """By the mark that slack_sdk's decorators leave on a method, wherever it was inherited from."""
    found = {model: set(checks.names(model)) for model in models()}
    assert len(found) > 60
    assert sum(map(len, found.values())) > 100
    for model, names in found.items():
        marked = {
            name
            for base in model.__mro__
            for name, value in vars(base).items()
            if getattr(value, "validator", False) and hasattr(getattr(model, name), "validator")
        }
        assert names == marked, model


@pytest.mark.parametrize(
    "broken",
    [
        HeaderBlock(text=plain("x" * 151)),
        SectionBlock(text=plain("x" * 3001)),
        ButtonElement(text=plain("x" * 76), action_id="a"),
        ActionsBlock(elements=[ButtonElement(text=plain("x"), action_id="a" * 256)]),
        SectionBlock(text=plain("x"), block_id="b" * 256),
        Option(value="v" * 151, text=plain("x")),
    ],
)
def test_what_breaks_a_limit_is_refused(broken: JsonObject) -> None:
    """In an object of its own, and inside another."""
    with pytest.raises(SlackObjectFormationError):
        broken.to_dict()
