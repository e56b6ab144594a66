"""What people do, and what the app is sent for it; what its answers do to what people see."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.answers import TROUBLE
from bot.sandbox.driver import NOBODY, NOT_A_CHOICE, NOT_THERE, READ_ONLY
from bot.sandbox.model import ANNA, APP_USER, BEN, CLARA, SLACKBOT, SUPPORT, TEAM
from bot.sandbox.server import LocalSlack
from tests.bot.sandbox.conftest import (
    ELSEWHERE,
    Api,
    Json,
    TinyBot,
    button,
    field_of,
    modal,
    options,
    plain,
    section,
    text_field,
)
from tests.bot.sandbox.test_chat import seen, texts
from tests.bot.sandbox.test_views import opened
from tests.slack import TOKEN

FIELD = {"field": {"typed": "hello"}}


def modals(local: LocalSlack, user: str = ANNA) -> list[Json]:
    """The stack that somebody looks at."""
    found: list[Json] = local.snapshot(user)["modals"]
    return found


def titles(local: LocalSlack) -> list[str]:
    """What stands above Anna's modals."""
    return [view["title"]["text"] for view in modals(local)]


# Typing


async def test_a_command_is_sent_with_all_that_slack_sends(
    local: LocalSlack, tiny: TinyBot
) -> None:
    """Command, text, who, where, a trigger and a response_url; nothing is posted."""
    outcome = await local.type(ANNA, SUPPORT, "/secret  hunter2 & <b> \n")
    assert outcome.ok
    assert outcome.message == ""
    (body,) = tiny.asked
    assert (body["command"], body["text"]) == ("/secret", "hunter2 & <b>")
    assert (body["user_id"], body["user_name"], body["team_id"]) == (ANNA, "anna", TEAM)
    assert (body["channel_id"], body["channel_name"]) == (SUPPORT, "support")
    assert body["response_url"].startswith(local.base_url.replace("/api/", "/response/"))
    assert body["trigger_id"]
    assert seen(local, ANNA) == []


async def test_every_act_has_a_trigger_of_its_own(local: LocalSlack, tiny: TinyBot) -> None:
    """Two commands, two triggers."""
    await local.type(ANNA, SUPPORT, "/secret")
    await local.type(ANNA, SUPPORT, "/secret")
    assert len({body["trigger_id"] for body in tiny.asked}) == 2


async def test_an_answer_to_a_command_is_for_its_typist(local: LocalSlack, tiny: TinyBot) -> None:
    """JSON or plain text, ephemeral."""
    tiny.answers({"text": "t", "blocks": [section("b")]})
    await local.type(ANNA, SUPPORT, "/secret")
    tiny.answers("only text")
    await local.type(ANNA, SUPPORT, "/secret")
    first, second = seen(local, ANNA)
    assert (first["user"], first["ephemeral"]) == (APP_USER, True)
    assert first["blocks"][0]["text"]["text"] == "b"
    assert second["text"] == "only text"
    assert seen(local, BEN) == []


async def test_an_answer_in_the_channel_shows_what_was_typed(
    local: LocalSlack, tiny: TinyBot
) -> None:
    """in_channel: everybody reads the command as well as the answer."""
    tiny.answers({"response_type": "in_channel", "text": "answer"})
    await local.type(ANNA, SUPPORT, "/secret hunter2")
    assert texts(seen(local, BEN)) == ["/secret hunter2", "answer"]
    assert [message["user"] for message in seen(local, BEN)] == [ANNA, APP_USER]


@pytest.mark.parametrize(
    ("body", "status", "delay", "code"),
    [
        ("", 200, 1.0, "operation_timeout"),
        ("", 404, 0.0, "http_client_error"),
        ("", 500, 0.0, "http_service_error"),
        ({"blocks": [{"type": "x"}]}, 200, 0.0, "invalid_blocks"),
        ({}, 200, 0.0, "no_text"),
        ("{not json", 200, 0.0, "invalid_command_response"),
    ],
)
async def test_a_command_that_failed_is_told_by_slackbot(
    local: LocalSlack,
    tiny: TinyBot,
    body: Any,
    status: int,
    delay: float,
    code: str,
) -> None:
    """Too late, refused, nonsense: one ephemeral sentence in Slack's words."""
    tiny.answers(body, status)
    tiny.delay = delay
    outcome = await local.type(ANNA, SUPPORT, "/secret hunter2")
    assert outcome.message == f'/secret failed with the error "{code}"'
    (told,) = seen(local, ANNA)
    assert (told["user"], told["text"]) == (SLACKBOT, outcome.message)
    assert told["ephemeral"]
    assert not outcome.ok


