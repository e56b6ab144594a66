"""Every view and message: what it says, what it reads back, and that Slack takes it."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import message
from bot.views import (
    burn,
    details,
    exposed,
    history,
    ids,
    link_ready,
    making,
    parts,
    refusal,
    share,
    words,
)
from bot.views import help as help_page
from bot.views.burn import Asked
from bot.views.history import Choice, Verb, Viewer
from bot.views.place import Place, Whose
from bot.views.words import clean, is_blank
from storage import envelope
from storage.errors import DecodingError
from storage.model import (
    LIVING,
    AuditEntry,
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
from storage.outcomes import (
    AgainstPolicy,
    AlreadyEnded,
    Burned,
    NotAllowed,
    Rule,
    Shared,
    Unavailable,
)
from storage.policy import HistoryScope, Policy
from storage.tickets import Ticket
from tests.bot.blockkit import faults_of_message, faults_of_view
from tests.numbers import n
from tests.slack import state_of

ANNA = UserId("U0ANNA")
WORKSPACE = WorkspaceId("T0EXAMPLE")
TICKET = Ticket(b"t" * 400)
URL = "https://secret.example.com"
AT = Seconds(1795536000)
PLACE = Place(1795536000123, (0, 10, 20))
VIEWER = Viewer(ANNA, "/secret", Policy())
OURS = re.compile(
    r"<@U0(ANNA|CLARA)>|<#C0SUPPORT>|<!date\^\d+\^\{date_short_pretty\}, \{time(_secs)?\}\|[A-Za-z0-9 ,:]+>"
    r"|<https://desk\.example\.com/find\?in=all&amp;q=[A-Za-z0-9._~%-]+#top\|"
    r"(?:[^<>&|]|&amp;|&lt;|&gt;)+>"
)
HOSTILE = [
    "<!channel>", "<!here|x>", "<@U0BEN>", "<#C1|general>", "<https://evil.example|login>",
    "https://evil.example", "<!date^1^{date}|x>", "*bold* _it_ ~no~ `code` ```pre```", "&lt;!here&gt;",
    "&amp;lt;", "> quote", "@channel @here #general", ":tada:", "\u202e\u2066x\u2069", "<script>alert(1)</script>",
    "a" * 500, "\x00\x1b[31m", "\u200b", "\n\n* list", "<" * 80, "&" * 80, "\U0001f600" * 80, "]]>", "${x} {{x}} %s",
]  # fmt: skip

labels = st.text(max_size=120) | st.builds(
    lambda one, text, two: one + text + two,
    st.sampled_from(HOSTILE),
    st.text(max_size=20),
    st.sampled_from(HOSTILE),
)
readers = st.builds(Reader, labels, labels)


TICKETS = "https://desk.example.com/find?in=all&q={label}#top"
PLACES = [
    Place(),
    PLACE,
    Place(0, tuple(range(9_999_900, 10_000_000)), Whose.MINE, State.VIEWED),
]
VIEWERS = [
    VIEWER,
    Viewer(UserId("U0BEN"), "/secret", Policy(history_scope=HistoryScope.OWN), TICKETS),
    Viewer(UserId("U0BEN"), "/secret", Policy(admins=frozenset({UserId("U0BEN")})), TICKETS),
]


def one_page(row: Summary) -> HistoryPage:
    """The history of one secret."""
    return HistoryPage((row,), 1, 0, 1, more=False)


def shared(*, single_use: bool = True) -> Shared:
    """A link as the vault gives it."""
    sid = SecretId.new(WORKSPACE)
    return Shared(Link(Kind.SHARE, sid, envelope.new_link_key(Kind.SHARE, sid)[1]), AT, single_use)


def record(sid: SecretId, label: str, *, single_use: bool = True, creator: UserId = ANNA) -> Record:
    """A record as the store opens it."""
    return Record(
        sid, WORKSPACE, creator, Kind.SHARE, label, "Example", "anna", "", (), single_use,
        AT, Seconds(AT + 3600), None, Verifiers(b""), b"", "", "key",
    )  # fmt: skip


def request(sid: SecretId, label: str, *, creator: UserId = ANNA, **facts: Any) -> Record:
    """A request's record as the store opens it."""
    asked = {"what": "The admin login", "fields": ("Username", "Password"), "collect_by": "me"}
    made = record(sid, label, creator=creator)
    return replace(made, kind=Kind.REQUEST, **{**asked, **facts})


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    """Any row that the vault can give."""
    sid = SecretId.new(WORKSPACE)
    is_request = draw(st.booleans())
    state, single_use = draw(st.sampled_from(State)), draw(st.booleans())
    opened = draw(st.none() | st.just(AT))
    status = Status(
        state,
        single_use,
        views=draw(st.integers(0, 10**6)),
        confirmed=draw(st.booleans()),
        last_opened=opened,
        key_missing=draw(st.booleans()),
        went_back=draw(st.booleans()),
        is_request=is_request,
        received=draw(st.none() | st.just(AT)),
        collector=draw(st.sampled_from([None, ANNA, UserId("<!channel>")])),
    )
    whose = draw(st.sampled_from([ANNA, UserId("U0CLARA"), UserId("<!here>")]))
    known = record(sid, draw(labels), single_use=single_use, creator=whose)
    if is_request:
        known = request(
            sid,
            draw(labels),
            creator=whose,
            what=draw(labels),
            fields=tuple(draw(st.lists(labels, max_size=10))),
            collect_by=draw(st.sampled_from(["me", "channel:C0SUPPORT", "channel:<!here>"])),
        )
    return Summary(sid, AT, status, draw(st.sampled_from([known, None])), draw(st.none() | readers))


