"""``views.*``: what opens, what is refused with which of Slack's codes, and what a view remembers."""

import pytest

from bot.sandbox.model import ANNA, BEN, TEAM
from bot.sandbox.server import LocalSlack
from tests.bot.sandbox.conftest import Api, Clock, Json, TinyBot, modal, section, text_field

HOME = {"type": "home", "blocks": [section()]}


async def opened(api: Api, local: LocalSlack, view: Json | None = None) -> Json:
    """A modal that Anna looks at."""
    trigger = local.workspace.permits.trigger(ANNA)
    answer = await api("views.open", trigger_id=trigger, view=view or modal())
    made: Json = answer["view"]
    return made


async def test_a_trigger_opens_one_modal(api: Api, local: LocalSlack) -> None:
    """The answer describes the view as Slack does; the trigger's person alone sees it."""
    block = section()
    view = await opened(api, local, modal(block, callback_id="form", private_metadata="1"))
    assert view["type"] == "modal"
    assert view["team_id"] == view["app_installed_team_id"] == TEAM
    assert (view["callback_id"], view["private_metadata"]) == ("form", "1")
    assert (view["root_view_id"], view["previous_view_id"]) == (view["id"], None)
    assert view["state"] == {"values": {}}
    assert view["blocks"] == [{**block, "block_id": view["blocks"][0]["block_id"]}]
    assert view["hash"]
    (seen,) = local.snapshot(ANNA)["modals"]
    assert seen["id"] == view["id"]
    assert local.snapshot(BEN)["modals"] == []


async def test_a_trigger_works_once(api: Api, local: LocalSlack) -> None:
    """The second time it is exchanged_trigger_id, whatever it is used for."""
    trigger = local.workspace.permits.trigger(ANNA)
    assert (await api("views.open", trigger_id=trigger, view=modal()))["ok"]
    for method in ("views.open", "views.push"):
        answer = await api(method, trigger_id=trigger, view=modal())
        assert answer == {"ok": False, "error": "exchanged_trigger_id"}


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(0.0, None), (2.9, None), (3.1, "expired_trigger_id"), (1e6, "expired_trigger_id")],
)
async def test_a_trigger_lives_three_seconds(
    api: Api, local: LocalSlack, clock: Clock, seconds: float, code: str | None
) -> None:
    """Older than that it is expired_trigger_id."""
    trigger = local.workspace.permits.trigger(ANNA)
    clock.now += seconds
    answer = await api("views.open", trigger_id=trigger, view=modal())
    assert answer.get("error") == code


@pytest.mark.parametrize("trigger", ["1.2.3", "x"])
async def test_a_made_up_trigger_opens_nothing(api: Api, trigger: str) -> None:
    """invalid_trigger_id."""
    answer = await api("views.open", trigger_id=trigger, view=modal())
    assert answer == {"ok": False, "error": "invalid_trigger_id"}


async def test_a_refused_view_leaves_the_trigger(api: Api, local: LocalSlack) -> None:
    """What Slack does not take has opened nothing, so the trigger is still good."""
    trigger = local.workspace.permits.trigger(ANNA)
    assert not (await api("views.open", trigger_id=trigger, view={}))["ok"]
    assert (await api("views.open", trigger_id=trigger, view=modal()))["ok"]


async def test_three_modals_are_a_stack(api: Api, local: LocalSlack) -> None:
    """Two can be pushed, each knowing root and previous; a third is push_limit_reached."""
    stack = [await opened(api, local)]
    for _ in range(2):
        trigger = local.workspace.permits.trigger(ANNA, stack[-1]["id"])
        stack.append((await api("views.push", trigger_id=trigger, view=modal()))["view"])
    assert [view["root_view_id"] for view in stack] == [stack[0]["id"]] * 3
    assert [view["previous_view_id"] for view in stack] == [None, stack[0]["id"], stack[1]["id"]]
    trigger = local.workspace.permits.trigger(ANNA, stack[-1]["id"])
    answer = await api("views.push", trigger_id=trigger, view=modal())
    assert answer == {"ok": False, "error": "push_limit_reached"}
    assert [v["id"] for v in local.snapshot(ANNA)["modals"]] == [v["id"] for v in stack]


async def test_nothing_is_pushed_from_outside_a_modal(api: Api, local: LocalSlack) -> None:
    """A command's trigger, or one of a modal that is closed."""
    view = await opened(api, local)
    closed = local.workspace.permits.trigger(ANNA, view["id"])
    await local.close(ANNA, view["id"])
    for trigger in (local.workspace.permits.trigger(ANNA), closed):
        answer = await api("views.push", trigger_id=trigger, view=modal())
        assert answer == {"ok": False, "error": "invalid_trigger_id"}


async def test_an_update_keeps_the_id_and_changes_the_hash(api: Api, local: LocalSlack) -> None:
    """By view_id or external_id; with the latest hash or none; hash_conflict with a stale one."""
    view = await opened(api, local, modal(external_id="mine"))
    names = {"view_id": view["id"]}
    first = (await api("views.update", **names, hash=view["hash"], view=modal()))["view"]
    assert first["id"] == view["id"]
    assert first["hash"] != view["hash"]
    stale = await api("views.update", **names, hash=view["hash"], view=modal(section("stale")))
    assert stale == {"ok": False, "error": "hash_conflict"}
    assert "stale" not in str(local.snapshot(ANNA))
    assert (await api("views.update", **names, view=modal(external_id="new")))["ok"]
    assert (await api("views.update", external_id="new", view=modal()))["ok"]


