"""What a request looks like in Slack: the form, the link, the message with Collect."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.views import asked, collect, ids, parts, request, share
from bot.views.outlet import Sent, Words
from bot.views.request import Form, Prefill
from bot.views.share import Mistakes
from bot.views.words import clean
from storage.answers import RequestSeed
from storage.errors import DecodingError
from storage.model import (
    DAY,
    CollectBy,
    Kind,
    Lifetime,
    Record,
    Seconds,
    SecretId,
    State,
    Status,
    UserId,
    Verifiers,
)
from storage.policy import Policy
from storage.wording import Occasion
from tests.bot.blockkit import faults_of_body, faults_of_view
from tests.bot.views.test_views import (
    ANNA,
    AT,
    HOSTILE,
    URL,
    WORKSPACE,
    is_harmless,
    labels,
    many,
    no_label_in_mrkdwn,
    texts,
)
from tests.browser.sandbox import request_scenes
from tests.numbers import n
from tests.slack import Json, state_of

CHANNEL = "C0SUPPORT"
COMPOSE = "https://secret.example.com/new#" + "t" * 500


def record(
    what: str = "Admin login",
    label: str = "ACME, ticket 4711",
    fields: tuple[str, ...] = request.FIELDS,
    *,
    channel: str = "",
) -> Record:
    """A request as the store opens it."""
    return Record(
        id=SecretId.new(WORKSPACE),
        workspace=WORKSPACE,
        creator=ANNA,
        kind=Kind.REQUEST,
        label=label,
        workspace_name="Example",
        agent_name="anna",
        what=what,
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


records = st.builds(
    record,
    labels,
    labels,
    st.lists(labels, max_size=10).map(tuple),
    channel=st.sampled_from(["", CHANNEL]),
)


def read(view: Json, values: dict[str, str | list[str] | None]) -> Form | Mistakes:
    """What a form gives that was filled in so."""
    return request.parse({**view, "state": {"values": state_of(view, values)}})


@many
@given(records, st.sampled_from(["", CHANNEL]))
def test_f4_f6_any_request_has_views_and_messages_that_slack_takes(
    asked_for: Record, channel: str
) -> None:
    """F6, F4: limits, and nothing unescaped, whatever was asked for."""
    prefill = Prefill.of(asked_for, ANNA)
    view = request.build(Policy(), prefill, channel=channel, compose=COMPOSE, typed_after="/secret")
    assert faults_of_view(view) == []
    assert is_harmless(view)
    for seed in (RequestSeed.random(), None):
        body = asked.build(asked_for, seed)
        assert faults_of_body(body) == []
        assert is_harmless(body)


def test_f4_hostile_requests_do_nothing() -> None:
    """F4: hostile texts in every place: shown as text, no mention, no link, nothing unescaped."""
    for number in range(n("F4", everyday=200, full=1000)):
        first, second = (
            HOSTILE[number % len(HOSTILE)],
            HOSTILE[number // len(HOSTILE) % len(HOSTILE)],
        )
        text = f"{first}{number}{second}"
        made = record(text, text, (text,))
        body = asked.build(made, RequestSeed.random())
        assert is_harmless(body)
        assert no_label_in_mrkdwn(body["blocks"], clean(text))
        assert "://" not in body["text"]
        prefill = replace(Prefill.of(made, ANNA), name=text)
        assert is_harmless(request.build(Policy(), prefill))


def test_f4_without_escaping_the_same_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: take the escaping away, and a mention gets through."""
    monkeypatch.setattr(parts, "escape", lambda text: text)
    with pytest.raises(AssertionError):
        test_f4_hostile_requests_do_nothing()


def test_the_form_reads_as_the_design_quotes_it() -> None:
    """Labels, options, order and defaults."""
    view = request.build(Policy(), channel=CHANNEL, compose=COMPOSE)
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert [block["label"]["text"] for block in inputs] == [
        "What do you need?", "Customer's name", "Customer or ticket (not shown)", "Lifetime",
        "Ask for", "Who may collect",
    ]  # fmt: skip
    assert [block.get("optional", False) for block in inputs] == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    lifetime, fields, who = (block["element"] for block in inputs[3:])
    shown = [option["text"]["text"] for option in lifetime["options"]]
    assert shown == ["1 hour", "24 hours", "3 days", "7 days"]
    assert lifetime["initial_option"]["value"] == str(DAY)
    names = ["Login page", "Username", "Password", "Notes"]
    assert [option["text"]["text"] for option in fields["options"]] == names
    assert [option["value"] for option in fields["initial_options"]] == names[:3]
    assert [option["text"]["text"] for option in who["options"]] == ["Only me", "This channel"]
    assert who["initial_option"]["value"] == request.ONLY_ME
    assert view["submit"]["text"] == "Create link"
    (button,) = view["blocks"][-1]["elements"]
    assert (button["text"]["text"], button["url"]) == ("Make it in my browser instead", COMPOSE)