pages = st.builds(
    HistoryPage,
    st.lists(summaries(), max_size=10).map(tuple),
    st.just(1795536000123),
    st.just(0),
    st.sampled_from([10, 990]),
    st.booleans(),
)
entries = st.builds(
    AuditEntry,
    st.just(AT),
    st.sampled_from(Event),
    st.sampled_from([None, ANNA, UserId("<!channel>")]),
    st.none() | readers,
)
all_details = st.builds(
    Details, summaries(), st.lists(entries, max_size=130).map(tuple), st.integers(0, 30)
)
many = settings(
    max_examples=n("F6", everyday=12, full=1000),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def texts(value: Any) -> list[str]:
    """Every string of a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return []


def is_harmless(sent: Any) -> bool:
    """No mention, link or token but our own, and no unescaped < > & in anything that is sent."""
    for text in texts(sent):
        rest = OURS.sub("", text)
        for entity in ("&amp;", "&lt;", "&gt;"):
            rest = rest.replace(entity, "")
        if set(rest) & set("<>&"):
            return False
    return True


def no_label_in_mrkdwn(sent: Any, label: str) -> bool:
    """A label stands in plain_text objects only, where nothing formats."""
    if isinstance(sent, dict):
        if sent.get("type") == "mrkdwn" and label in sent["text"]:
            return False
        return all(no_label_in_mrkdwn(inner, label) for inner in sent.values())
    return not isinstance(sent, list) or all(no_label_in_mrkdwn(inner, label) for inner in sent)


@many
@given(pages)
def test_f6_any_history_page_is_one_that_slack_takes(page: HistoryPage) -> None:
    """F6, F4: limits, and nothing unescaped, whatever the rows hold and whoever looks."""
    for place in PLACES:
        for viewer in VIEWERS:
            view = history.build(page, place, viewer)
            assert faults_of_view(view) == []
            assert is_harmless(view)
            shown = replace(place, as_of_ms=page.as_of_ms)
            assert Place.parse(view["private_metadata"]) == shown


@many
@given(all_details)
def test_f6_any_details_and_burn_views_are_ones_that_slack_takes(found: Details) -> None:
    """F6, F4: the same for the record with its trail, the question and each outcome."""
    made = [
        details.build(found),
        details.build(found, TICKETS),
        burn.build(found, VIEWER, PLACE),
        exposed.build(found, VIEWER, PLACE),
        exposed.build(found, VIEWERS[-1], PLACE),
        exposed.told(found.summary, VIEWER),
        exposed.told(found.summary, VIEWERS[-1]),
        exposed.again(Asked(found.summary.id, PLACE)),
        burn.result(Burned(found.summary)),
        burn.result(AlreadyEnded(found.summary)),
        burn.result(NotAllowed()),
        burn.result(Unavailable()),
        burn.again(Asked(found.summary.id, PLACE)),
    ]
    for view in made:
        assert faults_of_view(view) == []
        assert is_harmless(view)


def test_f6_every_other_view_and_message_is_one_that_slack_takes() -> None:
    """F6: forms, links, notes, help."""
    views = [
        share.build(),
        share.build(typed_after="/" + "a" * 31),
        link_ready.build(shared(), URL, TICKET),
        link_ready.build(shared(single_use=False), URL, TICKET),
        link_ready.build(replace(shared(), has_passphrase=True), URL, TICKET),
        share.build(Policy(require_passphrase=True, max_lifetime=Lifetime(3600))),
        share.build(Policy(), share.Prefill(Preset(Lifetime(604800), single_use=False), "a<b>&c")),
        making.build("/secret"),
        making.failed(making.UNREACHABLE, "/secret"),
        parts.loading(history.TITLE),
        parts.note("Title", "Text", "More"),
    ]
    for view in views:
        assert faults_of_view(view) == []
        assert is_harmless(view)
        echoed = parts.with_notice({**view, "id": "V1", "hash": "x", "state": {}}, "Careful")
        assert faults_of_view(echoed) == []
        assert faults_of_view(parts.with_notice(echoed, "Again")) == []
    for told in (
        message("text"),
        message("text", help_page.build("/secret", f"{URL}/new#{'t' * 2900}")),
    ):
        assert faults_of_message(told) == []
        assert is_harmless(told)


def test_f4_hostile_labels_do_nothing() -> None:
    """F4: 1,000 hostile labels: shown as text, no mention, no link, nothing unescaped."""
    for number in range(n("F4", everyday=100, full=1000)):
        first, second = (
            HOSTILE[number % len(HOSTILE)],
            HOSTILE[number // len(HOSTILE) % len(HOSTILE)],
        )
        label = f"{first}{number}{second}"
        sid = SecretId.new(WORKSPACE)
        row = Summary(sid, AT, Status(State.ACTIVE, single_use=True), record(sid, label), None)
        sent = [
            history.build(one_page(row), PLACE, VIEWER),
            details.build(Details(row, (), 0)),
            burn.build(Details(row, (), 0), VIEWER, PLACE),
            exposed.build(Details(row, (), 0), VIEWER, PLACE),
        ]
        asked = request(sid, label, what=label, fields=(label,))
        waiting = Status(State.WAITING, single_use=True, is_request=True)
        asking = Details(Summary(sid, AT, waiting, asked, None), (), 0)
        sent += [
            history.build(one_page(asking.summary), PLACE, VIEWER),
            details.build(asking),
            burn.build(asking, VIEWER, PLACE),
            exposed.build(asking, VIEWER, PLACE),
            exposed.told(asking.summary, VIEWER),
        ]
        assert is_harmless(share.build(Policy(), share.Prefill(None, label)))
        shown = sent[0]["blocks"][1]["text"]
        assert shown["type"] == "plain_text"
        assert shown["emoji"] is False
        assert len(unescape(shown["text"])) <= 80
        assert is_harmless(sent)
        assert no_label_in_mrkdwn(sent, shown["text"])
        text = json.dumps(sent, ensure_ascii=False)
        # In a text to copy, where nothing is read, the full-width letter stands for the entity.
        escaped = text.count("&lt;https") + text.count("\uff1chttps")
        assert text.count("evil.example|") <= escaped


def test_f4_without_escaping_the_same_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """F4's negative control: take the escaping away, and a mention gets through."""
    monkeypatch.setattr(parts, "escape", lambda text: text)
    with pytest.raises(AssertionError):
        test_f4_hostile_labels_do_nothing()


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200),
    label=st.text(max_size=60),
    lifetime=st.sampled_from(sorted(share.LIFETIMES)),
    access=st.sampled_from([share.SINGLE_USE, share.REUSABLE]),
)
def test_the_form_is_read_as_it_was_filled(
    text: str, label: str, lifetime: int, access: str
) -> None:
    """Round trip: what is filled into ``build`` is what ``parse`` gives, or an error on the field."""
    view = share.build()
    values = {
        ids.Block.SECRET.value: text,
        ids.Block.LABEL.value: label,
        ids.Block.LIFETIME.value: str(lifetime),
        ids.Block.ACCESS.value: access,
    }
    read = share.parse({"state": {"values": state_of(view, dict(values))}})
    if isinstance(read, share.Mistakes):
        assert set(read.errors) == {"secret"}
        assert is_blank(text)
    else:
        assert read.content.text == text.replace("\r\n", "\n").replace("\r", "\n")
        assert read.lifetime == Lifetime(lifetime)
        assert read.single_use == (access == share.SINGLE_USE)


