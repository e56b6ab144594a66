"""Every view and message that the bot can make, by a name, from its own builders."""

from dataclasses import replace

from bot.app import SORRY
from bot.listeners.opening import COULD_NOT_OPEN
from bot.messages import message
from bot.original import Original
from bot.views import (
    burn,
    details,
    exposed,
    history,
    ids,
    link_ready,
    making,
    moved,
    notice,
    nudge,
    parts,
    refusal,
    request_news,
    share,
    wording,
)
from bot.views import (
    help as help_page,
)
from bot.views.burn import Asked
from bot.views.history import Viewer
from bot.views.link_ready import Origin
from bot.views.outlet import Words
from bot.views.place import Place, Whose
from bot.views.words import typeable
from storage import envelope
from storage.languages import Language
from storage.model import (
    AuditEntry,
    CollectBy,
    Details,
    Event,
    HistoryPage,
    Kind,
    Lifetime,
    Link,
    Preset,
    Reader,
    Record,
    Seconds,
    SecretId,
    State,
    Status,
    Summary,
    UserId,
    Verifiers,
    WorkspaceId,
)
from storage.notices import NEVER, EntryId, Noticed
from storage.outcomes import (
    AgainstPolicy,
    AlreadyEnded,
    Burned,
    Extended,
    Full,
    NotAllowed,
    NotUntouched,
    Rule,
    Shared,
    Unavailable,
)
from storage.policy import HistoryScope, Policy
from storage.tickets import Ticket
from storage.wording import Occasion, Outlet
from tests.browser.sandbox import pretend, request_scenes
from tests.browser.sandbox.pretend import Json

ANNA, CLARA = UserId(pretend.ANNA), UserId(pretend.CLARA)
WORKSPACE = WorkspaceId("T0EXAMPLE")
AT = Seconds(1795536000)
READER = Reader("203.0.113.7", "Firefox on Windows")
COMMAND = "/secret"
ANNAS = Viewer(ANNA, COMMAND, Policy())
ADMINS = Viewer(
    CLARA,
    COMMAND,
    Policy(admins=frozenset({CLARA})),
    "https://desk.example.com/find?in=all&q={label}#top",
)
FIRST = Place()
COMPOSE = "https://secret.example.com/new#" + "t" * 500
SECOND = Place(1795536000123, (0, 10), Whose.MINE, State.VIEWED)


def row(state: State, label: str = "ACME, ticket 4711", **status: object) -> Summary:
    """A row of the history."""
    sid = SecretId.new(WORKSPACE)
    single_use = bool(status.pop("single_use", True))
    known = Record(
        sid, WORKSPACE, ANNA, Kind.SHARE, label, "Example", "anna", "", (), single_use,
        AT, Seconds(AT + 86400), None, Verifiers(b""), b"", "", "key",
    )  # fmt: skip
    made = Status(state, single_use, **status)  # type: ignore[arg-type]
    return Summary(sid, AT, made, known, READER if made.views else None)


def asked(state: State, label: str = "ACME, ticket 4711", **status: object) -> Summary:
    """A row of a request; ``channel`` is whose members may collect."""
    channel = str(status.pop("channel", ""))
    known = row(state, label, is_request=True, **status)
    assert known.record
    record = replace(
        known.record,
        kind=Kind.REQUEST,
        what="Admin login for your shop",
        fields=("Login page", "Username", "Password"),
        collect_by=str(CollectBy(channel)),
    )
    return replace(known, record=record)


def requests(label: str = "ACME, ticket 4711") -> tuple[Summary, ...]:
    """One of every kind."""
    came = {"received": AT}
    return (
        asked(State.WAITING, label),
        asked(State.RECEIVED, label, channel="C0SUPPORT", **came),
        asked(State.COLLECTED, label, last_opened=AT, collector=CLARA, **came),
        asked(State.EXPIRED, label),
        asked(State.BURNED, label, **came),
        asked(State.LOST, label, **came),
    )


def rows(label: str = "ACME, ticket 4711") -> tuple[Summary, ...]:
    """One of every kind."""
    opened = {"views": 1, "last_opened": AT}
    return (
        row(State.ACTIVE, label),
        row(State.ACTIVE, label, single_use=False, views=3, last_opened=AT),
        row(State.VIEWED, label, confirmed=True, **opened),
        row(State.VIEWED, label, **opened),
        row(State.EXPIRED, label),
        row(State.EXPIRED, label, single_use=False, **opened),
        row(State.BURNED, label),
        row(State.LOST, label),
        row(State.LOST, label, key_missing=True),
        replace(row(State.TAMPERED, label), record=None),
    )


