"""The command as an operator types it: against real processes, with JSON, exit status, no secrets."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands import doctor
from bot.doctor import slack as slack_checks
from bot.doctor import table
from bot.doctor.finding import ERRORS, FINE, WARNINGS, Finding, Level, status_of
from tests.bot.doctor.ward import KEY, PASSWORD, Ward
from tests.bot.test_manifest import SCOPES
from tests.deployment import ROOT, deployment, free_port
from tests.docs.reading import code, page, rows
from tests.raw import holds
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str


async def typed(environ: Mapping[str, str], *arguments: str) -> Said:
    """``slash-secret doctor ...`` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from bot.cli import main; raise SystemExit(main())", "doctor", *arguments),
        cwd=ROOT,
        env={"PATH": os.defpath, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def test_real_processes_are_well(slack: FakeSlack, tmp_path: Path) -> None:
    """``slash-secret run`` with the embedded store: nothing but that this Slack is not slack.com."""
    more = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.base_url,
        "SECRETS_HMAC_KEY": KEY,
        "METRICS_PORT": str(free_port()),
    }
    run = ["-c", "from bot.cli import main; raise SystemExit(main(['run']))"]
    async with deployment(tmp_path, more, commands={"run": run}) as running:
        await running.ready()
        await running.told(b"workspace_known")
        port = running.url.rpartition(":")[2]
        environ = {
            **more,
            "DATA_DIR": str(running.data_dir),
            "PORT": port,
            "PUBLIC_URL": running.url,
        }
        said = await typed(environ, "--json")
    told = json.loads(said.out)
    bad = [one for one in told["findings"] if one["level"] != "ok"]
    assert [one["check"] for one in bad] == ["settings"], bad
    assert "SLACK_API_URL" in bad[0]["found"]
    assert (told["version"], told["status"], told["exit"]) == (1, "warnings", 1)
    assert (said.status, said.err) == (1, "")
    for secret in (TOKEN, SIGNING_SECRET, KEY, bytes.fromhex(KEY).decode("latin-1")):
        assert not holds((said.out + running.logs().decode()).encode(), secret.encode())


async def test_nothing_secret_is_said_when_everything_is_wrong(ward: Ward) -> None:
    """Each check has something to say, at every log level, and none of it is a key or password."""
    environ = {
        **ward.environ,
        "REDIS_URL": f"redis://someone:{PASSWORD}@127.0.0.1:1/0?ssl_ca_certs=x",
        "SLACK_BOT_TOKEN": "xoxb-canary-of-the-token",
        "SECRETS_HMAC_KEY": "0123456789abcdef" * 4,
        "LOG_LEVEL": "DEBUG",
        "METRICS_PORT": str(free_port()),
    }
    said = await typed(environ, "--json")
    assert said.status == ERRORS
    findings = json.loads(said.out)["findings"]
    assert {"key strength", "Slack token"} <= {
        one["check"] for one in findings if one["level"] == "error"
    }
    for secret in (PASSWORD, "canary-of-the-token", SIGNING_SECRET, "0123456789abcdef" * 4):
        assert secret not in said.out + said.err


async def test_a_setting_that_stops_every_start_stops_the_doctor(tmp_path: Path) -> None:
    """Exit status 2, and the sentence that the processes say."""
    said = await typed({"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://secret.example.com"})
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("slash-secret: PUBLIC_URL must start with https://")


def asked(ward: Ward, *arguments: str, **more: str) -> int:
    """The command within this process, which asks nobody for an address."""
    parser = argparse.ArgumentParser("slash-secret doctor")
    doctor.add(parser)
    return doctor.run(parser.parse_args(arguments), ward.config(**more))