def test_the_form_reads_as_the_design_quotes_it() -> None:
    """Labels, option texts, order and defaults."""
    view = share.build()
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert [block["label"]["text"] for block in inputs] == [
        "Secret", "Label (not secret)", "Lifetime", "Access", "Passphrase (optional)",
    ]  # fmt: skip
    lifetime, access = inputs[2]["element"], inputs[3]["element"]
    assert [option["text"]["text"] for option in lifetime["options"]] == [
        "1 hour - quick handoff in a live chat",
        "24 hours - normal ticket reply",
        "3 days - might not check e-mail right away",
        "7 days - multi-day integrations or staging",
        "14 days - sprint or trial length",
        "30 days - long-running projects",
    ]
    assert lifetime["initial_option"]["text"]["text"].startswith("24 hours")
    assert [option["text"]["text"] for option in access["options"]] == ["Single use", "Reusable"]
    assert access["initial_option"]["value"] == share.SINGLE_USE
    assert view["submit"]["text"] == "Create link"
    assert "passes through Slack and through our server readable" in json.dumps(view)


def test_untouched_fields_are_the_defaults() -> None:
    """A form with only the secret filled in: no label, 24 hours, single use."""
    view = share.build()
    read = share.parse({"state": {"values": state_of(view, {"secret": "hunter2"})}})
    assert isinstance(read, share.Form)
    assert (read.label, read.lifetime, read.single_use) == ("", Lifetime(86400), True)
    assert read.passphrase is None


