"""The entrance: nobody but Slack comes in, and nothing of what they sent is written down."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot import payload, slack_http
from bot.slack_http import BODY_LIMIT, PATH, SlackEvents
from tests.numbers import n
from tests.slack import SIGNING_SECRET, Json, sign, slash_command

CANARY = "canary-hunter2"
NOW = 1_800_000_000
Headers = list[tuple[str, str]]
Send = Callable[[Headers, bytes], Awaitable[tuple[int, str]]]


class Door:
    """The entrance alone, with a clock of ours and Bolt replaced by a note of what came through."""

    def __init__(self) -> None:
        self.passed: list[AsyncBoltRequest] = []
        self.now = float(NOW)
        self.answer = BoltResponse(status=200, body={"text": "hello"})

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Note, and answer like a listener."""
        self.passed.append(request)
        return self.answer


@pytest.fixture
def door() -> Door:
    """Nobody passed yet."""
    return Door()


@pytest.fixture
async def send(door: Door, session: ClientSession) -> AsyncIterator[Send]:
    """Post a body with headers; the status."""
    application = web.Application()
    handler = SlackEvents(SIGNING_SECRET, door.dispatch, clock=lambda: door.now).handle
    application.router.add_post(PATH, handler)
    async with TestServer(application) as server:

        async def post(headers: Headers, body: bytes) -> tuple[int, str]:
            async with session.post(
                server.make_url(PATH), headers=headers, data=BytesIO(body)
            ) as answer:
                return answer.status, await answer.text()

        yield post


def _good(body: bytes, at: int = NOW) -> dict[str, str]:
    return sign(SIGNING_SECRET, at, body)


def _bad(number: int, body: bytes) -> Headers:
    """One of many ways not to be Slack. The secret part of the randomness is repeatable."""
    dice = random.Random(number)
    good = _good(body)
    stamp, signed = good["X-Slack-Request-Timestamp"], good["X-Slack-Signature"]
    old = NOW - dice.randint(301, 10**6)
    ahead = NOW + dice.randint(301, 10**6)
    flipped = signed[:-1] + ("0" if signed[-1] != "0" else "1")
    words = ["abc", "", " ", "-1", "1e9", f"{NOW}.5", "\u0661\u0662", "9" * 40, f"+{NOW}"]
    odd = [
        "v0=\u00e9" * 3,
        "v0=",
        "",
        "v1" + signed[2:],
        signed[3:],
        signed.upper(),
        "v0=" + "\u0660" * 64,
    ]
    ways: list[Callable[[], Headers]] = [
        list,
        lambda: [("X-Slack-Request-Timestamp", stamp)],
        lambda: [("X-Slack-Signature", signed)],
        lambda: list(_good(body, old).items()),
        lambda: list(_good(body, ahead).items()),
        lambda: [("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", flipped)],
        lambda: [*good.items(), ("X-Slack-Signature", signed)],
        lambda: [*good.items(), ("X-Slack-Request-Timestamp", stamp)],
        lambda: list(sign("another secret", NOW, body).items()),
        lambda: list(_good(body + b"&").items()),
        lambda: [("X-Slack-Request-Timestamp", dice.choice(words)), ("X-Slack-Signature", signed)],
        lambda: list(sign(SIGNING_SECRET, dice.choice(words[:-1]), body).items()),
        lambda: [("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", dice.choice(odd))],
    ]
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    return kind + [h for h in ways[number % len(ways)]() if h[0] != "Content-Type"]


async def _all_are_refused(send: Send, door: Door) -> None:
    for number in range(n("F1", everyday=200, full=200)):
        body = slash_command(f"{CANARY} {number}")
        assert await send(_bad(number, body), body) == (401, "")
    assert door.passed == []


