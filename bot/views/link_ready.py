"""The answer to a submitted secret: the link, the only time it is shown."""

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject

from bot.ready import Kind, More, ready
from bot.ready import date as ready_date
from bot.views import ids
from bot.views import language as choice
from bot.views.parts import Json, copyable, modal, paragraph, plain, small
from bot.views.words import date
from storage.languages import Language
from storage.model import SecretId
from storage.outcomes import Shared
from storage.tickets import Ticket

TITLE = "Your link is ready"
OTHER_CHANNEL = (
    "Tell the recipient the passphrase through a different channel than this link. "
    "Five wrong ones destroy the secret."
)
CONSUMES = "You created this secret. If you view it, the recipient will not be able to see it."


def ready_made(shared: Shared, public_url: str, language: Language | None = None) -> str:
    """The message to the customer."""
    return ready(
        Kind.SHARE_ONCE if shared.single_use else Kind.SHARE_OFTEN,
        language,
        more=[More.PASSPHRASE] if shared.has_passphrase else [],
        link=shared.link.url(public_url),
        date=ready_date(shared.expires, language),
    )


def build(
    shared: Shared, public_url: str, ticket: Ticket, language: Language | None = None
) -> Json:
    """The view with the link. ``private_metadata`` holds the id, which alone opens nothing.

    ``ticket`` makes the browser behind **Open it myself** known as the agent's, ``language`` is the
    one they chose for a customer last.
    """
    blocks: list[Block] = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(shared.link.url(public_url), ids.Block.LINK),
        paragraph("Or copy a message with the link in it:"),
        copyable(ready_made(shared, public_url, language), ids.Block.MESSAGE),
        choice.block(language),
        small(f"Expires {date(shared.expires)}", ids.Block.EXPIRY),
    ]
    if shared.has_passphrase:
        blocks.append(paragraph(OTHER_CHANNEL, ids.Block.PASSPHRASE))
    if shared.single_use:
        blocks.append(paragraph(CONSUMES, ids.Block.CONSUMES))
    buttons = [_burn()]
    if shared.single_use:
        url = f"{shared.link.url(public_url)}.{ticket.expose().decode('ascii')}"
        visit = ButtonElement(action_id=ids.Action.VISIT, text=plain("Open it myself"), url=url)
        buttons.insert(0, visit)
    blocks.append(ActionsBlock(block_id=ids.Block.BURN, elements=buttons))
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