@pytest.mark.parametrize("lifetime", ["", "0", "3601", "999999999", "x"])
def test_a_lifetime_we_never_offered_is_an_error_on_the_field(lifetime: str) -> None:
    """What Slack cannot send is refused all the same."""
    view = share.build()
    values = state_of(view, {"secret": "hunter2"})
    values["lifetime"]["lifetime_choice"]["selected_option"] = {"value": lifetime}
    read = share.parse({"state": {"values": values}})
    assert isinstance(read, share.Mistakes)
    assert list(read.errors) == ["lifetime"]


def copied(view: dict[str, Any]) -> str:
    """The ready-made message."""
    (block,) = (one for one in view["blocks"] if one.get("block_id") == ids.Block.MESSAGE)
    message: str = block["elements"][0]["elements"][0]["text"]
    return message


def test_the_link_view_says_what_the_design_says() -> None:
    """The link, the ready-made message, the expiry, the warning; metadata opens nothing."""
    once, often = shared(), shared(single_use=False)
    link = once.link.url(URL)
    assert copied(link_ready.build(once, URL, TICKET)) == (
        f"Hi there, here is what you need, safely: {link} It can be opened once, until "
        "24 November 2026, 16:00 UTC. Copy what you need: when you close the page it is gone."
    )
    assert copied(link_ready.build(often, URL, TICKET)) == (
        f"Hi there, here is what you need, safely: {often.link.url(URL)} "
        "It stays readable until 24 November 2026, 16:00 UTC."
    )
    view = link_ready.build(once, URL, TICKET)
    assert view["title"]["text"] == "Your link is ready"
    assert "You created this secret. If you view it, the recipient will not be able to see it." in (
        texts(view)
    )
    assert link in texts(view)
    assert "Expires 24 November 2026, 16:00 UTC" in texts(view)
    assert once.link.token.expose().decode("ascii") not in view["private_metadata"]
    assert link_ready.parse(view) == once.link.id
    assert ids.Block.CONSUMES not in texts(link_ready.build(often, URL, TICKET))


