"""The manifest that operators paste into Slack fits Slack's limits and this code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from bot import app
from bot.sandbox.server import SHORTCUTS
from bot.slack_http import PATH
from bot.views import ids
from storage.settings import Settings
from tests.slack import CHECKOUT

TEXT = (CHECKOUT / "manifest.yml").read_text()
MANIFEST: dict[str, Any] = yaml.safe_load(TEXT)
FEATURES = MANIFEST["features"]
(COMMAND,) = FEATURES["slash_commands"]
# What each scope is needed for in the code; a scope that is not here may not be asked for.
SCOPES = {"commands", "chat:write"}


def test_the_command_is_the_one_that_the_code_answers() -> None:
    """The manifest's command is the default of SLACK_COMMAND."""
    assert COMMAND["command"] == Settings(data_dir=Path("data")).slack_command


def test_every_address_is_the_entrance_on_one_placeholder_host() -> None:
    """Command, interactivity and events go to /slack/events of the host that the operator replaces."""
    addresses = re.findall(r"https://\S+/slack/events", TEXT)
    settings = MANIFEST["settings"]
    assert addresses == ["https://secret.example.com" + PATH] * 3
    assert COMMAND["url"] == settings["interactivity"]["request_url"] == addresses[0]
    assert settings["event_subscriptions"]["request_url"] == addresses[0]
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


def test_http_mode_and_nothing_more() -> None:
    """No Socket Mode, one event, the Home tab: nothing that nobody would answer."""
    assert MANIFEST["settings"]["socket_mode_enabled"] is False
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    home = FEATURES["app_home"]
    assert home == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_the_shortcuts_are_the_ones_that_the_code_answers() -> None:
    """Names, kinds and ids as the sandbox offers them; at most five of each kind, as Slack takes."""
    told = [(one["type"], one["callback_id"], one["name"]) for one in FEATURES["shortcuts"]]
    assert told == [(one.type, str(one.callback_id), one.name) for one in SHORTCUTS]
    assert {name for _, name, _ in told} == set(ids.Shortcut)
    for one in FEATURES["shortcuts"]:
        assert 1 <= len(one["name"]) <= 24
        assert 1 <= len(one["description"]) <= 150


def test_each_scope_has_its_reason_beside_it() -> None:
    """No scope without a comment above it, and none beyond the list."""
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES
    lines = [line.strip() for line in TEXT.splitlines()]
    for scope in SCOPES:
        assert lines[lines.index(f"- {scope}") - 1].startswith("# ")


def test_the_texts_fit() -> None:
    """Slack's limits for names, descriptions and hints."""
    shown = MANIFEST["display_information"]
    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert re.match(r"#[0-9a-f]{6}\Z", shown["background_color"])
    assert len(FEATURES["bot_user"]["display_name"]) <= 80
    assert len(COMMAND["command"]) <= 32
    assert 1 <= len(COMMAND["description"]) <= 2000
    assert 1 <= len(COMMAND["usage_hint"]) <= 1000
    assert COMMAND["should_escape"] is False


async def test_every_id_has_its_listener(bot: app.Bot) -> None:
    """What a view can submit or press is answered, and nothing else is registered."""
    owners = [listener.ack_function for listener in bot.app._async_listeners]
    names = sorted(f"{type(o.__self__).__name__}.{o.__name__}" for o in owners)  # type: ignore[attr-defined]
    assert names == [
        "CollectListeners.cancel",
        "CollectListeners.collect",
        "CollectListeners.left",
        "CommandListener.typed",
        "HistoryListeners.burn",
        "HistoryListeners.chosen",
        "HistoryListeners.chosen",
        "HistoryListeners.expose",
        "HistoryListeners.filter",
        "HistoryListeners.filter",
        "HistoryListeners.turn",
        "HistoryListeners.turn",
        "HomeListeners.look",
        "HomeListeners.opened",
        "LanguageListeners.chosen",
        "NudgeListeners.again",
        "NudgeListeners.extend",
        "RequestListeners.again",
        "RequestListeners.submitted",
        "ShareListeners.burn",
        "ShareListeners.submitted",
        "ShareListeners.visit",
        "ShareListeners.visit",
        "ShortcutListeners.move",
        "ShortcutListeners.request",
        "ShortcutListeners.request",
        "ShortcutListeners.share",
        "ShortcutListeners.share",
        "WordingListeners.choose",
        "WordingListeners.open",
        "WordingListeners.submitted",
    ]


@pytest.mark.parametrize("enum", [ids.View, ids.Block, ids.Action, ids.Shortcut])
def test_ids_are_short_and_unique(
    enum: type[ids.View | ids.Block | ids.Action | ids.Shortcut],
) -> None:
    """Slack takes 255 characters; two ids that read the same would be answered by one listener."""
    values = [str(member) for member in enum]
    assert len(set(values)) == len(enum.__members__)
    assert all(re.match(r"[a-z_]{1,30}\Z", value) for value in values)


def test_the_entrance_can_be_routed() -> None:
    """The path is one that aiohttp serves as it stands."""
    resource = web.UrlDispatcher().add_resource(PATH)
    assert resource.canonical == PATH