async def test_what_is_closed_or_unknown_is_not_found(api: Api, local: LocalSlack) -> None:
    """views.update of a modal that is gone, or never was."""
    view = await opened(api, local)
    await local.close(ANNA, view["id"])
    for names in ({"view_id": view["id"]}, {"view_id": "V0"}, {"external_id": "x"}, {}):
        answer = await api("views.update", **names, view=modal())
        assert answer == {"ok": False, "error": "not_found"}


async def test_an_external_id_is_unique(api: Api, local: LocalSlack) -> None:
    """duplicate_external_id, until the view that has it is gone; an update may keep its own."""
    first = await opened(api, local, modal(external_id="mine"))
    second = await opened(api, local)
    twin = modal(external_id="mine")
    refusal = {"ok": False, "error": "duplicate_external_id"}
    trigger = local.workspace.permits.trigger(ANNA, second["id"])
    assert await api("views.open", trigger_id=trigger, view=twin) == refusal
    assert await api("views.push", trigger_id=trigger, view=twin) == refusal
    assert await api("views.update", view_id=second["id"], view=twin) == refusal
    assert await api("views.publish", user_id=ANNA, view={**HOME, "external_id": "mine"}) == refusal
    assert (await api("views.update", view_id=first["id"], view=twin))["ok"]
    await local.close(ANNA, second["id"])
    await local.close(ANNA, first["id"])
    assert (await api("views.open", trigger_id=trigger, view=twin))["ok"]


@pytest.mark.parametrize(
    ("method", "args", "missing"),
    [
        ("views.open", {"view": modal()}, ["trigger_id"]),
        ("views.open", {}, ["trigger_id", "view"]),
        ("views.push", {"trigger_id": "1"}, ["view"]),
        ("views.update", {"view_id": "V1"}, ["view"]),
        ("views.publish", {"view": HOME}, ["user_id"]),
    ],
)
async def test_what_a_method_needs_is_asked_for(
    api: Api, method: str, args: Json, missing: list[str]
) -> None:
    """invalid_arguments, naming each."""
    answer = await api(method, **args)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        f"[ERROR] missing required field: {name}" for name in missing
    ]


async def test_a_home_tab_is_published_and_replaced(api: Api, local: LocalSlack) -> None:
    """One for each person, with the same id ever after; a stale hash is hash_conflict."""
    first = (await api("views.publish", user_id=ANNA, view=HOME))["view"]
    assert (first["type"], first["title"], first["submit"]) == ("home", None, None)
    args = {"user_id": ANNA, "view": {**HOME, "blocks": [section("Second")]}}
    second = (await api("views.publish", **args, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    stale = await api("views.publish", **args, hash=first["hash"])
    assert stale == {"ok": False, "error": "hash_conflict"}
    home = local.snapshot(ANNA)["home"]
    assert (home["id"], home["blocks"][0]["text"]["text"]) == (first["id"], "Second")
    assert "title" not in home
    assert local.snapshot(BEN)["home"] is None


async def test_a_stranger_has_no_home(api: Api, local: LocalSlack) -> None:
    """user_not_found, also for somebody who has left."""
    local.workspace.people[BEN].has_left = True
    for user in ("U0NOBODY", BEN):
        answer = await api("views.publish", user_id=user, view=HOME)
        assert answer == {"ok": False, "error": "user_not_found"}


async def test_blocks_and_elements_get_the_ids_they_lack(api: Api, local: LocalSlack) -> None:
    """Slack makes them up, differently each time; given ones stay."""
    form = modal(
        section(accessory={"type": "button", "text": section()["text"]}),
        {"type": "divider", "block_id": "mine"},
    )
    view = await opened(api, local, form)
    updated = (await api("views.update", view_id=view["id"], view=form))["view"]
    for made in (view, updated):
        assert made["blocks"][0]["block_id"]
        assert made["blocks"][0]["accessory"]["action_id"]
        assert made["blocks"][1]["block_id"] == "mine"
    assert view["blocks"][0]["block_id"] != updated["blocks"][0]["block_id"]


async def test_what_was_typed_stays_where_its_field_stays(
    api: Api, local: LocalSlack, tiny: TinyBot
) -> None:
    """Across views.update: same block_id, action_id and type; another block begins anew."""
    view = await opened(api, local, modal(text_field("kept"), text_field("other")))
    values = {"kept": {"typed": "hello"}, "other": {"typed": "world"}}
    tiny.answers("broken", status=500)
    await local.submit(ANNA, view["id"], values)
    fields = (text_field("kept"), text_field("new"), section())
    await api("views.update", view_id=view["id"], view=modal(*fields))
    tiny.answers("")
    await local.submit(ANNA, view["id"], {"new": {"typed": "!"}})
    assert tiny.asked[-1]["view"]["state"]["values"] == {
        "kept": {"typed": {"type": "plain_text_input", "value": "hello"}},
        "new": {"typed": {"type": "plain_text_input", "value": "!"}},
    }


async def test_views_may_come_in_a_form(local: LocalSlack, api: Api) -> None:
    """As JSON in a string, which is how forms carry it."""
    trigger = local.workspace.permits.trigger(ANNA)
    view = '{"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": [{"type": "divider"}]}'
    assert (await api("views.open", trigger_id=trigger, view=view))["ok"]