def nudged(one: Noticed, longer: int | None = 2 * 86400) -> Noticed:
    """The same, with that many seconds from its creation to live if it is extended."""
    return replace(one, longer=Seconds(AT + longer) if longer else None)


def page(*found: Summary, more: bool = False) -> HistoryPage:
    """A page of the history."""
    return HistoryPage(found, 1795536000123, 0, 10, more=more)


def shared(*, single_use: bool = True, has_passphrase: bool = False) -> Shared:
    """A link as the vault gives it."""
    sid = SecretId.new(WORKSPACE)
    link = Link(Kind.SHARE, sid, envelope.new_link_key(Kind.SHARE, sid)[1])
    return replace(Shared(link, AT, single_use), has_passphrase=has_passphrase)


def ready(url: str, **how: bool) -> Json:
    """The view with the link."""
    return link_ready.build(shared(**how), url, Ticket(b"t" * 400))


def trail(*events: Event, by: UserId | None = None) -> tuple[AuditEntry, ...]:
    """What happened, a minute apart."""
    return tuple(
        AuditEntry(Seconds(AT + 60 * number), event, by, READER)
        for number, event in enumerate(events)
    )


def noticed(*events: Event, state: State, label: str = "ACME", **status: object) -> Noticed:
    """A secret to which this happened after it was made."""
    entries = trail(Event.CREATED, *events, by=CLARA)
    numbered = tuple((EntryId(number, 0), entry) for number, entry in enumerate(entries, 1))
    summary = row(state, label, views=events.count(Event.OPENED), **status)
    return Noticed(summary, ANNA, numbered, numbered[-1][0])


def views(url: str, label: str = "ACME, ticket 4711") -> dict[str, Json]:
    """Every modal; ``url`` is where links lead to."""
    active, ended = row(State.ACTIVE, label), row(State.BURNED, label)
    question = Asked(active.id, FIRST)
    every = Details(active, trail(*Event), 3)
    waiting, received, collected, *_, burned, _ = requests(label)
    open_request, answered = Details(waiting, (), 0), Details(received, (), 0)
    no_requests = replace(ANNAS, policy=Policy(requests=False))
    full = AgainstPolicy(Rule.CREATES_PER_HOUR, None)
    strict = Policy(require_passphrase=True, max_lifetime=Lifetime(3600))
    block, sentence = refusal.explained(full, strict, AT)
    preset = Preset(Lifetime(604800), single_use=False)
    own = replace(ANNAS, policy=Policy(history_scope=HistoryScope.OWN))
    return {
        "share": share.build(),
        "share-warning": share.build(typed_after=COMMAND),
        "share-prefilled": share.build(Policy(), share.Prefill(preset, label)),
        "share-strict": share.build(strict),
        "share-refused": {**share.build(), "errors": {block.value: sentence}},
        "link-ready": ready(url),
        "link-ready-reusable": ready(url, single_use=False),
        "link-ready-passphrase": ready(url, has_passphrase=True),
        "link-ready-notice": parts.with_notice(ready(url), "Not burned. Press Burn again."),
        **_moved(url, label),
        **_worded(url, label),
        "making": making.build(COMMAND),
        "making-failed": making.failed(making.UNREACHABLE, COMMAND),
        "making-full": making.failed(making.FULL, COMMAND),
        "making-lost": parts.note(making.FAILED, making.LOST.format(command=COMMAND)),
        "loading": parts.loading(history.TITLE),
        "history": history.build(page(*rows(label), more=True), FIRST, ANNAS),
        "history-admin": history.build(page(*rows(label)), SECOND, ADMINS),
        "history-requests": history.build(page(*requests(label)), FIRST, ANNAS),
        "history-own": history.build(page(active), FIRST, own),
        "history-empty": history.build(page(), FIRST, ANNAS),
        "history-nothing-like-that": history.build(page(), replace(SECOND, starts=(0,)), ANNAS),
        "history-nothing-older": history.build(page(), SECOND, ANNAS),
        "history-look-further": history.build(page(more=True), FIRST, ANNAS),
        "details": details.build(every),
        "details-ticket": details.build(every, ADMINS.ticket_url),
        "details-nothing": details.build(Details(ended, (), 0)),
        "details-waiting": details.build(open_request),
        "details-collected": details.build(Details(collected, trail(*Event, by=CLARA), 0)),
        "burn": burn.build(every, ANNAS, FIRST),
        "burn-not-yours": burn.build(every, replace(ANNAS, user=UserId("U0BEN")), FIRST),
        "burn-ended": burn.build(Details(ended, (), 0), ANNAS, FIRST),
        "burn-again": burn.again(question),
        "burned": burn.result(Burned(ended)),
        "burned-before": burn.result(AlreadyEnded(ended)),
        "burned-not-allowed": burn.result(NotAllowed()),
        "burned-unknown": burn.result(Unavailable()),
        "burn-waiting": burn.build(open_request, ANNAS, FIRST),
        "burn-answered": burn.build(answered, ANNAS, FIRST),
        "burned-waiting": burn.result(Burned(asked(State.BURNED, label))),
        "burned-answered": burn.result(Burned(burned)),
        "exposed": exposed.build(every, ANNAS, FIRST),
        "exposed-again": exposed.again(question),
        "exposed-told": exposed.told(ended, ANNAS),
        "exposed-waiting": exposed.build(open_request, ANNAS, FIRST),
        "exposed-answered": exposed.build(answered, ANNAS, FIRST),
        "exposed-told-unanswered": exposed.told(asked(State.BURNED, label), ANNAS),
        "exposed-told-answered": exposed.told(collected, ANNAS),
        "exposed-told-no-requests": exposed.told(ended, no_requests),
        "exposed-can-be-collected": exposed.told(received, ANNAS),
        "exposed-still-works": exposed.told(active, ANNAS),
        "extended": nudge.result(Extended(active)),
        "extended-request": nudge.result(Extended(waiting)),
        "extend-too-late": nudge.result(NotUntouched(row(State.VIEWED, label, views=1))),
        "extend-at-most": nudge.result(AgainstPolicy(Rule.MAX_LIFETIME)),
        "extend-not-yours": nudge.result(NotAllowed()),
        "extend-full": nudge.result(Full()),
        "extend-unknown": nudge.result(Unavailable()),
        "extend-unreachable": nudge.result(None),
        **request_scenes.views(url, label),
    }


