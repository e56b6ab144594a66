"""Every window and message of a request as its agent meets it, by a name."""

from dataclasses import replace

from bot.listeners import asking
from bot.views import asked, cancel, collect, ids, parts, request, request_ready, share
from bot.views.outlet import Words
from bot.views.request import Prefill
from storage.answers import RequestSeed, new_request_keys
from storage.languages import Language
from storage.model import (
    DAY,
    AuditEntry,
    CollectBy,
    Details,
    Event,
    Kind,
    Lifetime,
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
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable
from storage.policy import Policy
from storage.wording import Outlet
from tests.browser.sandbox import pretend
from tests.browser.sandbox.pretend import Json

ANNA, CLARA = UserId(pretend.ANNA), UserId(pretend.CLARA)
WORKSPACE = WorkspaceId("T0EXAMPLE")
CHANNEL = "C0SUPPORT"
AT = Seconds(1795536000)
COMMAND = "/secret request"
READER = Reader("203.0.113.7", "Firefox on Windows")


def record(label: str, *, channel: str = "", fields: tuple[str, ...] = request.FIELDS) -> Record:
    """A request whose every text is ``label``."""
    return Record(
        id=SecretId.new(WORKSPACE),
        workspace=WORKSPACE,
        creator=ANNA,
        kind=Kind.REQUEST,
        label=label,
        workspace_name="Example",
        agent_name="anna",
        what=label,
        fields=fields,
        single_use=True,
        created=AT,
        expires=Seconds(AT + DAY),
        argon2=None,
        verifiers=Verifiers(b""),
        public_key=b"",
        collect_by=str(CollectBy(channel)),
        key_name="key",
    )


def found(label: str, state: State, *events: Event, **status: object) -> Details:
    """A request in that state, to which this happened."""
    made = record(label)
    known = Status(state, single_use=True, is_request=True, at=AT, **status)  # type: ignore[arg-type]
    trail = tuple(AuditEntry(AT, event, CLARA, READER) for event in (Event.CREATED, *events))
    return Details(Summary(made.id, AT, known, made, None), trail, 0)


def _ready(url: str, label: str, *, channel: str = "") -> Json:
    made = record(label, channel=channel)
    return request_ready.build(made, new_request_keys(made.id), label, url)


def _in_words(url: str, label: str) -> Json:
    words = Words({Outlet.CHAT: "Hi {name}, {link} until {date} ({code})"}, Outlet.CHAT)
    made = record(label)
    return request_ready.build(made, new_request_keys(made.id), label, url, words)


def _in_arabic(url: str, label: str) -> Json:
    made, words = record(label), Words(language=Language("ar"))
    return request_ready.build(made, new_request_keys(made.id), label, url, words)


def _refused(block: ids.Block, text: str) -> Json:
    return {**request.build(channel=CHANNEL), "errors": {block.value: text}}


def views(url: str, label: str) -> dict[str, Json]:
    """Every modal; ``url`` is where links lead to."""
    compose, made = f"{url}/new#" + "t" * 500, record(label, channel=CHANNEL)
    shown = {
        "request": request.build(Policy(), channel=CHANNEL, compose=compose),
        "request-warning": request.build(Policy(), compose=compose, typed_after=COMMAND),
        "request-prefilled": request.build(Policy(), replace(Prefill.of(made, ANNA), name=label)),
        "request-strict": request.build(Policy(max_lifetime=Lifetime(3600)), compose=compose),
        "request-refused": _refused(ids.Block.WHAT, asking.UNSURE),
        "request-invite": _refused(ids.Block.COLLECT_BY, asking.INVITE),
        "request-none": parts.note(request.TITLE, request.DISALLOWED),
        "request-ready": _ready(url, label),
        "request-ready-channel": _ready(url, label, channel=CHANNEL),
        "request-ready-words": _in_words(url, label),
        "request-ready-arabic": _in_arabic(url, label),
        "share-compose": share.build(compose=compose),
        "share-browser-only": share.elsewhere(compose),
        "share-browser-only-warning": share.elsewhere(compose, typed_after="/secret"),
    }
    return shown | _collecting(url, label) | _cancelling(label)


def _collecting(url: str, label: str) -> dict[str, Json]:
    answered = Status(State.RECEIVED, single_use=True, is_request=True, received=AT)
    address, made = f"{url}/c/{'i' * 26}#{'k' * 48}.{'t' * 500}", record(label)
    ended = {
        "collected": found(label, State.COLLECTED, received=AT, collector=CLARA),
        "expired": found(label, State.EXPIRED),
        "uncollected": found(label, State.EXPIRED, received=AT),
        "cancelled": found(label, State.BURNED, Event.CANCELLED),
        "burned": found(label, State.BURNED, Event.BURNED, received=AT),
        "withdrawn": found(label, State.BURNED, Event.WITHDRAWN),
        "unexpected": found(label, State.BURNED, Event.UNEXPECTED),
        "replaced": found(label, State.BURNED, Event.REPLACED),
        "lost": found(label, State.LOST),
        "key-missing": found(label, State.LOST, key_missing=True),
        "tampered": found(label, State.TAMPERED),
    }
    unreadable = replace(ended["tampered"].summary, record=None)
    return {
        "collect-checking": collect.checking(),
        "collect-ready": collect.ready(made, answered, address, has_seed=True),
        "collect-ready-browser": collect.ready(made, answered, address, has_seed=False),
        "collect-waiting": collect.waiting(made),
        "collect-not-for-you": collect.not_for_you(made),
        "collect-not-here": collect.not_for_you(record(label, channel=CHANNEL)),
        "collect-unreadable": collect.ended(Details(unreadable, (), 0)),
        "collect-unknown": parts.note(collect.TITLE, collect.UNKNOWN),
        "collect-unreachable": parts.note(collect.TITLE, collect.UNREACHABLE),
        **{f"collect-{name}": collect.ended(one) for name, one in ended.items()},
    }


def _cancelling(label: str) -> dict[str, Json]:
    unanswered = found(label, State.BURNED, Event.CANCELLED).summary
    answered = found(label, State.BURNED, Event.BURNED, received=AT).summary
    return {
        "cancelled": cancel.result(Burned(unanswered)),
        "cancelled-answer": cancel.result(Burned(answered)),
        "cancelled-before": cancel.result(AlreadyEnded(answered)),
        "cancelled-not-allowed": cancel.result(NotAllowed()),
        "cancelled-unknown": cancel.result(Unavailable()),
        "cancelled-unreachable": cancel.result(None),
    }


def messages(label: str) -> dict[str, Json]:
    """The message with the buttons."""
    return {
        "asked": asked.build(record(label), RequestSeed.random()),
        "asked-channel": asked.build(record(label, channel=CHANNEL), RequestSeed.random()),
        "asked-browser": asked.build(record(label), None),
        "asked-free-text": asked.build(record(label, fields=()), RequestSeed.random()),
    }
