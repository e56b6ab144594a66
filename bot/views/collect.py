"""Behind the Collect button: what became of the request, and the way to its answer."""

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.views import ids, reminder
from bot.views.parts import Json, modal, note, paragraph, paragraphs, plain, small
from bot.views.words import local_date, mention, shown_label
from storage.languages import Language
from storage.model import CollectBy, Details, Event, Record, State, Status
from storage.tickets import LIFE, Purpose

TITLE = "Collect the answer"
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Nothing was changed. "
    "Close this window and press Collect again in a moment."
)
UNKNOWN = "There is no such request any more. Nothing was changed."
KEPT_LINK = "The page asks for the collect link that you kept when you made this request."
_MINUTES = LIFE[Purpose.COLLECT] // 60
# What can end a request early.
_ENDINGS = frozenset({
    Event.CANCELLED, Event.BURNED, Event.WITHDRAWN, Event.UNEXPECTED, Event.REPLACED,
})  # fmt: skip


def checking() -> Json:
    """What is shown while the store is asked: views come before any other I/O."""
    return note(TITLE, "Checking \N{HORIZONTAL ELLIPSIS}")


def ready(record: Record, status: Status, url: str, *, has_seed: bool) -> Json:
    """The way to the page. ``url`` holds a ticket for one person, and the seed if we have it."""
    when = f" {local_date(status.received)}" if status.received else ""
    button = ButtonElement(
        action_id=ids.Action.OPEN_COLLECT,
        text=plain("Open the collect page"),
        url=url,
        style="primary",
    )
    blocks: list[Block] = [
        _about(record),
        *paragraphs([f"An answer came in{when}, from somebody who has the request's link."]),
        paragraph(
            f"The button is for you alone, and for {_MINUTES} minutes. The answer is shown once: "
            "have your team's vault open to save it."
        ),
        ActionsBlock(block_id=ids.Block.COLLECT, elements=[button]),
    ]
    if not has_seed:
        blocks.insert(3, paragraph(KEPT_LINK))
    return _window(blocks)


def waiting(record: Record, language: Language | None = None) -> Json:
    """Nobody has answered: no button, since the page could show nothing but the same.

    The link with the seed leaves Slack only when there is something to collect.
    """
    until = local_date(record.expires)
    news = f"Nothing has come in yet. The link works until {until}. News comes in the thread."
    return _window([_about(record), *paragraphs([news]), *reminder.blocks(record, language)])


def not_for_you(record: Record) -> Json:
    """Somebody who may not, wherever they pressed."""
    if CollectBy.of(record.collect_by).channel:
        where = (
            "This answer is collected in the channel where it was asked for: press Collect there."
        )
        return _window([paragraph(where)])
    who = f"Only {mention(record.creator)} may collect this answer."
    return _window(paragraphs([who]))


def ended(found: Details) -> Json:
    """Too late, and why; the same can be asked for once more."""
    record, sid = found.summary.record, found.summary.id
    blocks: list[Block] = [] if record is None else [_about(record)]
    blocks += paragraphs([_what_happened(found)])
    if record:
        button = ButtonElement(
            action_id=ids.Action.ASK_AGAIN, text=plain("Ask again"), value=sid.value
        )
        blocks.append(ActionsBlock(block_id=ids.Block.AGAIN, elements=[button]))
    return _window([*blocks, small(f"Named {sid.ref} in the logs")])


def _window(blocks: Sequence[Block]) -> Json:
    return modal(ids.View.COLLECT, TITLE, blocks)


def _about(record: Record) -> Block:
    return paragraph(shown_label(record.what), ids.Block.WHAT)


def _what_happened(found: Details) -> str:
    """One or two sentences, as mrkdwn of ours."""
    status = found.summary.status
    at = f" {local_date(status.at)}" if status.at else ""
    match status.state:
        case State.COLLECTED:
            who = mention(status.collector) if status.collector else "somebody"
            return (
                f"Collected by {who}{at}, and destroyed here. It is in your team's vault, or with "
                "whoever collected it. Was the page closed too early? Ask again."
            )
        case State.EXPIRED:
            return _expired(status, at)
        case State.BURNED:
            return f"{_burned(found)}{_unread(status)}"
        case State.LOST:
            return _lost(status)
        case _:
            return (
                "Something else than this server changed this request in the store, so it is not "
                "used any more. Ask whoever runs slash-secret before you ask again."
            )


def _lost(status: Status) -> str:
    if status.key_missing:
        return (
            "This request was made under a server key that is no longer configured, so its "
            "answer cannot be collected. Tell whoever runs slash-secret."
        )
    if status.went_back:
        return (
            "The store was set back to an earlier time, so this request may have been answered "
            "or collected since, and is held back. Ask whoever runs slash-secret, who has an "
            "alarm about it, before you ask again."
        )
    return (
        "The store lost this request before its time, or could not make sure of its collection "
        "and handed nothing out. Nobody saw an answer to it. Whoever runs slash-secret has an "
        "alarm about it."
    )


def _expired(status: Status, at: str) -> str:
    if status.received:
        return (
            f"An answer came in {local_date(status.received)}, and nobody collected it before "
            f"the request expired{at}. It was destroyed unread."
        )
    return f"Nobody answered before the request expired{at}."


def _burned(found: Details) -> str:
    last = next((entry for entry in reversed(found.trail) if entry.event in _ENDINGS), None)
    when = f" {local_date(last.at)}" if last else ""
    who = f" by {mention(last.by)}" if last and last.by else ""
    match last and last.event:
        case Event.WITHDRAWN:
            return f"Withdrawn{when} with the request's own link."
        case Event.UNEXPECTED:
            return (
                f"Burned{when} with the request's own link, by somebody who did not expect it. "
                "Find out who got it before you ask again."
            )
        case Event.REPLACED:
            return f"Taken back{when}, because its link never arrived in Slack."
        case _:
            return f"Cancelled{who}{when}."


def _unread(status: Status) -> str:
    return " The answer that had come in was destroyed unread." if status.received else ""
