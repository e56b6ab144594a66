"""The answer to a submitted secret: the link, the only time it is shown."""

from dataclasses import dataclass

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject

from bot.views import ids, moved
from bot.views.moved import Moved
from bot.views.outlet import PASSPHRASE, Sent, Words
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
CARE = "Copy what you need: when you close the page it is gone."
CONSUMES = "You created this secret. If you view it, the recipient will not be able to see it."


def ready_made(shared: Shared, public_url: str) -> str:
    """The message to the customer."""
    link = shared.link.url(public_url)
    return f"Hi there, here is what you need, safely: {link} {_rules(shared, CARE)}"


def _rules(shared: Shared, care: str = "") -> str:
    """How often and how long it opens, for whoever gets it; ``care``: what to do with it once."""
    until = date(shared.expires)
    if shared.single_use:
        sentences = [f"It can be opened once, until {until}."]
        sentences += [care] if care else []
    else:
        sentences = [f"It stays readable until {until}."]
    if shared.has_passphrase:
        sentences.append(PASSPHRASE)
    return " ".join(sentences)


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
    """The view with the link. ``private_metadata`` holds the id, which alone opens nothing.

    With ``words`` of the team's own it also holds what fills them. ``ticket`` makes the browser behind **Open it myself** known as the agent's.
    """
    sent = _sent(shared)
    message = (
        words.blocks(sent, shared.link.url(public_url))
        if words
        else [copyable(ready_made(shared, public_url), ids.Block.MESSAGE)]
    )
    blocks: list[Block] = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(shared.link.url(public_url), ids.Block.LINK),
        *_left_to_do(shared, public_url, origin),
        paragraph("Or copy a message with the link in it:"),
        *message,
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
    return modal(
        ids.View.LINK_READY,
        TITLE,
        blocks,
        close="Done",
        metadata=str(sent) if words else sent.id.value,
    )


def _left_to_do(shared: Shared, public_url: str, origin: Origin | None) -> list[Block]:
    if origin is None:
        return []
    link = shared.link.url(public_url)
    reply = moved.reply(origin.moved, origin.viewer, link, _rules(shared))
    return moved.blocks(origin.moved, origin.viewer, reply)


def _sent(shared: Shared) -> Sent:
    occasion = Occasion.ONCE if shared.single_use else Occasion.OFTEN
    return Sent(shared.link.id, occasion, shared.expires, shared.has_passphrase)


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