def _moved(url: str, label: str) -> dict[str, Json]:
    """A message that becomes a link: the form, and what is left to do."""
    source = moved.Moved(
        pretend.BEN, "https://example.slack.com/archives/C1/p1?thread_ts=1.1&cid=C1"
    )
    told = {
        "": Original(label),
        "-inexact": Original(label, exact=False, has_files=True),
        "-long": Original("x" * 3001),
        "-nothing": Original(),
    }
    origins = {"own": moved.Moved(ANNA), "others": source, "apps": moved.Moved()}
    return {
        **{
            f"share-move{name}": share.build(Policy(), share.Prefill(move=share.Move(one, source)))
            for name, one in told.items()
        },
        "share-move-browser-only": share.elsewhere(COMPOSE, moves=True),
        **{
            f"link-ready-moved-{name}": link_ready.build(
                shared(), url, Ticket(b"t" * 400), Origin(one, ANNA)
            )
            for name, one in origins.items()
        },
        "link-ready-moved-arabic": link_ready.build(
            shared(), url, Ticket(b"t" * 400), Origin(source, ANNA), Words(language=Language("ar"))
        ),
    }


def _worded(url: str, label: str) -> dict[str, Json]:
    """Message templates: the forms, and the message of a link in their words."""
    text = f"{typeable(label)}\n{{link}}\nUntil {{date}}"
    texts = {(when, where): text for when in Occasion for where in Outlet}
    words = Words({Outlet.EMAIL: text}, Outlet.EMAIL)
    once, block = wording.build(Occasion.ONCE, {}), ids.Block.FOR_CHAT.value
    return {
        "wording-once": once,
        "wording-often": wording.build(Occasion.OFTEN, texts),
        "wording-request": wording.build(Occasion.REQUEST, texts),
        "wording-refused": {**once, "errors": {block: "This text needs {link}."}},
        "wording-saved": parts.note(wording.TITLE, wording.SAVED),
        "wording-not-yours": parts.note(wording.TITLE, wording.NOT_YOURS),
        **{
            f"link-ready-words{name}": link_ready.build(
                shared(), url, Ticket(b"t" * 400), words=one
            )
            for name, one in {
                "": words,
                "-german": replace(words, language=Language("de")),
                "-built-in": replace(words, outlet=Outlet.CHAT, language=Language("ar")),
            }.items()
        },
    }


def requested(
    *events: Event, state: State, label: str = "ACME", what: str = "The admin login"
) -> Noticed:
    """A request to which this happened after it was made."""
    one = noticed(*events, state=state, label=label)
    record = one.summary.record
    assert record
    asked_for = replace(record, kind=Kind.REQUEST, what=what, collect_by="me")
    answered = AT if Event.SUBMITTED in events else None
    status = replace(one.summary.status, is_request=True, received=answered)
    return replace(one, summary=replace(one.summary, record=asked_for, status=status))