async def test_an_app_that_is_away_is_told(local: LocalSlack) -> None:
    """Nobody listens there: dispatch_failed."""
    local.request_url = "http://127.0.0.1:9/slack/events"
    outcome = await local.type(ANNA, SUPPORT, "/secret")
    assert outcome.message == '/secret failed with the error "dispatch_failed"'


async def test_commands_do_not_work_in_threads(local: LocalSlack, tiny: TinyBot, api: Api) -> None:
    """Slackbot says so below the message; the app hears nothing. Nor of a command it has not."""
    posted = await api("chat.postMessage", channel=SUPPORT, text="parent")
    outcome = await local.type(ANNA, SUPPORT, "/secret", thread_ts=posted["ts"])
    assert (outcome.ok, outcome.message) == (False, "/secret is not supported in threads. Sorry!")
    (parent,) = seen(local, ANNA)
    assert texts(parent["thread"]) == [outcome.message]
    outcome = await local.type(ANNA, SUPPORT, "/secrets hunter2")
    assert outcome.message.startswith("/secrets is not a valid command.")
    assert tiny.asked == []
    assert "hunter2" not in str(local.snapshot(BEN))


async def test_a_message_is_posted_and_answered(local: LocalSlack, tiny: TinyBot) -> None:
    """By its author, escaped as Slack does; a reply goes below it; the app is not told."""
    assert (await local.type(ANNA, SUPPORT, "a & <b>")).ok
    (message,) = seen(local, BEN)
    assert (message["user"], message["text"]) == (ANNA, "a &amp; &lt;b&gt;")
    assert (await local.type(BEN, SUPPORT, "reply", thread_ts=message["ts"])).ok
    (message,) = seen(local, ANNA)
    assert texts(message["thread"]) == ["reply"]
    assert tiny.asked == []


async def test_where_nobody_can_write(local: LocalSlack) -> None:
    """A channel one is not in, a thread that is none, the app's own tab; somebody who has left."""
    dm = local.workspace.dm(ANNA).id
    local.workspace.people[CLARA].has_left = True
    for user, channel, thread, said in (
        (BEN, ELSEWHERE, None, NOT_THERE),
        (BEN, dm, None, NOT_THERE),
        (ANNA, "support", None, NOT_THERE),
        (ANNA, SUPPORT, "1790000000.000100", NOT_THERE),
        (ANNA, dm, None, READ_ONLY),
        (CLARA, SUPPORT, None, NOT_THERE),
        ("U0NOBODY", SUPPORT, None, NOT_THERE),
    ):
        outcome = await local.type(user, channel, "t", thread_ts=thread)
        assert (outcome.ok, outcome.message) == (False, said)
    assert not (await local.type(ANNA, SUPPORT, " \n")).ok
    assert seen(local, ANNA) == []


async def test_a_command_works_in_the_dm(local: LocalSlack, tiny: TinyBot) -> None:
    """Its channel is called directmessage, as Slack calls it."""
    assert (await local.type(ANNA, local.workspace.dm(ANNA).id, "/secret")).ok
    assert tiny.asked[0]["channel_name"] == "directmessage"


async def test_requests_are_signed(local: LocalSlack, tiny: TinyBot) -> None:
    """With the app's signing secret, over the bytes that are sent; with another the app refuses."""
    assert (await local.type(ANNA, SUPPORT, "/secret")).ok
    async with LocalSlack(token=TOKEN, signing_secret="another") as stranger:
        stranger.request_url = local.request_url
        outcome = await stranger.type(ANNA, SUPPORT, "/secret")
    assert outcome.reply
    assert outcome.reply.status == 401
    assert len(tiny.asked) == 1


# Submitting


