"""App Home: both forms, what needs attention, the history as a table, and policies for admins."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InteractiveElement,
    SectionBlock,
)

from bot.views import allowed, history, ids, rows, share, wording
from bot.views.history import Viewer
from bot.views.parts import Json, mrkdwn, notice, paragraph, plain, small
from bot.views.place import Place
from bot.views.words import local_date
from storage.attention import Concern, Reason
from storage.model import HistoryPage, Seconds
from storage.wording import Texts

REQUEST = "Request credentials"
ATTENTION = "Needs attention"
HISTORY = "History"
CONCERNS = 5
ALL_WELL = (
    "Nothing right now. Here stands what expires unopened within three hours, what a customer sent "
    "and nobody collected, and where somebody tried again or typed wrong passphrases."
)
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Turn to another tab and back "
    "to try again."
)
LOOK = "Look"
BY_NUMBER = "Open a row by its number:"
_SPOKEN = 75


@dataclass(frozen=True, slots=True)
class Shown:
    """What the store gave for one person's Home. ``at`` is when."""

    page: HistoryPage
    place: Place
    concerns: Sequence[Concern]
    at: Seconds
    templates: Texts = field(default_factory=dict)


def build(shown: Shown, viewer: Viewer, *, data_table: bool) -> Json:
    """The whole tab. ``data_table``: with Slack's newer table, which not every Slack takes."""
    place = history.settled(shown.place, shown.page)
    blocks = [
        _begin(viewer),
        HeaderBlock(text=plain(ATTENTION)),
        *_attention(shown.concerns, viewer),
        HeaderBlock(text=plain(HISTORY)),
        history.filters(place, viewer),
    ]
    made = [block.to_dict() for block in blocks]
    if shown.page.rows:
        made.append(rows.table(shown.page.rows, data_table=data_table))
        made += [small(BY_NUMBER).to_dict(), _numbers(shown.page).to_dict()]
    else:
        text = history.empty(shown.page, place, viewer.command)
        made.append(paragraph(text, ids.Block.TEXT).to_dict())
    below = list[Block]()
    if buttons := history.pages(shown.page, place):
        below.append(ActionsBlock(block_id=ids.Block.PAGES, elements=buttons))
    if viewer.user in viewer.policy.admins:
        below += [DividerBlock(), *wording.in_home(shown.templates)]
        below += allowed.blocks(viewer.policy)
    below.append(_foot(shown.at, viewer.command))
    return _home(made + [block.to_dict() for block in below], place)


def unreachable(viewer: Viewer, place: Place) -> Json:
    """Without the store: both forms, and that the rest is not there."""
    return _home([_begin(viewer).to_dict(), notice(UNREACHABLE).to_dict()], place)


def _home(blocks: list[Json], place: Place) -> Json:
    # Plain JSON, since slack_sdk has no class for a data_table.
    return {"type": "home", "private_metadata": str(place), "blocks": blocks}


def _begin(viewer: Viewer) -> ActionsBlock:
    buttons: list[InteractiveElement] = [
        ButtonElement(action_id=ids.Action.HOME_SHARE, text=plain(share.TITLE), style="primary")
    ]
    if viewer.policy.requests:
        buttons.append(ButtonElement(action_id=ids.Action.HOME_REQUEST, text=plain(REQUEST)))
    return ActionsBlock(block_id=ids.Block.BEGIN, elements=buttons)


def _attention(concerns: Sequence[Concern], viewer: Viewer) -> list[Block]:
    if not concerns:
        return [paragraph(ALL_WELL)]
    blocks: list[Block] = [
        _concern(number, one, viewer) for number, one in enumerate(concerns[:CONCERNS])
    ]
    if (more := len(concerns) - CONCERNS) > 0:
        blocks.append(small(f"And {more} more, further down in the history."))
    return blocks


def _concern(number: int, concern: Concern, viewer: Viewer) -> SectionBlock:
    row = concern.summary
    return SectionBlock(
        block_id=f"concern-{number}",
        text=history.title(row, viewer.ticket_url),
        fields=[mrkdwn(_why(concern))],
        accessory=ButtonElement(action_id=ids.Action.LOOK, text=plain(LOOK), value=row.id.value),
    )


def _why(concern: Concern) -> str:
    when = local_date(concern.at)
    match concern.reason:
        case Reason.TRIED_AGAIN if concern.summary.status.is_request:
            return f"*Answered once more*, perhaps by the same person, {when}"
        case Reason.TRIED_AGAIN:
            return f"*Opened again*, perhaps by the same person, {when}"
        case Reason.DESTROYED:
            return f"*Destroyed* after five wrong passphrases, {when}"
        case Reason.EXPIRING if concern.summary.status.is_request:
            return f"*Nobody has answered*, and it expires {when}"
        case Reason.EXPIRING:
            return f"*Not opened*, and it expires {when}"
        case Reason.UNCOLLECTED:
            return f"*Received* {when}, and nobody has collected it"


def _numbers(page: HistoryPage) -> ActionsBlock:
    """A table's rows cannot be pressed: a button for each, with the row's number."""
    buttons: list[InteractiveElement] = [
        ButtonElement(
            action_id=f"{ids.Action.LOOK}_{number}",
            text=plain(str(number)),
            value=row.id.value,
            accessibility_label=f"Row {number}, {rows.named(row)}"[:_SPOKEN],
        )
        for number, row in enumerate(page.rows, 1)
    ]
    return ActionsBlock(block_id=ids.Block.ROWS, elements=buttons)


def _foot(at: Seconds, command: str) -> ContextBlock:
    text = f"As of {local_date(at)}. {command} help has the rules and what each status means."
    return ContextBlock(elements=[mrkdwn(text)])
