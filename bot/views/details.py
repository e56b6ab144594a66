"""One secret or request with everything that happened to it."""

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    DividerBlock,
    InteractiveElement,
    SectionBlock,
)

from bot.views import ids, reminder
from bot.views.history import Choice, Verb, Viewer, facts, offered, title
from bot.views.parts import Json, modal, paragraph, paragraphs, plain, small
from bot.views.words import event, local_date
from storage.model import Details, State, Summary

TITLE = "Details"


def build(details: Details, ticket_url: str = "", viewer: Viewer | None = None) -> Json:
    """The record, then the trail, oldest first.

    ``viewer``: opened from App Home, where a row has no menu, so that what it would offer stands here.
    """
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
    if viewer:
        blocks.append(_buttons(row, viewer))
    if row.record and row.status.state is State.WAITING:
        blocks += reminder.blocks(row.record, row.language)
    blocks.append(DividerBlock())
    if details.trimmed:
        entries = "entry is" if details.trimmed == 1 else "entries are"
        blocks.append(small(f"{details.trimmed} older {entries} no longer kept."))
    blocks += paragraphs(lines) or [paragraph("Nothing is on record any more.")]
    return modal(ids.View.DETAILS, TITLE, blocks)


def _buttons(row: Summary, viewer: Viewer) -> ActionsBlock:
    verbs = {verb: text for verb, text in offered(row, viewer).items() if verb != Verb.DETAILS}
    buttons: list[InteractiveElement] = [
        ButtonElement(
            action_id=f"{ids.Action.ROW_BUTTON}_{verb}",
            text=plain(text),
            value=str(Choice(verb, row.id)),
            style="danger" if verb is Verb.BURN else None,
        )
        for verb, text in verbs.items()
    ]
    return ActionsBlock(block_id=ids.Block.ROW, elements=buttons)
