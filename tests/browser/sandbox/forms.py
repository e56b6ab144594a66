"""Modals made for a test, where the bot has none that would do."""

from tests.browser.sandbox.pretend import Json

PLAIN = "plain_text"


def text(words: str) -> Json:
    """A plain text."""
    return {"type": PLAIN, "text": words}


def field(block_id: str, label: str, **element: object) -> Json:
    """An input block with a text field."""
    made = {"type": "plain_text_input", "action_id": "typed", **element}
    return {"type": "input", "block_id": block_id, "label": text(label), "element": made}


def form(*blocks: Json, title: str = "Form") -> Json:
    """A modal of these."""
    return {
        "type": "modal", "callback_id": "x", "title": text(title), "submit": text("Go"),
        "close": text("Stop"), "blocks": list(blocks),
    }  # fmt: skip


def boxes(*chosen: str) -> Json:
    """An input block with checkboxes."""
    options = [{"text": text(name.capitalize()), "value": name} for name in ("login", "notes")]
    initial = [one for one in options if one["value"] in chosen]
    element = {"type": "checkboxes", "action_id": "several", "options": options}
    if initial:
        element["initial_options"] = initial
    return {"type": "input", "block_id": "ask", "label": text("Ask for"), "element": element}
