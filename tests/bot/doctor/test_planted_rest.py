"""What Slack, this machine and the settings have wrong is found, and nothing else is."""

import os
from pathlib import Path

import pytest

from bot.doctor import machine, policies
from bot.doctor.finding import Level
from storage import alarms
from tests.bot.doctor.ward import PROXY, Ward, bad, the_one
from tests.deployment import free_port
from tests.raw import RawStore
from tests.slack import Fault

ERROR, WARNING, UNCHECKED = Level.ERROR, Level.WARNING, Level.UNCHECKED


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive"])
async def test_a_token_that_slack_refuses(ward: Ward, code: str) -> None:
    """Slack's own word for it, and not the token."""
    async with ward.running():
        ward.slack.fail("auth.test", Fault(error=code))
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "Slack token")
    assert code in found.found


@pytest.mark.parametrize(
    ("scopes", "level", "said"),
    [
        ("commands", ERROR, "lacks chat:write"),
        ("chat:write,commands,users:read", WARNING, "more than it needs: users:read"),
    ],
)
async def test_scopes_that_are_not_the_manifests(
    ward: Ward, scopes: str, level: Level, said: str
) -> None:
    """Too few and too many."""
    async with ward.running():
        ward.slack.scopes = scopes
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (level, "Slack scopes")
    assert said in found.found


async def test_another_signing_secret(ward: Ward) -> None:
    """Slack signs with what this environment has, and the web process has another."""
    async with ward.running(SLACK_SIGNING_SECRET="f" * 32):
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "Slack requests")
    assert "refuses" in found.found


async def test_a_web_process_without_slack(ward: Ward) -> None:
    """There is no /slack/events then."""
    bare = {"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": ""}
    async with ward.running(), ward.running(**bare, PORT=str(port := free_port())):
        ward.front.backend = f"http://127.0.0.1:{port}"
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "Slack requests")


async def test_a_clock_that_is_not_slacks(ward: Ward) -> None:
    """Before every request of Slack's is refused as too old."""
    body = '{"ok": true, "team": "Example Support", "team_id": "T1"}'
    headers = {"Date": "Wed, 25 Nov 2020 12:00:00 GMT", "X-OAuth-Scopes": "commands,chat:write"}
    async with ward.running():
        ward.slack.fail("auth.test", Fault(body=body, headers=headers))
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "clock")


async def test_a_data_dir_that_others_can_read(ward: Ward) -> None:
    """The mode, and how to mend it."""
    folder = Path(ward.environ["DATA_DIR"])
    async with ward.running():
        folder.chmod(0o755)
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "DATA_DIR")
    assert "0755" in found.found
    assert "chmod go=" in found.remedy


def test_a_data_dir_that_does_not_last(ward: Ward, tmp_path: Path) -> None:
    """In memory: an error for the embedded store, a warning for the trail's anchor alone."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    (found,) = machine.data_dir(ward.config(), mounts)
    assert (found.level, found.name) == (WARNING, "DATA_DIR")
    (found,) = machine.data_dir(ward.config(REDIS_URL=""), mounts)
    assert (found.level, "tmpfs" in found.found) == (ERROR, True)


def test_pages_that_were_never_built(ward: Ward, tmp_path: Path) -> None:
    """The web process would not start."""
    found = machine.front_end(ward.config(), tmp_path)
    assert (found.level, found.name) == (ERROR, "pages")
    assert "make build" in found.remedy


async def test_a_metrics_port_that_is_taken_or_silent(ward: Ward) -> None:
    """The same as PORT, or nobody there."""
    async with ward.running():
        found = the_one(await ward.examine(METRICS_PORT=ward.environ["PORT"]))
        assert (found.level, found.name) == (ERROR, "METRICS_PORT")
        found = the_one(await ward.examine(METRICS_PORT=str(free_port())))
    assert (found.level, found.name) == (UNCHECKED, "METRICS_PORT")


async def test_what_the_process_on_metrics_port_says(
    ward: Ward, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready is fine; degraded and alarms since the start are findings."""
    more = {"METRICS_PORT": str(free_port())}
    async with ward.running(**more):
        assert await ward.examine(**more) == []
        monkeypatch.setitem(alarms.raised, "lost", 2)
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (WARNING, "alarms")
    assert "lost 2" in found.found


async def test_numbers_that_strangers_can_read(ward: Ward) -> None:
    """The proxy leads /metrics to METRICS_PORT."""
    more = {"METRICS_PORT": (port := str(free_port()))}
    ward.front.metrics = f"http://127.0.0.1:{port}"
    async with ward.running(**more):
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (ERROR, "METRICS_PORT")


@pytest.mark.parametrize(("limit", "level"), [("ROOM_LOW", WARNING), ("ROOM_NONE", ERROR)])
def test_a_disk_that_is_nearly_full(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, limit: str, level: Level
) -> None:
    """How much is left; an error when it can end any moment."""
    for name in ("ROOM_LOW", limit):
        monkeypatch.setattr(machine, name, 2**80)
    (found,) = machine.data_dir(ward.config())
    assert (found.level, found.name) == (level, "DATA_DIR")
    assert "GiB are free" in found.found or "MiB are free" in found.found


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can give a folder away")
async def test_a_data_dir_of_another_user(ward: Ward) -> None:
    """The store in it is left alone: files of ours would lock its owner out."""
    folder = Path(ward.environ["DATA_DIR"])
    os.chown(folder, 65534, 65534)
    found = await ward.examine(REDIS_URL="")
    assert {(one.level, one.name) for one in found} >= {
        (ERROR, "DATA_DIR"),
        (UNCHECKED, "store"),
    }
    assert list(folder.iterdir()) == []


DANGEROUS = [
    ({"REVEALS_PER_MINUTE": "60000"}, "REVEALS_PER_MINUTE"),
    ({"CREATES_PER_HOUR": "1000000"}, "CREATES_PER_HOUR"),
    ({"TRUSTED_PROXIES": f"{PROXY},10.0.0.0/8"}, "10.0.0.0/8"),
    ({"ALLOW_DEGRADED_DURABILITY": "true"}, "ALLOW_DEGRADED_DURABILITY"),
    ({"PUBLIC_URL": "https://example.com"}, "a domain itself"),
    ({"PUBLIC_URL": "http://localhost:8080", "SLACK_API_URL": ""}, "the reader's own machine"),
    ({"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, "Slack is not connected"),
]


@pytest.mark.parametrize(("more", "said"), DANGEROUS)
def test_settings_that_are_dangerous(ward: Ward, more: dict[str, str], said: str) -> None:
    """Valid, and a finding all the same, of which the remedy is told."""
    found = the_one(bad(policies.check(ward.config(**more))))
    assert found.name == "settings"
    assert said in found.found