def test_what_a_menu_and_a_question_carry_comes_back() -> None:
    """Round trips of the values in menus and metadata; what we never wrote is refused."""
    sid = SecretId.new(WORKSPACE)
    row = Summary(sid, AT, Status(State.ACTIVE, single_use=True), record(sid, "x"), None)
    view = history.build(one_page(row), PLACE, VIEWER)
    values = [option["value"] for option in view["blocks"][1]["accessory"]["options"]]
    choices = [history.parse_choice(value) for value in values]
    assert choices == [Choice(verb, sid) for verb in Verb]
    asked = Asked(sid, PLACE)
    assert burn.parse(burn.build(Details(row, (), 0), VIEWER, PLACE)) == asked
    assert burn.parse(burn.again(asked)) == asked
    for value in ("", "burn", "burn:", f"eat:{sid.value}", f"burn:{sid.value}x"):
        with pytest.raises(DecodingError):
            history.parse_choice(value)


def test_burn_is_offered_for_what_lives_and_to_those_who_may() -> None:
    """Every state, three people: the creator of what lives, an admin, nobody else."""
    sid = SecretId.new(WORKSPACE)
    for state in State:
        row = Summary(sid, AT, Status(state, single_use=True), record(sid, "x"), None)
        assert history.can_burn(row, VIEWER) == (state in LIVING)
        ben = replace(VIEWER, user=UserId("U0BEN"))
        assert not history.can_burn(row, ben)
        admins = Policy(admins=frozenset({ben.user}))
        assert history.can_burn(row, replace(ben, policy=admins)) == (state in LIVING)
        assert not history.can_burn(replace(row, record=None), VIEWER)


def test_a_record_that_cannot_be_read_says_so() -> None:
    """Key missing or tampered: no label, no creator, still a row with details."""
    status = Status(State.LOST, single_use=True, key_missing=True)
    row = Summary(SecretId.new(WORKSPACE), AT, status, None, None)
    view = history.build(one_page(row), PLACE, VIEWER)
    assert "Label cannot be read" in texts(view)
    assert "*Status*\nLost, key missing" in texts(view)
    assert "Label cannot be read" in texts(details.build(Details(row, (), 0)))


def test_f4_a_label_that_leads_to_its_ticket_leads_nowhere_else() -> None:
    """F4 with TICKET_URL: one link, to the operator's address, the label percent-encoded in it."""
    for label in (*HOSTILE, "4711", "a|b", "../../x", "{label}", "%2e%2e", "?q=1#f", "R&D <x>"):
        sid = SecretId.new(WORKSPACE)
        row = Summary(sid, AT, Status(State.ACTIVE, single_use=True), record(sid, label), None)
        shown = history.title(row, TICKETS).to_dict()
        if not clean(label):
            assert shown == {"type": "plain_text", "text": "No label", "emoji": False}
            continue
        link, text = shown["text"].removeprefix("<").removesuffix(">").split("|")
        assert (shown["type"], shown["verbatim"]) == ("mrkdwn", True)
        assert unescape(text) == clean(label)[:80].replace("|", "\N{BROKEN BAR}")
        parts_of = urlsplit(unescape(link))
        assert (parts_of.scheme, parts_of.netloc) == ("https", "desk.example.com")
        assert (parts_of.path, parts_of.fragment) == ("/find", "top")
        assert parse_qs(parts_of.query) == {"in": ["all"], "q": [clean(label)[:80]]}


