"""slack_sdk's checks of what we build, found once for each class instead of once for each object.

``JsonObject.to_dict`` looks through ``dir()`` of every object, at every level and anew each time, for
methods that check it: four fifths of what building a view cost. Which methods those are is the
class's to say. See docs/adr/0020-checks-of-views-are-found-once.md.
"""

from functools import cache

from slack_sdk.models.basic_objects import JsonObject


@cache
def names(model: type[JsonObject]) -> tuple[str, ...]:
    """The methods by which objects of a class are checked."""
    return tuple(
        name
        for name in dir(model)
        if not name.startswith("__") and hasattr(getattr(model, name, None), "validator")
    )


def _validate(self: JsonObject) -> None:
    """Raise SlackObjectFormationError when the object breaks a limit of Slack's."""
    for name in names(type(self)):
        getattr(self, name)()


def find_once() -> None:
    """From now on slack_sdk's models are checked like that."""
    JsonObject.validate_json = _validate  # type: ignore[method-assign]