def news(label: str) -> dict[str, Json]:
    """What is said of requests: below their message, and in the line at their end."""
    answered = Event.SUBMITTED
    told = {
        "received": requested(answered, state=State.RECEIVED, label=label, what=label),
        "second": requested(
            answered, Event.SECOND_ATTEMPT, state=State.RECEIVED, label=label, what=label
        ),
    }
    waiting = State.WAITING
    told["nudged"] = nudged(requested(Event.NUDGED, state=waiting, label=label, what=label))
    told["nudged-at-most"] = nudged(told["nudged"], None)
    told["extended"] = requested(
        Event.NUDGED, Event.EXTENDED, state=waiting, label=label, what=label
    )
    made = {f"request-{name}": request_news.reply(one, NEVER) for name, one in told.items()}
    made["request-nudged-alone"] = request_news.reply(told["nudged"], NEVER, alone=True)
    made["request-alone"] = request_news.reply(told["received"], NEVER, alone=True)
    ended = {
        "collected": ([answered, Event.COLLECTED], State.COLLECTED),
        "saved": ([answered, Event.COLLECTED, Event.SAVED], State.COLLECTED),
        "refused": ([answered, Event.COLLECTED, Event.REFUSED], State.COLLECTED),
        "cancelled": ([Event.CANCELLED], State.BURNED),
        "burned": ([answered, Event.BURNED], State.BURNED),
        "withdrawn": ([answered, Event.WITHDRAWN], State.BURNED),
        "unexpected": ([Event.UNEXPECTED], State.BURNED),
        "unanswered": ([Event.EXPIRED], State.EXPIRED),
        "uncollected": ([answered, Event.EXPIRED], State.EXPIRED),
        "too-late": ([Event.EXPIRED, Event.REFUSED], State.EXPIRED),
        "lost": ([answered, Event.LOST], State.LOST),
        "tampered": ([Event.TAMPERED], State.TAMPERED),
    }
    for name, (events, state) in ended.items():
        one = requested(*events, state=state, label=label, what=label)
        made[f"line-{name}"] = request_news.line(one)
        made[f"end-{name}"] = request_news.reply(one, NEVER)
    made["line-moved"] = request_news.moved(made["line-collected"] or {})
    made["request-moved"] = request_news.moved(made["request-received"] or {})
    return {name: body for name, body in made.items() if body}


def messages(label: str = "ACME") -> dict[str, Json]:
    """Every message: body as it is sent."""
    told = {
        "opened": noticed(Event.OPENED, state=State.VIEWED, label=label),
        "confirmed": noticed(
            Event.OPENED, Event.CONFIRMED, state=State.VIEWED, label=label, confirmed=True
        ),
        "reused": noticed(
            Event.OPENED, Event.OPENED, state=State.ACTIVE, label=label, single_use=False
        ),
        "refused": noticed(Event.OPENED, Event.REFUSED, state=State.VIEWED, label=label),
        "too-late": noticed(Event.EXPIRED, Event.REFUSED, state=State.EXPIRED, label=label),
        "wrong": noticed(Event.WRONG_PASSPHRASE, state=State.ACTIVE, label=label),
        "destroyed": noticed(
            *[Event.WRONG_PASSPHRASE] * 5, Event.DESTROYED, state=State.BURNED, label=label
        ),
        "expired": noticed(Event.EXPIRED, state=State.EXPIRED, label=label),
        "burned-by-another": noticed(Event.BURNED, state=State.BURNED, label=label),
        "lost": noticed(Event.LOST, state=State.LOST, label=label),
        "tampered": noticed(Event.TAMPERED, state=State.TAMPERED, label=label),
        "nudged": nudged(noticed(Event.NUDGED, state=State.ACTIVE, label=label)),
        "nudged-reusable": nudged(
            noticed(Event.NUDGED, state=State.ACTIVE, label=label, single_use=False)
        ),
        "nudged-at-most": nudged(noticed(Event.NUDGED, state=State.ACTIVE, label=label), None),
        "extended": noticed(Event.NUDGED, Event.EXTENDED, state=State.ACTIVE, label=label),
    }
    made = {f"notice-{name}": notice.build(one) for name, one in told.items()}
    for name, one in told.items():
        if (reply := notice.reply(one, NEVER)) is not None:
            made[f"reply-{name}"] = reply
    made |= news(label) | request_scenes.messages(label)
    made["help"] = message(f"How to use {COMMAND}", help_page.build(COMMAND, COMPOSE))
    made["lost"] = message(making.LOST.format(command=COMMAND))
    made["still-there"] = message(making.STILL_THERE.format(command=COMMAND))
    made["sorry"] = message(SORRY)
    for trouble, sentence in COULD_NOT_OPEN.items():
        made[f"not-opened-{trouble.name.lower()}"] = message(sentence.format(command=COMMAND))
    return made