def test_a_hostile_label_in_a_ticket_link_needs_its_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: without percent-encoding the label gets out of its place."""
    monkeypatch.setattr(words, "quote", lambda text, safe: text + safe)
    with pytest.raises((AssertionError, ValueError)):
        test_f4_a_label_that_leads_to_its_ticket_leads_nowhere_else()


def test_the_passphrase_field_reads_as_the_design_quotes_it() -> None:
    """Label and hint exactly; required by policy it loses "(optional)" and cannot be left empty."""
    for policy, label, optional in (
        (Policy(), "Passphrase (optional)", True),
        (Policy(require_passphrase=True), "Passphrase", False),
    ):
        field = share.build(policy)["blocks"][4]
        assert (field["label"]["text"], field["optional"]) == (label, optional)
        assert field["hint"]["text"] == (
            "Share it through a different channel than the link. "
            "In the same e-mail it adds no protection."
        )
        assert not field["element"].get("multiline")


def _read(passphrase: str | None) -> share.Form | share.Mistakes:
    values = {"secret": "hunter2", "passphrase": passphrase}
    return share.parse({"state": {"values": state_of(share.build(), values)}})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        ("", None),
        ("  correct horse ", "correct horse"),
        ("\ufb01ve", "five"),
        ("x" * 256, "x" * 256),
        (" " * 300 + "x", "x"),
        ("e\u0301" * 256, "\xe9" * 256),
    ],
)
def test_a_passphrase_is_normalised_as_the_page_does(typed: str | None, kept: str | None) -> None:
    """Trimmed, NFKC; 256 characters count after that."""
    read = _read(typed)
    assert isinstance(read, share.Form)
    assert (read.passphrase.expose().decode() if read.passphrase else None) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("   ", "nothing visible"),
        ("\t\u3000\ufeff", "nothing visible"),
        ("\u200b\u200d", "nothing visible"),
        ("x" * 257, "At most 256"),
        ("\ufb01" * 129, "At most 256"),
        ("x\ud83d", "half a character"),
    ],
)
def test_a_passphrase_that_cannot_be_one_is_an_error_on_its_field(typed: str, said: str) -> None:
    """White space only, too long, a lone surrogate."""
    read = _read(typed)
    assert isinstance(read, share.Mistakes)
    assert list(read.errors) == ["passphrase"]
    assert said in read.errors["passphrase"]


def test_the_ready_made_message_announces_the_passphrase() -> None:
    """One sentence more, and the view reminds the agent of the other channel."""
    made = replace(shared(), has_passphrase=True)
    assert copied(link_ready.build(made, URL, TICKET)).endswith(
        "it is gone. You will get the passphrase another way."
    )
    assert "through a different channel than this link" in str(link_ready.build(made, URL, TICKET))
    assert "passphrase" not in str(link_ready.build(shared(), URL, TICKET))


def test_only_lifetimes_within_the_policy_are_offered() -> None:
    """MAX_LIFETIME cuts the list, DEFAULT_LIFETIME chooses, the agent's last choice goes before."""
    week, day = Lifetime(7 * 86400), Lifetime(86400)
    policy = Policy(default_lifetime=day, max_lifetime=Lifetime(8 * 86400))

    def offered(policy: Policy, preset: Preset | None = None) -> tuple[list[str], str, str]:
        blocks = share.build(policy, share.Prefill(preset))["blocks"]
        lifetime, access = blocks[2]["element"], blocks[3]["element"]
        values = [option["value"] for option in lifetime["options"]]
        return values, lifetime["initial_option"]["value"], access["initial_option"]["value"]

    assert offered(policy) == (["3600", "86400", "259200", "604800"], "86400", "single_use")
    assert offered(policy, Preset(week, single_use=False))[1:] == ("604800", "reusable")
    month = Preset(Lifetime(30 * 86400), single_use=True)
    assert offered(policy, month)[1] == "86400"
    assert offered(Policy(max_lifetime=Lifetime(7200)))[:2] == (["3600"], "3600")