async def test_a_submission_carries_the_view_with_its_state(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """What was typed, and for the rest what the app began with; then the modal closes."""
    view = await opened(
        api,
        local,
        modal(
            text_field(),
            field_of({"type": "plain_text_input", "initial_value": "before"}, "other"),
            field_of({"type": "radio_buttons", "options": options("x", "y")}, "radio"),
            field_of({"type": "checkboxes", "options": options("x", "y")}, "boxes", optional=True),
            callback_id="form",
            private_metadata="m",
        ),
    )
    values: Json = {**FIELD, "radio": {"typed": "y"}, "boxes": {"typed": ["x", "y"]}}
    assert (await local.submit(ANNA, view["id"], values)).ok
    (body,) = tiny.asked
    assert (body["type"], body["user"]["id"], body["user"]["team_id"]) == (
        "view_submission", ANNA, TEAM,
    )  # fmt: skip
    sent = body["view"]
    for part in ("id", "hash", "root_view_id", "callback_id", "private_metadata", "blocks"):
        assert sent[part] == view[part]
    assert sent["state"]["values"] == {
        "field": {"typed": {"type": "plain_text_input", "value": "hello"}},
        "other": {"typed": {"type": "plain_text_input", "value": "before"}},
        "radio": {"typed": {"type": "radio_buttons", "selected_option": options("y")[0]}},
        "boxes": {"typed": {"type": "checkboxes", "selected_options": options("x", "y")}},
    }
    assert modals(local) == []


async def test_an_empty_answer_closes_the_topmost_modal_only(api: Api, local: LocalSlack) -> None:
    """The one below is seen again."""
    below = await opened(api, local, modal(title=plain("Below")))
    trigger = local.workspace.permits.trigger(ANNA, below["id"])
    top = (await api("views.push", trigger_id=trigger, view=modal()))["view"]
    assert (await local.submit(ANNA, top["id"], {})).ok
    assert titles(local) == ["Below"]


async def test_errors_stand_on_their_fields(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """response_action errors: the modal stays; pressed again, they are gone."""
    view = await opened(api, local, modal(text_field()))
    tiny.answers({"response_action": "errors", "errors": {"field": "Too short."}})
    assert (await local.submit(ANNA, view["id"], FIELD)).ok
    (shown,) = modals(local)
    assert (shown["errors"], shown["notice"]) == ({"field": "Too short."}, "")
    tiny.answers("", 500)
    await local.submit(ANNA, view["id"], FIELD)
    (shown,) = modals(local)
    assert (shown["errors"], shown["notice"]) == ({}, TROUBLE)


async def test_update_push_and_clear(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """response_action: the same modal anew, another one on top, none at all."""
    view = await opened(api, local)
    updated = modal(section("new"), title=plain("Updated"))
    tiny.answers({"response_action": "update", "view": updated})
    await local.submit(ANNA, view["id"], {})
    (shown,) = modals(local)
    assert (shown["id"], shown["hash"] != view["hash"]) == (view["id"], True)
    assert titles(local) == ["Updated"]
    pushed = modal(title=plain("Pushed"))
    tiny.answers({"response_action": "push", "view": pushed})
    await local.submit(ANNA, view["id"], {})
    assert titles(local) == ["Updated", "Pushed"]
    top = modals(local)[-1]["id"]
    tiny.answers({"response_action": "clear"})
    await local.submit(ANNA, top, {})
    assert modals(local) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 500),
        ("", 404),
        ("ok", 200),
        ({}, 200),
        ({"text": "hello"}, 200),
        ({"response_action": "open"}, 200),
        ({"response_action": "errors"}, 200),
        ({"response_action": "errors", "errors": {}}, 200),
        ({"response_action": "errors", "errors": {"unknown": "x"}}, 200),
        ({"response_action": "errors", "errors": {"said": "no field"}}, 200),
        ({"response_action": "errors", "errors": {"field": ""}}, 200),
        ({"response_action": "update"}, 200),
        ({"response_action": "update", "view": {"type": "modal"}}, 200),
        ({"response_action": "update", "view": {"type": "home", "blocks": []}}, 200),
        ({"response_action": "push", "view": modal(title=plain("x" * 25))}, 200),
    ],
)
async def test_an_answer_that_slack_does_not_take(
    api: Api, local: LocalSlack, tiny: TinyBot, body: Any, status: int
) -> None:
    """The modal stays as it is, with what was typed and Slack's notice."""
    view = await opened(api, local, modal(text_field(), section(block_id="said")))
    tiny.answers(body, status)
    outcome = await local.submit(ANNA, view["id"], FIELD)
    assert (outcome.ok, outcome.message) == (False, TROUBLE)
    (shown,) = modals(local)
    assert (shown["hash"], shown["notice"], shown["errors"]) == (view["hash"], TROUBLE, {})
    kept = local.workspace.views[view["id"]].typed
    assert kept["field"]["typed"]["value"] == "hello"