@given(
    what=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    name=st.text(max_size=60),
    lifetime=st.sampled_from(sorted(request.LIFETIMES)),
    fields=st.lists(st.sampled_from(request.FIELDS), unique=True),
    who=st.sampled_from([request.ONLY_ME, request.THIS_CHANNEL]),
)
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_the_form_is_read_as_it_was_filled(
    what: str, name: str, lifetime: int, fields: list[str], who: str
) -> None:
    """Round trip; fields come in the order of the page, whatever the order of ticking."""
    view = request.build(Policy(), channel=CHANNEL)
    form = read(
        view,
        {
            "what": what,
            "name": name,
            "label": None,
            "lifetime": str(lifetime),
            "fields": fields,
            "collect_by": who,
        },
    )
    if isinstance(form, Mistakes):
        assert clean(what) == "" or any("\ud800" <= char <= "\udfff" for char in name)
        return
    in_order = tuple(field for field in request.FIELDS if field in fields)
    channel = CHANNEL if who == request.THIS_CHANNEL else ""
    assert form == Form(
        clean(what), clean(name), "", Lifetime(lifetime), in_order, CollectBy(channel)
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("what", "\u200b \u2800", "nothing visible"),
        ("what", "x" * 81, "At most 80 characters"),
        ("what", "x\ud83d", "half a character"),
        ("name", "x" * 81, "At most 80 characters"),
        ("name", "x\udc00", "half a character"),
        ("label", "x" * 81, "At most 80 characters"),
    ],
)
def test_what_cannot_be_asked_is_an_error_on_its_field(field: str, value: str, said: str) -> None:
    """Nothing visible, too long, a lone surrogate."""
    form = read(request.build(), {"what": "login", field: value})
    assert isinstance(form, Mistakes)
    assert list(form.errors) == [field]
    assert said in form.errors[field]


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("lifetime", {"lifetime_choice": {"selected_option": {"value": "1209600"}}}),
        ("lifetime", {"lifetime_choice": {"selected_option": None}}),
        ("fields", {"fields_choice": {"selected_options": [{"value": "Your PIN"}]}}),
        ("collect_by", {"collect_by_choice": {"selected_option": {"value": "channel"}}}),
        ("collect_by", {"collect_by_choice": {"selected_option": {"value": "C0OTHER"}}}),
    ],
)
def test_what_was_never_offered_is_refused(block: str, part: Json) -> None:
    """What Slack cannot send; a channel where none was known among it."""
    view = request.build()
    values = {**state_of(view, {"what": "login"}), block: part}
    form = request.parse({**view, "state": {"values": values}})
    assert isinstance(form, Mistakes)
    assert list(form.errors) == [block]


def test_without_a_channel_there_is_no_this_channel() -> None:
    """From a direct message, or where nothing says where: Only me, and how to get the other."""
    view = request.build()
    who = next(block for block in view["blocks"] if block["block_id"] == ids.Block.COLLECT_BY)
    assert [option["text"]["text"] for option in who["element"]["options"]] == ["Only me"]
    assert "type the command there" in who["hint"]["text"]
    assert view.get("private_metadata", "") == ""
    assert "actions" not in {block["type"] for block in view["blocks"]}


def test_only_lifetimes_within_the_policy_are_offered() -> None:
    """MAX_LIFETIME cuts the list, DEFAULT_LIFETIME chooses where it is in it."""

    def offered(policy: Policy, wish: Lifetime | None = None) -> tuple[list[str], str]:
        block = request.build(policy, Prefill(lifetime=wish))["blocks"][3]["element"]
        return [option["value"] for option in block["options"]], block["initial_option"]["value"]

    every = ["3600", "86400", "259200", "604800"]
    assert offered(Policy()) == (every, "86400")
    assert offered(Policy(default_lifetime=Lifetime(30 * DAY))) == (every, "86400")
    assert offered(Policy(default_lifetime=Lifetime(3 * DAY))) == (every, "259200")
    assert offered(Policy(max_lifetime=Lifetime(7200))) == (["3600"], "3600")
    assert offered(Policy(), Lifetime(7 * DAY)) == (every, "604800")
    assert offered(Policy(max_lifetime=Lifetime(DAY)), Lifetime(7 * DAY)) == (every[:2], "86400")


def test_the_same_request_again_begins_with_its_words() -> None:
    """What, label, lifetime, fields and who may collect; a channel for whoever chose it only."""
    made = replace(record(channel=CHANNEL, fields=("Password",)), expires=Seconds(AT + 7 * DAY))
    view = request.build(Policy(), Prefill.of(made, ANNA))
    form = read(view, {})
    assert form == Form(
        made.what, "", made.label, Lifetime(7 * DAY), ("Password",), CollectBy(CHANNEL)
    )
    other = request.build(Policy(), Prefill.of(made, UserId("U0BEN")))
    assert other.get("private_metadata", "") == ""
    elsewhere = request.build(Policy(), Prefill.of(made, ANNA), channel="C0OTHER")
    assert elsewhere["private_metadata"] == "C0OTHER"
    free = request.build(Policy(), Prefill.of(record(fields=()), ANNA))
    assert read(free, {}).fields == ()  # type: ignore[union-attr]
    share_of = replace(made, kind=Kind.SHARE, collect_by="", what="", fields=())
    assert Prefill.of(share_of, ANNA) == Prefill(label=made.label)