async def test_f1_a_bad_signature_is_401_and_nothing_of_it_is_logged(
    send: Send,
    door: Door,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """F1: missing, stale, future, non-numeric, non-ASCII, doubled: 401, never 5xx, no body logged."""
    await _all_are_refused(send, door)
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_f1_without_the_check_the_same_test_fails(
    send: Send,
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F1's negative control: with the check taken away, the bad ones come in."""
    monkeypatch.setattr(slack_http, "is_signed", lambda *_: True)
    with pytest.raises(AssertionError):
        await _all_are_refused(send, door)


@pytest.mark.parametrize("drift", [-300, -1, 0, 299, 300])
async def test_slack_comes_in_within_five_minutes(send: Send, door: Door, drift: int) -> None:
    """A right signature passes as long as both clocks agree within 300 seconds."""
    body = slash_command("help")
    assert await send(list(_good(body, NOW + drift).items()), body) == (200, '{"text": "hello"}')
    assert door.passed[0].body["text"] == "help"


async def test_the_example_of_slacks_documentation() -> None:
    """Our signature is the one that Slack's documentation computes in its example."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert slack_http.signature(SIGNING_SECRET.encode(), "1531420618", body) == (
        b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"payload=%7Bnot+json",
        b'{"a":',
        b"payload=%5B1%5D",
        b"payload=7",
        b'payload={"type":"view_submission","response_urls":{"":1}}',
        b"[" * 90_000,
    ],
)
async def test_what_slack_would_never_send_is_400(send: Send, door: Door, body: bytes) -> None:
    """A signed body that is not UTF-8, not JSON or not an object is answered, not raised."""
    headers = _good(body) | {
        "Content-Type": "application/json" if body[:1] == b"[" else "text/plain"
    }
    status, _ = await send(list(headers.items()), body)
    assert status == 400 or (status == 200 and isinstance(door.passed[0].body, dict))


_FORM = {"id": "V1", "type": "modal", "blocks": [], "private_metadata": "", "state": {"values": {}}}
_PERSON = {"user": {"id": "U1", "team_id": "T1"}, "trigger_id": "1.2.3"}
_SUBMISSION: Json = {**_PERSON, "type": "view_submission", "view": _FORM}
_PRESS: Json = {**_PERSON, "type": "block_actions", "actions": [{"action_id": "x"}]}
UNDOCUMENTED: list[Json] = [
    {},
    {**_SUBMISSION, "type": 7},
    {**_SUBMISSION, "response_urls": ["one", "two"]},
    {**_SUBMISSION, "response_urls": {"id": "x"}},
    {**_SUBMISSION, "trigger_id": "\ud800"},
    {**_SUBMISSION, "trigger_id": "x" * 5000},
    {**_SUBMISSION, "view": {**_FORM, "state": None}},
    {**_SUBMISSION, "view": {**_FORM, "type": None}},
    {**_PRESS, "container": {"type": "view"}},
]


@pytest.mark.parametrize("odd", UNDOCUMENTED)
async def test_what_slack_does_not_document_is_400(send: Send, door: Door, odd: Json) -> None:
    """Half of a payload, or the wrong type at a place that somebody reads, gets to no listener."""
    for whole, status in ((odd, 400), (_SUBMISSION, 200)):
        body = urlencode({"payload": json.dumps(whole)}).encode()
        assert (await send(list(_good(body).items()), body))[0] == status
    assert len(door.passed) == 1


async def test_what_is_refused_is_told_to_the_operator(send: Send, door: Door) -> None:
    """By the event's name alone: whose secret is wrong, and that Slack sent what nobody reads."""
    body = b"payload=%7B%7D"
    with capture_logs() as lines:
        assert (await send(list(sign("another secret", NOW, body).items()), body))[0] == 401
        assert (await send(list(_good(body).items()), body))[0] == 400
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("bad_signature", "warning"),
        ("undecodable_request", "warning"),
    ]


async def test_bolt_gets_the_body_its_type_and_the_time(send: Send, door: Door) -> None:
    """The form read, of the headers the type alone, and when Slack sent it by its own clock."""
    body = slash_command("history", trigger="7.8.9")
    assert (await send(list((_good(body) | {"X-Slack-Retry-Num": "1"}).items()), body))[0] == 200
    (got,) = door.passed
    assert got.raw_body == body.decode()
    assert isinstance(got.body, dict)
    assert (got.body["text"], got.body["trigger_id"]) == ("history", "7.8.9")
    assert got.headers == {"content-type": ["application/x-www-form-urlencoded"]}
    assert got.context[payload.SENT] == NOW


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (BoltResponse(status=200, body={"text": "hello"}), "application/json"),
        (BoltResponse(status=404, body="nobody listens"), "text/plain"),
        (BoltResponse(status=200, body=""), "text/plain"),
    ],
)
async def test_slack_gets_what_bolt_answers(
    session: ClientSession, door: Door, answer: BoltResponse, kind: str
) -> None:
    """Status and body as they are, and the type that Slack reads it by."""
    door.answer = answer
    application = web.Application()
    handler = SlackEvents(SIGNING_SECRET, door.dispatch, clock=lambda: door.now).handle
    application.router.add_post(PATH, handler)
    body = slash_command()
    async with (
        TestServer(application) as server,
        session.post(server.make_url(PATH), data=body, headers=_good(body)) as got,
    ):
        told = (got.status, await got.text(), got.content_type)
    assert told == (answer.status, answer.body, kind)


@pytest.mark.parametrize("odd", ["\udcff\udcfe", "v0=\udce9", "\u00e9", "\u0660" * 64])
def test_bytes_that_are_no_text_are_a_wrong_signature(odd: str) -> None:
    """Aiohttp hands header bytes that are not UTF-8 on as surrogates: refused, not raised."""
    assert not slack_http.is_signed(b"secret", [str(NOW)], [odd], b"", NOW)
    assert not slack_http.is_signed(b"secret", [odd], ["v0="], b"", NOW)


async def test_a_body_that_trickles_in_is_given_up(
    send: Send, door: Door, monkeypatch: pytest.MonkeyPatch, session: ClientSession
) -> None:
    """Whoever keeps a request open without sending it gets 408."""
    monkeypatch.setattr(slack_http, "PATIENCE", 0.1)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"text="
        await asyncio.sleep(0.5)
        yield b"hello"

    application = web.Application()
    application.router.add_post(PATH, SlackEvents(SIGNING_SECRET, door.dispatch).handle)
    async with (
        TestServer(application) as server,
        session.post(server.make_url(PATH), data=trickle()) as answer,
    ):
        assert answer.status == 408
    assert door.passed == []


async def test_a_body_is_read_up_to_a_mebibyte(send: Send, door: Door) -> None:
    """One byte more than 1 MiB is 413, whoever sends it; a mebibyte is read."""
    for size, status in ((BODY_LIMIT + 1, 413), (BODY_LIMIT, 200)):
        body = slash_command() + b"&more="
        body += b"a" * (size - len(body))
        assert (await send(list(_good(body).items()), body))[0] == status


async def test_the_clock_is_the_systems_unless_given(session: ClientSession, door: Door) -> None:
    """Without a clock of a test's the real one counts."""
    application = web.Application()
    application.router.add_post(PATH, SlackEvents(SIGNING_SECRET, door.dispatch).handle)
    async with TestServer(application) as server:
        for at, status in ((int(time.time()), 200), (NOW + 10**8, 401)):
            body = slash_command()
            headers = _good(body, at)
            async with session.post(server.make_url(PATH), headers=headers, data=body) as answer:
                assert answer.status == status
