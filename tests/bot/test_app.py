"""The app as a whole: who may come in, what happens when things break, what is logged."""

import asyncio
import json
import logging
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot import app, workspace
from bot.views import ids, link_ready, share
from storage.vault import Vault
from tests.bot.conftest import build
from tests.bot.person import Person
from tests.slack import (
    TEAM,
    TEAM_NAME,
    FakeSlack,
    Fault,
    block_actions,
    slash_command,
    view_submission,
)

CANARY = "canary-c0ffee"
FORM = {**share.build(), "id": "V1"}


async def test_the_workspace_is_learnt_once(anna: Person, bot: app.Bot) -> None:
    """auth.test is called once per process, not per request."""
    for _ in range(5):
        await anna.type("help")
    assert len(anna.slack.called("auth.test")) == 1
    assert (bot.workspace.id, bot.workspace.name) == (TEAM, TEAM_NAME)


async def test_a_slack_that_is_gone_at_the_start_is_asked_again(
    bot: app.Bot, stranger_to_slack: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack away at start: requests are answered in words meanwhile, and later all works."""
    monkeypatch.setattr(workspace, "_FIRST_WAIT", 0.05)
    stranger_to_slack.slack.fail("auth.test", Fault(status=500, error="internal_error", times=3))
    async with bot.running():
        early = await stranger_to_slack.type()
        assert "has not reached Slack yet" in early.text
        async with asyncio.timeout(5):
            await bot.workspace.known.wait()
        assert (await stranger_to_slack.type()).text == ""


async def test_too_early_keeps_what_was_typed(stranger_to_slack: Person) -> None:
    """A form submitted before the workspace is known: an error on the field, text kept."""
    answer = await stranger_to_slack.submit(FORM, {ids.Block.SECRET: CANARY}, trigger="t")
    assert "has not reached Slack yet" in answer.errors[ids.Block.SECRET]


async def test_a_foreign_actor_makes_nothing(anna: Person, store_client: Redis) -> None:
    """Slack Connect: a foreign team's submission is refused at the field, and nothing is stored."""
    foreign = replace(anna, team="T0ELSEWHERE")
    answer = await foreign.submit(FORM, {ids.Block.SECRET: CANARY}, trigger="t")
    assert "belongs to another workspace" in answer.errors[ids.Block.SECRET]
    assert await store_client.dbsize() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"user": {"id": "U1", "name": "x", "team_id": "T0ELSEWHERE"}},
        {"user": {"id": "U1", "name": "x"}},
        {"user": {"name": "x", "team_id": TEAM}},
        {"team": {"id": "T0ELSEWHERE"}},
        {"view": {**FORM, "app_installed_team_id": "T0ELSEWHERE", "state": {"values": {}}}},
    ],
)
async def test_any_trace_of_another_team_is_refused(
    anna: Person, store_client: Redis, change: dict[str, object]
) -> None:
    """The actor's team, the payload's and the view's installation must all be ours."""
    body = view_submission(FORM, {ids.Block.SECRET: CANARY})
    payload = json.loads(parse_qs(body.decode())["payload"][0]) | change
    answer = await anna.post(urlencode({"payload": json.dumps(payload)}).encode())
    assert "belongs to another workspace" in answer.errors[ids.Block.SECRET]
    assert await store_client.dbsize() == 0


async def test_a_broken_listener_is_500_and_nothing_of_it_is_logged(
    anna: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours: Slack keeps the modal open on 500; types and places in the log, no texts."""

    def broken(view: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(share, "parse", broken)
    assert (await anna.submit(FORM, {ids.Block.SECRET: CANARY}, trigger="t")).status == 500
    lines = repr([vars(record) for record in caplog.records])
    assert "listener_failed" in lines
    assert "KeyError" in lines
    assert CANARY not in lines


async def test_a_payload_without_its_shape_is_refused_at_the_door(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """What Slack does not document is no listener's business: 400, and nothing of it in a log."""
    body = view_submission(FORM, {ids.Block.SECRET: CANARY}).replace(b"values", b"valuez")
    assert (await anna.post(body)).status == 400
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_a_view_that_holds_what_we_never_wrote_is_refused(
    anna: Person, store_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Signed, and with words of somebody else's in a place of ours: 400, and nothing is stored."""
    forged = {**FORM, "private_metadata": f"{CANARY} elsewhere"}
    answer = await anna.submit(forged, {ids.Block.SECRET: CANARY}, trigger="t")
    assert answer.status == 400
    assert await store_client.dbsize() == 0
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_a_broken_command_is_told(
    anna: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours on a command: the agent reads that something went wrong, in words."""

    def broken(*_args: object, **_named: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(share, "build", broken)
    answer = await anna.post(slash_command(CANARY))
    assert answer.status == 200
    assert "Something went wrong" in answer.text
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_what_nobody_listens_to_is_404(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """A press that no listener knows, another command, an empty body: answered, not explained."""
    button = {
        "type": "button",
        "action_id": CANARY,
        "text": {"type": "plain_text", "text": CANARY},
    }
    view = {**FORM, "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    assert (await anna.post(block_actions(view, CANARY))).status == 404
    assert (await anna.post(slash_command(CANARY, command="/other"))).status == 404
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_c1_nothing_typed_is_ever_logged(
    anna: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C1 in Slack's half: at DEBUG no secret, link, full id, token or label reaches a log."""
    caplog.set_level(logging.DEBUG)
    view = await anna.open_share()
    answer = await anna.submit(view, {ids.Block.SECRET: CANARY, ids.Block.LABEL: "label-f00d"})
    name = link_ready.parse(answer.view).value
    await anna.press({**view, **answer.view}, ids.Action.BURN_NOW)
    await anna.slack.seen("views.update")
    anna.slack.fail("views.open", Fault(status=500, body="<html>" + CANARY))
    await anna.type(CANARY)
    await anna.post(slash_command(CANARY), {"X-Slack-Signature": "v0=no"})
    lines = repr([vars(record) for record in caplog.records])
    assert "bad_signature" in lines
    for text in (CANARY, name, "label-f00d", anna.slack.token, "https://secret.example"):
        assert text not in lines


async def test_libraries_stay_quiet_and_the_environment_is_not_read(
    vault: Vault,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bolt's and the SDK's loggers are at WARNING; no token or client id comes from the environment."""
    logging.getLogger("slack_bolt").setLevel(logging.DEBUG)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-from-the-environment")
    built = build(vault, slack)
    try:
        names = [
            n for n in logging.root.manager.loggerDict if n.startswith(("slack_bolt", "slack_sdk"))
        ]
        assert names
        for name in names:
            assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING
        assert built.app.client.token != "xoxb-from-the-environment"
        assert caplog.records == []
    finally:
        await built.close()


async def test_one_connection_serves_many_calls(anna: Person) -> None:
    """The Web API client shares one session with a timeout, and closes it at the end."""
    assert anna.slack.connections == 1
    await asyncio.gather(*(anna.type() for _ in range(3)))
    await anna.type()
    assert anna.slack.connections <= 4


async def test_closing_ends_the_background(
    vault: Vault, slack: FakeSlack, session: ClientSession
) -> None:
    """Stopped while Slack is still away: the background task ends with the bot."""
    slack.fail("auth.test", Fault(error="invalid_auth"))
    built = build(vault, slack)
    start = time.perf_counter()
    async with built.running():
        await slack.seen("auth.test")
    assert time.perf_counter() - start < 2
    assert built.workspace.id is None
