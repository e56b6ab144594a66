"""Looking at the history as a person in Slack does."""

from html import unescape

from tests.bot.person import Json, Person


async def opened(person: Person) -> Json:
    """Type the command and look at the window, filled."""
    count = len(person.slack.called("views.update"))
    await person.type("history")
    await person.slack.seen("views.update", count + 1)
    return person.latest()


def rows(view: Json) -> list[Json]:
    """The blocks that are rows."""
    return [
        block for block in view["blocks"] if block["type"] == "section" and "accessory" in block
    ]


def labels(view: Json) -> list[str]:
    """What the rows are called."""
    return [unescape(row["text"]["text"]) for row in rows(view)]


def menu(row: Json) -> dict[str, str]:
    """What a row's menu offers: text and value."""
    return {o["text"]["text"]: o["value"] for o in row["accessory"]["options"]}


def facts(row: Json) -> str:
    """What a row tells, label apart."""
    return "\n".join(field["text"] for field in row["fields"])


async def pressed(person: Person, view: Json, action: str, value: str = "") -> Json:
    """Press a button, or choose from a menu, and look at what is shown then."""
    count = len(person.slack.called("views.update"))
    answer = await person.press(view, action, value)
    assert (answer.status, answer.text) == (200, "")
    await person.slack.seen("views.update", count + 1)
    return person.latest()
