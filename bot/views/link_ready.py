"""The answer to a submitted secret: the link, the only time it is shown."""

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject

from bot.views import ids
from bot.views.parts import Json, copyable, modal, paragraph, plain, small
from bot.views.words import date
from storage.model import SecretId, Shared

TITLE = "Your link is ready"
CONSUMES = "You created this secret. If you view it, the recipient will not be able to see it."


def ready_made(shared: Shared, public_url: str) -> str:
    """The message to the customer."""
    link = shared.link.url(public_url)
    until = date(shared.expires)
    greeting = f"Hi there, here is what you need, safely: {link}"
    if shared.single_use:
        return (
            f"{greeting} It can be opened once, until {until}. "
            "Copy what you need: when you close the page it is gone."
        )
    return f"{greeting} It stays readable until {until}."


def build(shared: Shared, public_url: str) -> Json:
    """The view with the link. ``private_metadata`` holds the id, which alone opens nothing."""
    blocks: list[Block] = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(shared.link.url(public_url), ids.Block.LINK),
        paragraph("Or copy a message with the link in it:"),
        copyable(ready_made(shared, public_url), ids.Block.MESSAGE),
        small(f"Expires {date(shared.expires)}", ids.Block.EXPIRY),
    ]
    if shared.single_use:
        blocks.append(paragraph(CONSUMES, ids.Block.CONSUMES))
    blocks.append(ActionsBlock(block_id=ids.Block.BURN, elements=[_burn()]))
    return modal(ids.View.LINK_READY, TITLE, blocks, close="Done", metadata=shared.link.id.value)


def _burn() -> ButtonElement:
    return ButtonElement(
        action_id=ids.Action.BURN_NOW,
        text=plain("Burn"),
        value="burn",
        style="danger",
        confirm=ConfirmObject(
            title=plain("Burn this secret?"),
            text=plain("The link stops working at once. This cannot be undone."),
            confirm=plain("Burn"),
            deny=plain("Keep it"),
            style="danger",
        ),
    )


def parse(view: Json) -> SecretId:
    """Whose view this is. Raises DecodingError when Slack sends what we never wrote."""
    return SecretId(view["private_metadata"])
