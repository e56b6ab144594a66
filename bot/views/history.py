"""The team's secrets and requests, newest first, ten a page."""

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
    channel,
    clean,
    linked_label,
    local_date,
    mention,
    shown_label,
    status,
)
from storage.errors import DecodingError
from storage.model import LIVING, CollectBy, HistoryPage, Record, SecretId, State, Summary, UserId
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

    def __str__(self) -> str:
        return f"{self.verb}:{self.id.value}"


def build(page: HistoryPage, place: Place, viewer: Viewer) -> Json:
    """One page as ``viewer`` may see and use it; ``place`` is where it was asked for."""
    place = settled(place, page)
    blocks: list[Block] = [filters(place, viewer)]
    for number, row in enumerate(page.rows):
        blocks += [_row(number, row, viewer), DividerBlock()]
    if not page.rows:
        blocks.append(paragraph(empty(page, place, viewer.command), ids.Block.TEXT))
    buttons = pages(page, place)
    if buttons:
        blocks.append(ActionsBlock(block_id=ids.Block.PAGES, elements=buttons))
    return modal(ids.View.HISTORY, TITLE, blocks, metadata=str(place))


def settled(place: Place, page: HistoryPage) -> Place:
    """The place with the moment that the page is of."""
    return Place(page.as_of_ms, place.starts, place.whose, place.state)


def filters(place: Place, viewer: Viewer) -> ActionsBlock:
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


def empty(page: HistoryPage, place: Place, command: str) -> str:
    """What stands where there is no row."""
    if page.more:
        return "Nothing like that among the newest ones looked through. Older looks further back."
    if place.offset:
        return "Nothing older than this."
    if place.is_narrowed:
        return "Nothing like that."
    return (
        f"No secrets yet. Type {command} to make a link, or {command} request to ask a customer for "
        "login details: you will see here what became of it, and you can burn it here."
    )


def _row(number: int, row: Summary, viewer: Viewer) -> SectionBlock:
    return SectionBlock(
        block_id=f"row-{number}",
        text=title(row, viewer.ticket_url),
        fields=facts(row),
        accessory=OverflowMenuElement(action_id=ids.Action.ROW_MENU, options=_menu(row, viewer)),
    )


def title(row: Summary, ticket_url: str) -> TextObject:
    """The label, as a link to its ticket where there is both."""
    if row.record is None:
        return plain(UNREADABLE)
    if ticket_url and clean(row.record.label):
        return mrkdwn(linked_label(row.record.label, ticket_url))
    return plain(shown_label(row.record.label))


def facts(row: Summary) -> list[TextObject]:
    """What is known of a secret or a request, label apart: at most the ten that a block takes."""
    if row.record and row.record.is_request:
        return _of_request(row, row.record)
    return [
        _fact("Status", status(row.status)),
        _fact("Kind", kind(row)),
        _fact("Created", _created(row)),
        _fact("Expires", local_date(row.record.expires) if row.record else "unknown"),
        _fact("Views", str(row.status.views)),
        _fact("Last opened", _last_opened(row)),
    ]


def _of_request(row: Summary, record: Record) -> list[TextObject]:
    return [
        _fact("Status", status(row.status)),
        _fact("Kind", "Request"),
        # What an agent wrote stands in plain text, where nothing formats.
        plain(f"What\n{_what(record)}"),
        _fact("Who may collect", _who_may_collect(record)),
        _fact("Created", _created(row)),
        _fact("Expires", local_date(record.expires)),
        _fact("Received", local_date(row.status.received) if row.status.received else "never"),
        _fact("Collected", _collected(row)),
    ]


def _what(record: Record) -> str:
    names = ", ".join(shown_label(field) for field in record.fields)
    return f"{shown_label(record.what)}: {names}" if names else shown_label(record.what)


def _fact(name: str, value: str) -> TextObject:
    """``value`` is mrkdwn of ours."""
    return mrkdwn(f"*{name}*\n{value}")


def kind(row: Summary) -> str:
    """Of a secret that is shared: how often it opens, and whether with a passphrase."""
    access = "Single use" if row.status.single_use else "Reusable"
    return f"{access}, passphrase" if row.record and row.record.argon2 else access


def _who_may_collect(record: Record) -> str:
    room = CollectBy.of(record.collect_by).channel
    return f"Everybody in {channel(room)}" if room else mention(record.creator)


def _created(row: Summary) -> str:
    by = f" by {mention(row.record.creator)}" if row.record else ""
    return f"{local_date(row.created)}{by}"


def _last_opened(row: Summary) -> str:
    if row.status.last_opened is None:
        return "never"
    whence = f" from {address(row.last_reader)}" if row.last_reader else ""
    return f"{local_date(row.status.last_opened)}{whence}"


def _collected(row: Summary) -> str:
    if row.status.last_opened is None:
        return "never"
    by = f" by {mention(row.status.collector)}" if row.status.collector else ""
    return f"{local_date(row.status.last_opened)}{by}"


def can_burn(row: Summary, viewer: Viewer) -> bool:
    """Whether there is something left to burn, and this is somebody who may."""
    return (
        row.status.state in LIVING
        and row.record is not None
        and viewer.policy.may_burn(viewer.user, row.record.creator)
    )


def offered(row: Summary, viewer: Viewer) -> dict[Verb, str]:
    """What ``viewer`` can do with a row, and how it is called."""
    can = {
        Verb.DETAILS: True,
        Verb.BURN: can_burn(row, viewer),
        Verb.AGAIN: row.record is not None,
        Verb.EXPOSED: True,
    }
    return {verb: _VERBS[verb] for verb, is_possible in can.items() if is_possible}


def _menu(row: Summary, viewer: Viewer) -> list[Option]:
    return [
        Option(text=plain(text), value=str(Choice(verb, row.id)))
        for verb, text in offered(row, viewer).items()
    ]


def pages(page: HistoryPage, place: Place) -> list[InteractiveElement]:
    """The ways to what is newer and older, where there are any."""
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
