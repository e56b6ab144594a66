"""What a page is told: one person's eyes, and when there is something new to see."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable
from typing import Any

import pytest
import yaml

from bot.sandbox.model import ANNA, APP_USER, BEN, CLARA, SUPPORT, TEAM, Shortcut
from bot.sandbox.server import LocalSlack
from tests.bot.sandbox.conftest import ELSEWHERE, Api, modal, plain, section, text_field
from tests.bot.sandbox.test_views import opened
from tests.slack import CHECKOUT, SIGNING_SECRET, TOKEN, FakeSlack


async def test_a_fresh_workspace(slack: FakeSlack) -> None:
    """Two agents and an admin, a channel and one's own DM with the app, the command."""
    told = slack.snapshot(ANNA)
    assert told["team"] == {"id": TEAM, "name": "Example Support"}
    assert (told["app"]["name"], told["app"]["user"], told["me"]) == (
        "slash-secret", APP_USER, ANNA,
    )  # fmt: skip
    assert told["people"] == [
        {"id": ANNA, "name": "anna", "real_name": "Anna Agent", "role": "agent"},
        {"id": BEN, "name": "ben", "real_name": "Ben Agent", "role": "agent"},
        {"id": CLARA, "name": "clara", "real_name": "Clara Admin", "role": "admin"},
    ]
    assert [(c["kind"], c["name"], c["messages"]) for c in told["conversations"]] == [
        ("channel", "support", []), ("dm", "slash-secret", []),
    ]  # fmt: skip
    assert (told["home"], told["modals"], len(told["shortcuts"])) == (None, [], 3)
    dms = {slack.snapshot(user)["conversations"][1]["id"] for user in (ANNA, BEN, CLARA)}
    assert len(dms) == 3
    with pytest.raises(LookupError):
        slack.snapshot("U0NOBODY")


def test_the_command_is_the_manifests() -> None:
    """What the sandbox offers by default is what operators install."""
    manifest = yaml.safe_load((CHECKOUT / "manifest.yml").read_text())
    (command,) = manifest["features"]["slash_commands"]
    (offered,) = LocalSlack(token=TOKEN, signing_secret=SIGNING_SECRET).commands
    for part in ("command", "usage_hint", "description"):
        assert getattr(offered, part) == command[part]


async def test_shortcuts_are_offered(local: LocalSlack) -> None:
    """As they were given."""
    assert local.snapshot(ANNA)["shortcuts"] == [
        {"type": "global", "callback_id": "share", "name": "Share a secret"},
        {"type": "message", "callback_id": "move", "name": "Move to a secret link"},
    ]
    assert isinstance(local.shortcuts[0], Shortcut)


async def test_a_modal_is_told_with_its_parts(api: Api, local: LocalSlack) -> None:
    """Every block has a block_id; errors and notice are there from the start."""
    view = await opened(api, local, modal(section(), text_field(), close=plain("No")))
    (told,) = local.snapshot(ANNA)["modals"]
    assert told == {
        "id": view["id"], "hash": view["hash"], "callback_id": "", "title": plain("Title"),
        "submit": plain("Submit"), "close": plain("No"), "blocks": view["blocks"],
        "errors": {}, "notice": "",
    }  # fmt: skip
    assert all(block["block_id"] for block in told["blocks"])


async def test_only_ones_own_conversations(local: LocalSlack) -> None:
    """Ben is not in the other channel."""
    names = [
        [place["id"] for place in local.snapshot(user)["conversations"]] for user in (ANNA, BEN)
    ]
    assert [ELSEWHERE in places for places in names] == [True, False]


async def test_whoever_waits_hears_of_every_change(api: Api, local: LocalSlack) -> None:
    """A message, an update, a deletion, a window, its errors: each is a new revision."""

    async def heard(act: Awaitable[Any]) -> Any:
        before = local.snapshot(ANNA)["revision"]
        waiting = asyncio.create_task(local.changes(before))
        await asyncio.sleep(0)
        assert not waiting.done()
        answer = await act
        assert await asyncio.wait_for(waiting, 1) > before
        return answer

    posted = await heard(api("chat.postMessage", channel=SUPPORT, text="t"))
    place = {"channel": SUPPORT, "ts": posted["ts"]}
    await heard(api("chat.update", **place, text="u"))
    await heard(api("chat.delete", **place))
    home = {"type": "home", "blocks": [section()]}
    await heard(api("views.publish", user_id=ANNA, view=home))
    view = (await heard(opened(api, local, modal(text_field()))))["id"]
    await heard(api("views.update", view_id=view, view=modal(text_field())))
    await heard(local.submit(ANNA, view, {}))
    await heard(local.close(ANNA, view))
    await heard(local.type(ANNA, SUPPORT, "t"))
    assert await local.changes(0) == local.snapshot(ANNA)["revision"]


def test_nobody_else_pays_for_it() -> None:
    """The composition root does not import the sandbox until it is wanted."""
    code = "import sys, bot.cli, web.app; assert not any('sandbox' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CHECKOUT)