def test_the_warning_says_what_to_do_and_repeats_nothing() -> None:
    """A text behind the command: first in the window."""
    view = request.build(typed_after="/secret request")
    assert view["blocks"][0]["block_id"] == ids.Block.WARNING
    assert "What you typed after /secret request has already gone to Slack." in str(view)


def test_the_message_says_what_is_waited_for_and_carries_the_seed_in_one_place() -> None:
    """The seed stands in the value of Collect, once; Cancel has the id alone, and asks first."""
    made, seed = record(channel=CHANNEL), RequestSeed.random()
    body = asked.build(made, seed)
    assert "Waiting for: Admin login" in texts(body)
    assert "<@U0ANNA>" in json.dumps(body)
    assert "Whoever can press it in this channel may use Collect." in json.dumps(body)
    (actions,) = [b for b in body["blocks"] if b.get("block_id") == ids.Block.ASKED]
    collect, cancel = actions["elements"]
    assert [b["text"]["text"] for b in (collect, cancel)] == ["Collect", "Cancel request"]
    assert asked.parse(collect["value"]) == asked.Pressed(made.id, seed)
    assert json.dumps(body).count(collect["value"].partition(".")[2]) == 1
    assert cancel["value"] == made.id.value
    assert cancel["confirm"]["confirm"]["text"] == "Cancel request"
    assert repr(asked.parse(collect["value"])).count("seed") == 0


def test_a_request_from_the_browser_has_a_button_without_a_seed() -> None:
    """Its Collect names the request only, and the message says what is asked for then."""
    body = asked.build(record(), None)
    collect = body["blocks"][-1]["elements"][0]
    assert asked.parse(collect["value"]).seed is None
    assert "asks for the collect link that was shown when this request was made" in str(body)
    assert "Only the person who asked may use Collect." in str(body)


@pytest.mark.parametrize("tail", [".", ".x", "." + "A" * 42, "." + "A" * 44, "x"])
def test_a_button_that_we_never_wrote_is_refused(tail: str) -> None:
    """A value that is no id and seed of 32 bytes."""
    with pytest.raises(DecodingError):
        asked.parse(SecretId.new(WORKSPACE).value + tail)


def test_the_share_form_offers_the_browser_when_it_has_an_address() -> None:
    """A URL button behind the fields, and no other element that reports anything."""
    view = share.build(compose=COMPOSE)
    (block,) = [b for b in view["blocks"] if b["type"] == "actions"]
    (button,) = block["elements"]
    assert (button["text"]["text"], button["url"]) == ("Write it in my browser instead", COMPOSE)
    assert "actions" not in {block["type"] for block in share.build()["blocks"]}


@many
@given(labels)
def test_f4_f6_windows_behind_the_buttons_are_ones_that_slack_takes(text: str) -> None:
    """F6, F4: link, Collect in each state, Cancel: with hostile words in every place."""
    for view in request_scenes.views(URL, text).values():
        sent = {part: shown for part, shown in view.items() if part != "errors"}
        assert faults_of_view(sent) == []
        assert is_harmless(view)
    for body in request_scenes.messages(text).values():
        assert faults_of_body(body) == []
        assert is_harmless(body)


def test_the_ready_made_message_is_the_designs_word_by_word() -> None:
    """With a name and without; a hostile name is text, and reads as it was typed."""
    rest = (
        ", to keep your login details secure, please send them through this page instead of "
        "e-mail: 1. Open LINK 2. Type your login details 3. Press Send. It works once, until "
        "24 November 2026, 16:00 UTC, encrypts in your browser, and needs no account or signup."
    )
    sent = Sent(SecretId.new(WORKSPACE), Occasion.REQUEST, AT)
    for name, said in (("Sam", "Sam"), ("", "there"), ("\u200b", "there"), ("  A\nB ", "A B")):
        assert Words().text(replace(sent, name=name), "LINK") == f"Hi {said}{rest}"
    assert is_harmless(Words().text(replace(sent, name="<!channel> & co"), "LINK"))


def test_the_collect_address_stands_in_its_button_alone() -> None:
    """No other text of the window has it; a request from the browser says what the page asks."""
    status = Status(State.RECEIVED, single_use=True, is_request=True, received=AT)
    address = f"{URL}/c/x#seed.ticket"
    for has_seed in (True, False):
        view = collect.ready(record(), status, address, has_seed=has_seed)
        assert json.dumps(view).count("seed.ticket") == 1
        assert (collect.KEPT_LINK in str(view)) is not has_seed
