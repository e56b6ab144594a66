"""The team's secrets, newest first, ten a page."""

from dataclasses import dataclass
from enum import StrEnum

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    DividerBlock,
    Option,
    OverflowMenuElement,
    SectionBlock,
)

from bot.views import ids
from bot.views.parts import Json, modal, mrkdwn, paragraph, plain
from bot.views.words import address, local_date, mention, shown_label, status
from storage.errors import DecodingError
from storage.model import HistoryPage, SecretId, State, Summary, UserId

TITLE = "Secret history"
PAGE = 10
UNREADABLE = "Label cannot be read"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the history a view stands: rows from ``offset`` on, as of a moment."""

    as_of_ms: int
    offset: int

    def __str__(self) -> str:
        return f"{self.as_of_ms}:{self.offset}"


class Verb(StrEnum):
    """What a row's menu offers."""

    DETAILS = "details"
    BURN = "burn"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a row's menu, chosen."""

    verb: Verb
    id: SecretId


def build(page: HistoryPage, viewer: UserId, command: str) -> Json:
    """One page as ``viewer`` may see and use it."""
    blocks: list[Block] = []
    for number, row in enumerate(page.rows):
        blocks += [_row(number, row, viewer), DividerBlock()]
    if not page.rows:
        blocks.append(_empty(page, command))
    buttons = _pages(page)
    if buttons:
        blocks.append(ActionsBlock(block_id=ids.Block.PAGES, elements=buttons))
    place = Place(page.as_of_ms, page.offset)
    return modal(ids.View.HISTORY, TITLE, blocks, metadata=str(place))


def _empty(page: HistoryPage, command: str) -> SectionBlock:
    if page.offset:
        return paragraph("Nothing older than this.", ids.Block.TEXT)
    return paragraph(
        f"No secrets yet. Type {command} to make a link: you will see here whether and when "
        "it was opened, and you can burn it here.",
        ids.Block.TEXT,
    )


def _row(number: int, row: Summary, viewer: UserId) -> SectionBlock:
    label = UNREADABLE if row.record is None else shown_label(row.record.label)
    return SectionBlock(
        block_id=f"row-{number}",
        text=plain(label),
        fields=[mrkdwn(text) for text in facts(row)],
        accessory=OverflowMenuElement(action_id=ids.Action.ROW_MENU, options=_menu(row, viewer)),
    )


def facts(row: Summary) -> list[str]:
    """What is known of a secret as mrkdwn, label apart: at most ten texts of ours."""
    return [
        f"*Status*\n{status(row.status)}",
        f"*Kind*\n{'Single use' if row.status.single_use else 'Reusable'}",
        f"*Created*\n{_created(row)}",
        f"*Expires*\n{local_date(row.record.expires) if row.record else 'unknown'}",
        f"*Views*\n{row.status.views}",
        f"*Last opened*\n{_last_opened(row)}",
    ]


def _created(row: Summary) -> str:
    by = f" by {mention(row.record.creator)}" if row.record else ""
    return f"{local_date(row.created)}{by}"


def _last_opened(row: Summary) -> str:
    if row.status.last_opened is None:
        return "never"
    whence = f" from {address(row.last_reader)}" if row.last_reader else ""
    return f"{local_date(row.status.last_opened)}{whence}"


def can_burn(row: Summary, viewer: UserId) -> bool:
    """Whether there is something left to burn, and this is the person who may."""
    return (
        row.status.state is State.ACTIVE and row.record is not None and row.record.creator == viewer
    )


def _menu(row: Summary, viewer: UserId) -> list[Option]:
    verbs = [Verb.DETAILS, Verb.BURN] if can_burn(row, viewer) else [Verb.DETAILS]
    return [Option(text=plain(verb.capitalize()), value=f"{verb}:{row.id.value}") for verb in verbs]


def _pages(page: HistoryPage) -> list[ButtonElement]:
    buttons = []
    if page.offset:
        newer = Place(page.as_of_ms, max(0, page.offset - PAGE))
        buttons.append(
            ButtonElement(action_id=ids.Action.NEWER, text=plain("Newer"), value=str(newer))
        )
    if page.more:
        older = Place(page.as_of_ms, page.offset + PAGE)
        buttons.append(
            ButtonElement(action_id=ids.Action.OLDER, text=plain("Older"), value=str(older))
        )
    return buttons


def parse(text: str) -> Place:
    """Read a page button's value or a history view's metadata. Raises DecodingError."""
    as_of_ms, colon, offset = text.partition(":")
    if not (colon and _is_count(as_of_ms) and _is_count(offset)):
        raise DecodingError("not a place in the history")
    return Place(int(as_of_ms), int(offset))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("9999999999999")


def parse_choice(value: str) -> Choice:
    """Read a row menu's value. Raises DecodingError."""
    verb, _, name = value.partition(":")
    if verb not in set(Verb):
        raise DecodingError("not in the menu")
    return Choice(Verb(verb), SecretId(name))