@pytest.mark.parametrize(
    ("against", "policy", "field", "said"),
    [
        (
            AgainstPolicy(Rule.MAX_LIFETIME),
            Policy(max_lifetime=Lifetime(5 * 86400)),
            "lifetime",
            "Your team allows at most 3 days.",
        ),
        (AgainstPolicy(Rule.REQUIRE_PASSPHRASE), Policy(), "passphrase", "wants a passphrase"),
        (
            AgainstPolicy(Rule.CREATES_PER_HOUR, Seconds(AT + 61)),
            Policy(creates_per_hour=60),
            "secret",
            "links within an hour, which is the limit, so no link was made. Try again in 2 minutes.",
        ),
        (
            AgainstPolicy(Rule.CREATES_PER_HOUR, AT),
            Policy(creates_per_hour=1),
            "secret",
            "in 1 minute.",
        ),
    ],
)
def test_every_refusal_says_on_its_field_what_to_do(
    against: AgainstPolicy, policy: Policy, field: str, said: str
) -> None:
    """Which field, which rule, what helps."""
    block, sentence = refusal.explained(against, policy, AT)
    assert block == field
    assert said in sentence


def test_places_come_back_as_they_were() -> None:
    """Round trips; turning back and forth; what is too many is forgotten from the old end."""
    for place in PLACES:
        assert Place.parse(str(place)) == place
    assert Place().older(17).older(30).newer() == Place().older(17)
    assert Place().newer() == Place()
    place = Place(1, (0,), Whose.MINE, State.LOST)
    for start in range(1, 300):
        place = place.older(start)
    assert len(place.starts) == 100
    assert place.offset == 299
    assert Place.parse(str(place)) == place
    assert place.filtered(ids.Action.STATUS, "all") == Place(0, (0,), Whose.MINE)
    assert place.filtered(ids.Action.WHOSE, "team") == Place(0, (0,), Whose.TEAM, State.LOST)


def test_an_empty_page_says_why() -> None:
    """Nothing yet, nothing like that, nothing older, nothing so far."""
    none = HistoryPage((), 1, 0, 500, more=True)
    mine = Place(1, (0,), Whose.MINE)
    assert "Older looks further back" in str(history.build(none, mine, VIEWER))
    done = replace(none, more=False)
    assert "Nothing like that." in str(history.build(done, mine, VIEWER))
    assert "Nothing older" in str(history.build(done, mine.older(10), VIEWER))
    assert "No secrets yet" in str(history.build(done, Place(), VIEWER))


def test_who_may_see_only_their_own_is_not_offered_the_team() -> None:
    """HISTORY_SCOPE=own: the filter by person is not there, but for an admin."""
    page = HistoryPage((), 1, 0, 0, more=False)
    shown = [
        [
            element["action_id"]
            for element in history.build(page, Place(), viewer)["blocks"][0]["elements"]
        ]
        for viewer in VIEWERS
    ]
    assert shown == [["whose", "status"], ["status"], ["whose", "status"]]


def test_the_text_to_rotate_says_only_what_is_true() -> None:
    """It names neither label nor link, and says that the link is dead only when it is."""
    sid = SecretId.new(WORKSPACE)
    row = Summary(sid, AT, Status(State.BURNED, single_use=True), record(sid, "ACME"), None)
    text = exposed.rotate(row)
    assert "please rotate it" in text
    assert "24 November 2026, 16:00 UTC" in text
    assert "The link that we sent no longer works." in text
    assert "ACME" not in text
    alive = replace(row, status=Status(State.ACTIVE, single_use=True))
    assert "no longer works" not in exposed.rotate(alive)
    assert "still works" in str(exposed.told(alive, VIEWER))
