"""One secret or request with everything that happened to it."""

from slack_sdk.models.blocks import Block, DividerBlock, SectionBlock

from bot.views import ids, reminder
from bot.views.history import facts, title
from bot.views.parts import Json, modal, paragraph, paragraphs, small
from bot.views.words import event, local_date
from storage.model import Details, State

TITLE = "Details"


def build(details: Details, ticket_url: str = "") -> Json:
    """The record, then the trail, oldest first."""
    row = details.summary
    lines = [
        f"{local_date(entry.at, to_the_second=True)}  {event(entry)}" for entry in details.trail
    ]
    blocks: list[Block] = [
        SectionBlock(
            block_id=ids.Block.TEXT,
            text=title(row, ticket_url),
            fields=facts(row),
        ),
        small(f"Named {row.id.ref} in the logs"),
    ]
    if row.record and row.status.state is State.WAITING:
        blocks += reminder.blocks(row.record, row.language)
    blocks.append(DividerBlock())
    if details.trimmed:
        entries = "entry is" if details.trimmed == 1 else "entries are"
        blocks.append(small(f"{details.trimmed} older {entries} no longer kept."))
    blocks += paragraphs(lines) or [paragraph("Nothing is on record any more.")]
    return modal(ids.View.DETAILS, TITLE, blocks)