FORWARDED = ("--header", "X-Forwarded-For: 198.51.100.1, 203.0.113.9")
REQUESTS = [
    (("--from", "10.0.0.1", *FORWARDED), "10.0.0.0/24", FINE, "203.0.113.9 is recorded"),
    (("--from", "10.0.0.1", *FORWARDED), "10.1.0.0/24", WARNINGS, "10.0.0.1 is recorded"),
    (("--from", "::ffff:10.0.0.1", *FORWARDED), "10.0.0.0/24", FINE, "203.0.113.9 is recorded"),
    (("--from", "unix", *FORWARDED), "unix", FINE, "203.0.113.9 is recorded"),
    (("--from", "203.0.113.5"), "", FINE, "203.0.113.5 is recorded"),
    (FORWARDED, "127.0.0.1", FINE, "203.0.113.9 is recorded"),
    (
        ("--from", "173.245.48.1", "--header", "CF-Connecting-IP: 203.0.113.8", *FORWARDED),
        "cloudflare",
        FINE,
        "203.0.113.8 is recorded",
    ),
]


@pytest.mark.parametrize(("arguments", "trusted", "status", "sentence"), REQUESTS)
def test_the_address_of_a_described_request(
    ward_config: Ward,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    trusted: str,
    status: int,
    sentence: str,
) -> None:
    """By the rules that the web process has, and nothing else is looked at."""
    assert asked(ward_config, *arguments, TRUSTED_PROXIES=trusted) == status
    assert sentence in capsys.readouterr().out


def test_the_address_of_a_request_in_a_file(
    ward_config: Ward, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As it was sent, with its first line and its body, or the headers alone."""
    path = tmp_path / "request"
    path.write_bytes(
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n\r\nX: body\r\n"
    )
    assert asked(ward_config, "--request", str(path)) == FINE
    path.write_text("X-Forwarded-For: 203.0.113.9\n")
    assert asked(ward_config, "--request", str(path)) == FINE
    assert capsys.readouterr().out.count("203.0.113.9 is recorded") == 2


@pytest.mark.parametrize(
    "arguments",
    [("--from", "proxy.example.com"), ("--header", "no header"), ("--request", "/nowhere")],
)
def test_a_request_that_is_described_wrongly(
    ward_config: Ward, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Exit status 2 and the way it should be."""
    with pytest.raises(SystemExit) as told:
        asked(ward_config, *arguments)
    assert told.value.code == 2
    assert "usage: slash-secret doctor" in capsys.readouterr().err


@pytest.fixture
def ward_config(slack: FakeSlack, tmp_path: Path) -> Ward:
    """Settings alone: nothing of a deployment is there."""
    environ = {"TRUSTED_PROXIES": "127.0.0.1", "DATA_DIR": str(tmp_path)}
    return Ward(environ, None, slack)  # type: ignore[arg-type]  # nobody stands in front


@pytest.mark.parametrize(
    ("levels", "status"),
    [
        ([], FINE),
        ([Level.OK], FINE),
        ([Level.OK, Level.UNCHECKED], WARNINGS),
        ([Level.WARNING], WARNINGS),
        ([Level.ERROR, Level.WARNING, Level.OK], ERRORS),
    ],
)
def test_the_worst_finding_is_the_exit_status(levels: list[Level], status: int) -> None:
    """What nobody could look at is no reassurance."""
    assert status_of(Finding(level, "x", "y") for level in levels) == status


def test_foreign_text_steers_no_terminal() -> None:
    """A workspace's name, a proxy's words: one line, no escape sequences."""
    finding = Finding(Level.OK, "Slack token", "taken by \x1b[31mred\nerror  forged\u202e")
    assert len(list(table.lines([finding]))) == 2
    for text in ("\n".join(table.lines([finding])), table.as_json([finding])):
        assert "\x1b" not in text
        assert "\\u001b" not in text
        assert "\u202e" not in text


def test_the_scopes_are_the_manifests() -> None:
    """The doctor wants what the manifest asks for."""
    assert slack_checks.SCOPES == SCOPES


def test_the_table_of_checks_is_the_code() -> None:
    """Every check that the doctor names is explained to operators, and no other."""
    explained = {name for row in rows(page("docs/operators.md"), "Check") for name in code(row[0])}
    sources = "".join(path.read_text() for path in sorted((ROOT / "bot" / "doctor").glob("*.py")))
    assert {name for name in explained if f'"{name}"' not in sources} == set()
