"""The answer to a submitted secret: the link, the only time it is shown."""

from dataclasses import dataclass

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject

from bot.views import ids, moved
from bot.views.moved import Moved
from bot.views.outlet import Sent, Words
from bot.views.parts import Json, copyable, modal, paragraph, plain, small
from bot.views.words import date
from storage.model import SecretId, UserId
from storage.outcomes import Shared
from storage.tickets import Ticket
from storage.wording import Occasion

TITLE = "Your link is ready"
OTHER_CHANNEL = (
    "Tell the recipient the passphrase through a different channel than this link. "
    "Five wrong ones destroy the secret."
)
CONSUMES = "You created this secret. If you view it, the recipient will not be able to see it."


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that the secret was moved from, and who moved it."""

    moved: Moved
    viewer: UserId


def build(
    shared: Shared,
    public_url: str,
    ticket: Ticket,
    origin: Origin | None = None,
    words: Words | None = None,
) -> Json:
    """The view with the link. ``private_metadata`` holds what fills the message: it opens nothing.

    ``ticket`` makes the browser behind **Open it myself** known as the agent's.
    """
    sent, link = _sent(shared, origin), shared.link.url(public_url)
    words = words or Words()
    blocks: list[Block] = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(link, ids.Block.LINK),
        *_left_to_do(origin, words.reply(sent, link)),
        paragraph("Or copy a message with the link in it:"),
        *words.blocks(sent, link),
        small(f"Expires {date(shared.expires)}", ids.Block.EXPIRY),
    ]
    if shared.has_passphrase:
        blocks.append(paragraph(OTHER_CHANNEL, ids.Block.PASSPHRASE))
    if shared.single_use:
        blocks.append(paragraph(CONSUMES, ids.Block.CONSUMES))
    buttons = [_burn()]
    if shared.single_use:
        url = f"{link}.{ticket.expose().decode('ascii')}"
        visit = ButtonElement(action_id=ids.Action.VISIT, text=plain("Open it myself"), url=url)
        buttons.insert(0, visit)
    blocks.append(ActionsBlock(block_id=ids.Block.BURN, elements=buttons))
    return modal(
        ids.View.LINK_READY,
        TITLE,
        blocks,
        close="Done",
        metadata=str(sent),
    )


def _left_to_do(origin: Origin | None, reply: str) -> list[Block]:
    return moved.blocks(origin.moved, origin.viewer, reply) if origin else []


def _sent(shared: Shared, origin: Origin | None) -> Sent:
    return Sent(
        shared.link.id,
        Occasion.ONCE if shared.single_use else Occasion.OFTEN,
        shared.expires,
        has_passphrase=shared.has_passphrase,
        reply=moved.reply(origin.moved, origin.viewer) if origin else None,
    )


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
    return SecretId(str(view.get("private_metadata", "")).partition(" ")[0])
