"""What can be answered to a submitted modal."""

from bot.views import ids
from bot.views.parts import Json


def update(view: Json) -> Json:
    """Put another view in its place."""
    return {"response_action": "update", "view": view}


def on_field(field: ids.Block, text: str) -> Json:
    """Say below a field what is wrong; the modal keeps what was typed."""
    return {"response_action": "errors", "errors": {field.value: text}}
