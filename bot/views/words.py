"""How things are said in Slack: clean labels, escaped text, dates, statuses, events."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from storage import texts
from storage.model import AuditEntry, Event, Reader, Seconds, State, Status, UserId

LABEL_LIMIT = texts.LABEL_LIMIT
is_blank, clean = texts.is_blank, texts.clean
BROKEN_BAR = "\N{BROKEN BAR}"

# strftime would use the server's language; links go out in English.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_USER = re.compile(r"[UW][A-Z0-9]{1,30}\Z")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}\Z")
_NOT_BROWSER = re.compile(r"[^A-Za-z0-9 ./()-]+")
_NOT_ADDRESS = re.compile(r"[^0-9A-Fa-f.:/]+")


def escape(text: str) -> str:
    """Slack's three control characters as entities, in any text object.

    Slack decodes exactly these for display and does not read the result again, so that no
    mention, link or date token can be made by the text.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked_label(label: str, ticket_url: str) -> str:
    """A stored label as mrkdwn that leads to its ticket.

    ``ticket_url`` is an operator's https address, checked at the start, with ``{label}`` behind
    its host. The label cannot leave its place in it, percent-encoded as it is; in the text it is
    escaped, and has no bar, which would split the link.
    """
    shown = shown_label(label)
    address = ticket_url.replace("{label}", quote(shown, safe=""))
    return f"<{escape(address)}|{escape(shown.replace('|', BROKEN_BAR))}>"


def shown_label(label: str) -> str:
    """A stored label, cleaned and capped once more: whoever wrote it, it stays one short line."""
    return clean(label)[:LABEL_LIMIT] or "No label"


def typeable(label: str) -> str:
    """A label for places where Slack may or may not read entities: fields, and text to copy.

    Its three control characters are sent neither as they are nor as entities, but as their
    full-width letters.
    """
    return clean(label)[:LABEL_LIMIT].translate(_FULL_WIDTH)


_FULL_WIDTH = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "&<>"})


def date(at: Seconds) -> str:
    """For texts to copy, the same in every language and time zone: 24 November 2026, 16:00 UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def local_date(at: Seconds, *, to_the_second: bool = False) -> str:
    """A mrkdwn token that Slack shows in the viewer's own time zone, with UTC as the fallback."""
    time = "{time_secs}" if to_the_second else "{time}"
    return f"<!date^{at}^{{date_short_pretty}}, {time}|{date(at)}>"


def is_person(user: UserId) -> bool:
    """Whether this reads as the id of a person, and not of a channel or anything else."""
    return bool(_USER.match(user))


def mention(user: UserId) -> str:
    """A name in mrkdwn; in a modal it notifies nobody."""
    return f"<@{user}>" if is_person(user) else "somebody"


def channel(name: str) -> str:
    """A channel's name in mrkdwn; Slack shows that of a private one to its members only."""
    return f"<#{name}>" if _CHANNEL.match(name) else "a channel"


def address(reader: Reader) -> str:
    """The reader's address, reduced to the letters that addresses have."""
    return _NOT_ADDRESS.sub("", reader.address)[:45] or "an unknown address"


def browser(reader: Reader) -> str:
    """The reader's browser, reduced to letters that format nothing: readers can send any text."""
    return _NOT_BROWSER.sub("", reader.browser)[:60].strip() or "an unknown browser"


def whence(entry: AuditEntry) -> str:
    """When, and from which address and browser, as mrkdwn."""
    when = local_date(entry.at, to_the_second=True)
    if entry.reader is None:
        return when
    return f"{when}, from {address(entry.reader)}, {browser(entry.reader)}"


def views(count: int) -> str:
    """``1 view``, ``3 views``."""
    return f"{count} view" if count == 1 else f"{count} views"


def status(value: Status) -> str:
    """The word or words of the history."""
    match value:
        case Status(state=State.VIEWED, confirmed=False):
            return "Viewed, not confirmed"
        case Status(state=State.EXPIRED, views=0, is_request=False):
            return "unopened, expired"
        case Status(state=State.LOST, key_missing=True):
            return "Lost, key missing"
        case Status(state=State.LOST, went_back=True):
            return "Lost, the store went back"
        case Status(state=State.ACTIVE | State.EXPIRED | State.BURNED, single_use=False):
            return f"{value.state.capitalize()}, {views(value.views)}"
        case _:
            return value.state.capitalize()


def event(entry: AuditEntry) -> str:
    """One line of a secret's trail in plain words, as mrkdwn."""
    who = f" by {mention(entry.by)}" if entry.by else ""
    whence = f" from {address(entry.reader)}, {browser(entry.reader)}" if entry.reader else ""
    return f"{_EVENTS[entry.event]}{who}{whence}"


_EVENTS = {
    Event.CREATED: "Created",
    Event.OPENED: "Opened",
    Event.RETRIED: "Sent once more to the page that opened it, whose connection broke,",
    Event.CONFIRMED: "Confirmed: the page showed it",
    Event.REFUSED: "Opened again, perhaps by the same person, and refused",
    Event.WRONG_PASSPHRASE: "Wrong passphrase",
    Event.DESTROYED: "Destroyed after five wrong passphrases",
    Event.REFUSED_BY_POLICY: "Refused by a policy of this team",
    Event.BURNED: "Burned",
    Event.CANCELLED: "Cancelled before anybody answered",
    Event.WITHDRAWN: "Withdrawn with the request's own link",
    Event.UNEXPECTED: "Burned with the request's own link, as not expected,",
    Event.SUBMITTED: "Answered",
    Event.SECOND_ATTEMPT: "Answered once more, perhaps by the same person, and refused",
    Event.COLLECTED: "Collected",
    Event.SAVED: "Saved in the vault, and cleared from the page,",
    Event.NUDGED: "Told to its creator: it ends soon, and nobody has opened or answered it",
    Event.EXTENDED: "Extended",
    Event.REPLACED: "Destroyed because its link never arrived in Slack, and replaced",
    Event.POSTED: "Its message in Slack was found after its end, and is taken away",
    Event.CLOSED: "Closed for retries",
    Event.EXPIRED: "Expired",
    Event.LOST: "Lost: the store no longer had it",
    Event.ENDED_AGAIN: "Ended once more, because the store went back to a time before its end",
    Event.WENT_BACK: "The store went back to an earlier time",
    Event.TEMPLATES_CHANGED: "Message templates changed",
    Event.RESTORE_ACCEPTED: "What the store went back to was accepted",
    Event.WITHHELD: "Withheld, and lost: the store could not make sure of the opening, so nothing was "
    "handed out, and nobody saw it",
    Event.TAMPERED: "Tampered with: something else than this server changed it",
}