async def test_no_answer_within_slacks_patience(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """The same notice; answered in time, it goes away."""
    view = await opened(api, local)
    tiny.delay = 1.0
    assert not (await local.submit(ANNA, view["id"], {})).ok
    assert modals(local)[0]["notice"] == TROUBLE
    tiny.delay = 0.0
    assert (await local.submit(ANNA, view["id"], {})).ok
    assert modals(local) == []


async def test_a_fourth_view_is_not_pushed_by_an_answer(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """The stack is full for response_action as well."""
    await opened(api, local)
    tiny.answers({"response_action": "push", "view": modal()})
    for ok in (True, True, False):
        assert (await local.submit(ANNA, modals(local)[-1]["id"], {})).ok is ok
    assert len(modals(local)) == 3


async def test_slacks_client_checks_before_it_sends(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """A required field that is empty, too short, too long: told on the field, the app not asked."""
    element = {"type": "plain_text_input", "min_length": 2, "max_length": 4}
    view = await opened(api, local, modal(field_of(element), text_field("free", optional=True)))
    for text, said in (
        ("", "Please complete this required field."),
        (None, "Please complete this required field."),
        ("x", "Please enter at least 2 characters."),
        ("x" * 5, "Please enter at most 4 characters."),
    ):
        outcome = await local.submit(ANNA, view["id"], {"field": {"typed": text}})
        assert not outcome.ok
        assert modals(local)[0]["errors"] == {"field": said}
    assert tiny.asked == []
    assert (await local.submit(ANNA, view["id"], {"field": {"typed": "four"}})).ok


async def test_what_nobody_can_submit(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """Another's modal, one that is covered or closed or has no button; values of no field."""
    view = await opened(api, local, modal(text_field()))
    trigger = local.workspace.permits.trigger(ANNA, view["id"])
    top = (await api("views.push", trigger_id=trigger, view=modal(submit=None)))["view"]
    assert (await local.submit(ANNA, view["id"], FIELD)).message == NOT_THERE
    assert (await local.submit(ANNA, top["id"], {})).message == NOT_THERE
    await local.close(ANNA, top["id"])
    assert (await local.submit(ANNA, top["id"], {})).message == NOT_THERE
    assert (await local.submit(BEN, view["id"], FIELD)).message == NOT_THERE
    for values in ({"other": {"typed": "x"}}, {"field": {"other": "x"}}):
        assert (await local.submit(ANNA, view["id"], values)).message == NOT_A_CHOICE
    assert tiny.asked == []


# Closing


async def test_closing_is_told_only_where_it_was_asked_for(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """view_closed with the view and its state; nothing without notify_on_close."""
    view = await opened(api, local, modal(text_field(), notify_on_close=True))
    assert (await local.close(ANNA, view["id"])).ok
    (body,) = tiny.asked
    assert (body["type"], body["is_cleared"], body["view"]["id"]) == (
        "view_closed", False, view["id"],
    )  # fmt: skip
    assert "trigger_id" not in body
    silent = await opened(api, local)
    await local.close(ANNA, silent["id"])
    assert len(tiny.asked) == 1
    assert modals(local) == []
    assert (await local.close(ANNA, silent["id"])).message == NOT_THERE


async def test_clearing_closes_the_whole_stack(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """Each view that asked hears of it, the topmost first; an app that fails changes nothing."""
    tiny.answers("", 500)
    below = await opened(api, local, modal(notify_on_close=True))
    trigger = local.workspace.permits.trigger(ANNA, below["id"])
    view = modal(notify_on_close=True)
    top = (await api("views.push", trigger_id=trigger, view=view))["view"]
    assert (await local.close(ANNA, top["id"], clear=True)).ok
    assert [body["view"]["id"] for body in tiny.asked] == [top["id"], below["id"]]
    assert all(body["is_cleared"] for body in tiny.asked)
    assert modals(local) == []


async def test_a_view_may_clear_the_stack_when_it_closes(api: Api, local: LocalSlack) -> None:
    """clear_on_close."""
    below = await opened(api, local)
    trigger = local.workspace.permits.trigger(ANNA, below["id"])
    view = modal(clear_on_close=True)
    top = (await api("views.push", trigger_id=trigger, view=view))["view"]
    await local.close(ANNA, top["id"])
    assert modals(local) == []


# Pressing

PRESSES = modal(
    section(block_id="a", accessory=button(value="7", style="danger")),
    {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "static_select", "action_id": "select", "options": options("x", "y")},
            {"type": "overflow", "action_id": "menu", "options": options("x", "y")},
            {"type": "checkboxes", "action_id": "boxes", "options": options("x", "y")},
            {"type": "datepicker", "action_id": "date"},
            {"type": "datetimepicker", "action_id": "moment"},
            {"type": "users_select", "action_id": "user"},
            button("site", url="https://a.example"),
        ],
    },
    text_field(),
    text_field("live", dispatch_action=True),
)


@pytest.mark.parametrize(
    ("block_id", "action_id", "value", "sent"),
    [
        ("a", "press", None, {"type": "button", "value": "7", "text": plain("Press")}),
        ("b", "select", "y", {"type": "static_select", "selected_option": options("y")[0]}),
        ("b", "menu", "x", {"type": "overflow", "selected_option": options("x")[0]}),
        ("b", "boxes", ["y"], {"type": "checkboxes", "selected_options": options("y")}),
        ("b", "date", "2026-11-24", {"type": "datepicker", "selected_date": "2026-11-24"}),
        ("b", "moment", "1795536000", {"selected_date_time": 1795536000}),
        ("b", "user", BEN, {"type": "users_select", "selected_user": BEN}),
        ("live", "typed", "now", {"type": "plain_text_input", "value": "now"}),
    ],
)
async def test_a_press_in_a_modal(
    api: Api,
    local: LocalSlack,
    tiny: TinyBot,
    block_id: str,
    action_id: str,
    value: Any,
    sent: Json,
) -> None:
    """block_actions with the one action, its view and what was typed so far; it can push."""
    view = await opened(api, local, PRESSES)
    place = {"view": view["id"]}
    outcome = await local.act(ANNA, place, block_id, action_id, value, state=FIELD)
    assert outcome.ok
    (body,) = tiny.asked
    assert body["type"] == "block_actions"
    assert body["container"] == {"type": "view", "view_id": view["id"]}
    (action,) = body["actions"]
    assert (action["block_id"], action["action_id"]) == (block_id, action_id)
    assert action["action_ts"]
    assert sent.items() <= action.items()
    state = body["view"]["state"]["values"]
    assert state["field"]["typed"]["value"] == "hello"
    assert "press" not in str(state)
    assert "response_url" not in body
    trigger = body["trigger_id"]
    assert (await api("views.push", trigger_id=trigger, view=modal()))["ok"]
    assert len(modals(local)) == 2


async def test_a_choice_is_remembered(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """What was chosen is in the state of every later payload of this view."""
    view = await opened(api, local, PRESSES)
    place = {"view": view["id"]}
    await local.act(ANNA, place, "b", "select", "y")
    await local.act(ANNA, place, "a", "press")
    chosen = tiny.asked[-1]["view"]["state"]["values"]["b"]["select"]
    assert chosen["selected_option"]["value"] == "y"


async def test_a_field_that_does_not_dispatch_is_silent(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """What is typed there is remembered, and sent with the next act only."""
    view = await opened(api, local, PRESSES)
    assert (await local.act(ANNA, {"view": view["id"]}, "field", "typed", "hello")).ok
    assert tiny.asked == []
    await local.act(ANNA, {"view": view["id"]}, "a", "press")
    assert tiny.asked[0]["view"]["state"]["values"]["field"]["typed"]["value"] == "hello"


async def test_a_url_button_is_opened_and_reported(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """The outcome names the address, whether the app answers or not."""
    view = await opened(api, local, PRESSES)
    outcome = await local.act(ANNA, {"view": view["id"]}, "b", "site")
    assert (outcome.ok, outcome.opens) == (True, "https://a.example")
    assert tiny.asked[0]["actions"][0]["action_id"] == "site"
    tiny.answers("", 500)
    outcome = await local.act(ANNA, {"view": view["id"]}, "b", "site")
    assert (outcome.ok, outcome.opens) == (False, "https://a.example")


async def test_a_press_that_failed_is_noticed(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """On the view, until the next press works."""
    view = await opened(api, local, PRESSES)
    tiny.answers("", 500)
    outcome = await local.act(ANNA, {"view": view["id"]}, "a", "press")
    assert (outcome.ok, outcome.message) == (False, TROUBLE)
    assert modals(local)[0]["notice"] == TROUBLE
    tiny.answers("")
    await local.act(ANNA, {"view": view["id"]}, "a", "press")
    assert modals(local)[0]["notice"] == ""


async def test_what_is_not_there_cannot_be_pressed(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """Unknown ids, options that were not offered, other people's modals, covered ones."""
    view = await opened(api, local, PRESSES)
    place = {"view": view["id"]}
    for user, where, block_id, action_id, value, said in (
        (ANNA, place, "a", "other", None, NOT_THERE),
        (ANNA, place, "other", "press", None, NOT_THERE),
        (ANNA, place, "b", "select", "z", NOT_A_CHOICE),
        (ANNA, place, "b", "boxes", ["x", "z"], NOT_A_CHOICE),
        (ANNA, place, "b", "moment", "soon", NOT_A_CHOICE),
        (BEN, place, "a", "press", None, NOT_THERE),
        (ANNA, {"view": "V0"}, "a", "press", None, NOT_THERE),
        (ANNA, {"home": True}, "a", "press", None, NOT_THERE),
        (ANNA, {}, "a", "press", None, NOT_THERE),
    ):
        outcome = await local.act(user, where, block_id, action_id, value)
        assert (outcome.ok, outcome.message) == (False, said)
    outcome = await local.act(ANNA, place, "a", "press", state={"x": {"y": "z"}})
    assert outcome.message == NOT_A_CHOICE
    trigger = local.workspace.permits.trigger(ANNA, view["id"])
    await api("views.push", trigger_id=trigger, view=modal())
    assert (await local.act(ANNA, place, "a", "press")).message == NOT_THERE
    assert tiny.asked == []


async def test_a_press_in_a_message(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """Container, channel, message and response_url; of an ephemeral one not the message itself."""
    block = {
        "type": "actions",
        "block_id": "b",
        "elements": [button(), PRESSES["blocks"][1]["elements"][0]],
    }
    for method, args in (("chat.postMessage", {}), ("chat.postEphemeral", {"user": ANNA})):
        await api(method, channel=SUPPORT, text=method, blocks=[block], **args)
    for message in seen(local, ANNA):
        place = {"channel": SUPPORT, "ts": message["ts"]}
        state = {"b": {"select": "x"}}
        assert (await local.act(ANNA, place, "b", "press", state=state)).ok
        body = tiny.asked[-1]
        assert body["container"] == {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": SUPPORT,
            "is_ephemeral": message["ephemeral"],
        }
        assert body["channel"] == {"id": SUPPORT, "name": "support"}
        assert body["response_url"]
        assert body["state"]["values"]["b"]["select"]["selected_option"]["value"] == "x"
        assert ("message" in body) is not message["ephemeral"]
        assert (await api("views.open", trigger_id=body["trigger_id"], view=modal()))["ok"]
    place = {"channel": SUPPORT, "ts": seen(local, ANNA)[-1]["ts"]}
    assert not (await local.act(BEN, place, "b", "press")).ok
    tiny.answers("", 500)
    assert (await local.act(ANNA, place, "b", "press")).message == TROUBLE


async def test_the_home_tab(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """Looking at it is an event, with the view once there is one; a press names that view."""
    assert (await local.open_home(ANNA)).ok
    (body,) = tiny.asked
    assert (body["type"], body["team_id"]) == ("event_callback", TEAM)
    assert body["event_id"].startswith("Ev")
    event = body["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ANNA, "home")
    assert event["channel"] == local.workspace.dm(ANNA).id
    assert "view" not in event
    home = {"type": "home", "blocks": [section(block_id="a", accessory=button())]}
    view = (await api("views.publish", user_id=ANNA, view=home))["view"]
    await local.open_home(ANNA)
    assert tiny.asked[-1]["event"]["view"]["id"] == view["id"]
    assert (await local.act(ANNA, {"home": True}, "a", "press")).ok
    pressed = tiny.asked[-1]
    assert pressed["container"] == {"type": "view", "view_id": view["id"]}
    assert pressed["view"]["type"] == "home"
    assert (await api("views.open", trigger_id=pressed["trigger_id"], view=modal()))["ok"]
    tiny.answers("", 500)
    assert not (await local.act(ANNA, {"home": True}, "a", "press")).ok
    assert local.snapshot(ANNA)["home"]["notice"] == TROUBLE
    assert (await local.open_home("U0NOBODY")).message == NOBODY


async def test_a_global_shortcut(api: Api, local: LocalSlack, tiny: TinyBot) -> None:
    """callback_id and a trigger, no channel; only for what the app offers."""
    assert (await local.shortcut(ANNA, "share")).ok
    (body,) = tiny.asked
    assert (body["type"], body["callback_id"]) == ("shortcut", "share")
    assert "channel" not in body
    assert (await api("views.open", trigger_id=body["trigger_id"], view=modal()))["ok"]
    for user, name in ((ANNA, "move"), (ANNA, "other"), ("U0NOBODY", "share")):
        assert (await local.shortcut(user, name)).message == NOT_THERE
    tiny.answers("", 500)
    assert (await local.shortcut(ANNA, "share")).message == TROUBLE


async def test_a_message_shortcut(local: LocalSlack, tiny: TinyBot) -> None:
    """With the message, its channel and a response_url; only where one can read it."""
    await local.type(BEN, SUPPORT, "the password is hunter2")
    (message,) = seen(local, ANNA)
    assert (await local.message_shortcut(ANNA, "move", SUPPORT, message["ts"])).ok
    (body,) = tiny.asked
    assert (body["type"], body["callback_id"]) == ("message_action", "move")
    assert (body["message_ts"], body["channel"]["id"]) == (message["ts"], SUPPORT)
    assert (body["message"]["user"], body["message"]["text"]) == (BEN, message["text"])
    assert body["response_url"]
    for user, name, channel, ts in (
        (ANNA, "share", SUPPORT, message["ts"]),
        (ANNA, "move", SUPPORT, "1790000000.000100"),
        (ANNA, "move", ELSEWHERE, message["ts"]),
        ("U0NOBODY", "move", SUPPORT, message["ts"]),
    ):
        assert (await local.message_shortcut(user, name, channel, ts)).message == NOT_THERE
    await local.type(ANNA, SUPPORT, "/unknown")
    whispered = seen(local, ANNA)[-1]
    assert whispered["ephemeral"]
    outcome = await local.message_shortcut(ANNA, "move", SUPPORT, whispered["ts"])
    assert outcome.message == NOT_THERE


async def test_two_windows_of_one_person(api: Api, local: LocalSlack) -> None:
    """Opened twice, as on two devices: both live, the later one is seen, then the earlier."""
    first = await opened(api, local, modal(title=plain("First")))
    second = await opened(api, local, modal(title=plain("Second")))
    assert titles(local) == ["Second"]
    assert (await api("views.update", view_id=first["id"], view=modal(title=plain("1"))))["ok"]
    await local.close(ANNA, second["id"])
    assert titles(local) == ["1"]


async def test_a_closed_modal_is_not_brought_back_by_a_late_answer(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """Closed while the app was thinking: its answer changes nothing."""
    view = await opened(api, local)
    tiny.answers({"response_action": "update", "view": modal()})
    tiny.delay = 0.2
    pressed = asyncio.create_task(local.submit(ANNA, view["id"], {}))
    await asyncio.sleep(0.1)
    await local.close(ANNA, view["id"])
    assert (await pressed).ok
    assert modals(local) == []
