"""App Home as JSON: Slack takes it, whatever labels say."""

import json
import re

import pytest

from bot.sandbox.rules import flaws_of_view
from bot.views import allowed, ids
from storage.model import Lifetime, UserId
from storage.policy import HistoryScope, Policy
from tests.browser.sandbox import home_scenes

HOSTILE = "<!channel> & <https://evil.example|x> *b* \u202e" + "x" * 90


@pytest.mark.parametrize("label", ["ACME, ticket 4711", "", HOSTILE])
def test_f6_slack_takes_every_home(label: str) -> None:
    """F6: limits, unique ids, no empty cell; F4: no label is a mention, a link or a raw bracket."""
    for name, view in home_scenes.views(label).items():
        assert flaws_of_view(view, "home") == [], name
        said = json.dumps(view, ensure_ascii=False)
        assert "\u202e" not in said
        assert "<!channel>" not in said
        assert "<https://evil" not in said
        assert len(view["private_metadata"]) < 3000
        tokens = re.findall(r"<[^>]*>", said)
        assert all(re.match(r"<(@U|!date\^|#C|https://desk\.example)", one) for one in tokens)


def test_a_home_holds_no_link_and_no_secret() -> None:
    """Ids stand behind buttons only, and open nothing."""
    for view in home_scenes.views().values():
        assert not re.search(r"/[srcn](?:ew)?/?[\w-]*#", json.dumps(view))


def test_an_empty_cell_would_be_found() -> None:
    """The control of F6: what a Slack would refuse is refused here."""
    view = home_scenes.views()["home"]
    table = next(one for one in view["blocks"] if one.get("block_id") == ids.Block.TABLE)
    table["rows"][1][1]["text"] = ""
    assert flaws_of_view(view, "home")


def test_policies_in_words() -> None:
    """Each setting as its admin means it; many admins are counted."""
    policy = Policy(
        max_lifetime=Lifetime(7 * 86400),
        require_passphrase=True,
        browser_only=True,
        requests=False,
        history_scope=HistoryScope.OWN,
        admins=frozenset(UserId(f"U{number:03}") for number in range(25)),
        creates_per_hour=60,
    )
    said = json.dumps([block.to_dict() for block in allowed.blocks(policy)])
    for words in ("7 days", "on every link", "in the browser only", "none", "60", "90 days"):
        assert f"\\n{words}" in said
    assert "and 5 more" in said
