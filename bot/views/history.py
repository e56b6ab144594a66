"""The team's secrets, newest first, ten a page."""

from dataclasses import dataclass
from enum import StrEnum

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    DividerBlock,
    InteractiveElement,
    Option,
    OverflowMenuElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import TextObject

from bot.views import ids
from bot.views.parts import Json, modal, mrkdwn, paragraph, plain
from bot.views.place import Place, Whose
from bot.views.words import (
    address,
    clean,
    linked_label,
    local_date,
    mention,
    shown_label,
    status,
)
from storage.errors import DecodingError
from storage.model import HistoryPage, SecretId, State, Summary, UserId
from storage.policy import Policy

TITLE = "Secret history"
UNREADABLE = "Label cannot be read"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and what decides about what they see. ``command`` is what they type."""

    user: UserId
    command: str
    policy: Policy
    ticket_url: str = ""


class Verb(StrEnum):
    """What a row's menu offers."""

    DETAILS = "details"
    BURN = "burn"
    AGAIN = "again"
    EXPOSED = "exposed"


_VERBS = {
    Verb.DETAILS: "Details",
    Verb.BURN: "Burn",
    Verb.AGAIN: "Make a new one",
    Verb.EXPOSED: "Treat as exposed",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a row's menu, chosen."""

    verb: Verb
    id: SecretId


def build(page: HistoryPage, place: Place, viewer: Viewer) -> Json:
    """One page as ``viewer`` may see and use it; ``place`` is where it was asked for."""
    place = _settled(place, page)
    blocks: list[Block] = [_filters(place, viewer)]
    for number, row in enumerate(page.rows):
        blocks += [_row(number, row, viewer), DividerBlock()]
    if not page.rows:
        blocks.append(paragraph(_empty(page, place, viewer.command), ids.Block.TEXT))
    buttons = _pages(page, place)
    if buttons:
        blocks.append(ActionsBlock(block_id=ids.Block.PAGES, elements=buttons))
    return modal(ids.View.HISTORY, TITLE, blocks, metadata=str(place))


def _settled(place: Place, page: HistoryPage) -> Place:
    return Place(page.as_of_ms, place.starts, place.whose, place.state)


def _filters(place: Place, viewer: Viewer) -> ActionsBlock:
    """Two selects; no secret is ever typed in this view, so they may report each change."""
    states = {"all": "Every status"} | {state.value: state.capitalize() for state in State}
    elements: list[InteractiveElement] = []
    if viewer.policy.sees_team(viewer.user):
        whose: dict[str, str] = {Whose.TEAM: "Team", Whose.MINE: "Mine"}
        elements.append(_select(ids.Action.WHOSE, whose, place.whose))
    elements.append(_select(ids.Action.STATUS, states, place.state or "all"))
    return ActionsBlock(block_id=ids.Block.FILTERS, elements=elements)


def _select(action: ids.Action, texts: dict[str, str], chosen: str) -> StaticSelectElement:
    options = {value: Option(text=plain(text), value=value) for value, text in texts.items()}
    return StaticSelectElement(
        action_id=action,
        options=list(options.values()),
        initial_option=options[chosen],
    )


def _empty(page: HistoryPage, place: Place, command: str) -> str:
    if page.more:
        return "Nothing like that among the newest ones looked through. Older looks further back."
    if place.offset:
        return "Nothing older than this."
    if place.is_narrowed:
        return "Nothing like that."
    return (
        f"No secrets yet. Type {command} to make a link: you will see here whether and when "
        "it was opened, and you can burn it here."
    )


def _row(number: int, row: Summary, viewer: Viewer) -> SectionBlock:
    return SectionBlock(
        block_id=f"row-{number}",
        text=title(row, viewer.ticket_url),
        fields=[mrkdwn(text) for text in facts(row)],
        accessory=OverflowMenuElement(action_id=ids.Action.ROW_MENU, options=_menu(row, viewer)),
    )


def title(row: Summary, ticket_url: str) -> TextObject:
    """The label, as a link to its ticket where there is both."""
    if row.record is None:
        return plain(UNREADABLE)
    if ticket_url and clean(row.record.label):
        return mrkdwn(linked_label(row.record.label, ticket_url))
    return plain(shown_label(row.record.label))


def facts(row: Summary) -> list[str]:
    """What is known of a secret as mrkdwn, label apart: at most ten texts of ours."""
    return [
        f"*Status*\n{status(row.status)}",
        f"*Kind*\n{_kind(row)}",
        f"*Created*\n{_created(row)}",
        f"*Expires*\n{local_date(row.record.expires) if row.record else 'unknown'}",
        f"*Views*\n{row.status.views}",
        f"*Last opened*\n{_last_opened(row)}",
    ]


def _kind(row: Summary) -> str:
    kind = "Single use" if row.status.single_use else "Reusable"
    return f"{kind}, passphrase" if row.record and row.record.argon2 else kind


def _created(row: Summary) -> str:
    by = f" by {mention(row.record.creator)}" if row.record else ""
    return f"{local_date(row.created)}{by}"


def _last_opened(row: Summary) -> str:
    if row.status.last_opened is None:
        return "never"
    whence = f" from {address(row.last_reader)}" if row.last_reader else ""
    return f"{local_date(row.status.last_opened)}{whence}"


def can_burn(row: Summary, viewer: Viewer) -> bool:
    """Whether there is something left to burn, and this is somebody who may."""
    return (
        row.status.state is State.ACTIVE
        and row.record is not None
        and viewer.policy.may_burn(viewer.user, row.record.creator)
    )


def _menu(row: Summary, viewer: Viewer) -> list[Option]:
    offered = {
        Verb.DETAILS: True,
        Verb.BURN: can_burn(row, viewer),
        Verb.AGAIN: row.record is not None,
        Verb.EXPOSED: True,
    }
    return [
        Option(text=plain(_VERBS[verb]), value=f"{verb}:{row.id.value}")
        for verb, is_offered in offered.items()
        if is_offered
    ]


def _pages(page: HistoryPage, place: Place) -> list[InteractiveElement]:
    buttons: list[InteractiveElement] = []
    if place.offset:
        buttons.append(_button(ids.Action.NEWER, "Newer", place.newer()))
    if page.more:
        buttons.append(_button(ids.Action.OLDER, "Older", place.older(page.next_offset)))
    return buttons


def _button(action: ids.Action, text: str, place: Place) -> ButtonElement:
    return ButtonElement(action_id=action, text=plain(text), value=str(place))


def parse_choice(value: str) -> Choice:
    """Read a row menu's value. Raises DecodingError."""
    verb, _, name = value.partition(":")
    if verb not in set(Verb):
        raise DecodingError("not in the menu")
    return Choice(Verb(verb), SecretId(name))
