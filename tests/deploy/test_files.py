"""Each file of docs/deploy passes the tool that its program comes with."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
import yaml

from storage import settings
from tests.deploy import packages
from tests.deployment import ROOT
from tests.proxies import programs
from tests.proxies.programs import Missing

DEPLOY = ROOT / "docs" / "deploy"
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *DEPLOY.glob("*.md")])
UNIT = "slash-secret@.service"
NGINX_BLOCKS = [
    pytest.param(block, id=title)
    for page in PAGES
    for title, block in re.findall(r"```nginx\n# ([^\n]+)\n(.*?)```", page.read_text(), re.DOTALL)
]
CADDYFILES = [
    pytest.param((DEPLOY / "Caddyfile").read_text(), id="Caddyfile"),
    *(
        pytest.param(block, id=page.name)
        for page in PAGES
        for block in re.findall(r"```caddyfile\n(.*?)```", page.read_text(), re.DOTALL)
    ),
]


@contextmanager
def or_skipped() -> Iterator[None]:
    """Where a tool cannot be had, a skip that says what is not tested and why."""
    try:
        yield
    except Missing as reason:
        pytest.skip(f"NOT TESTED in docs/deploy: {reason}")


def run(*command: str | Path) -> tuple[int, str]:
    """Exit status, and everything it says."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit in a folder of its own, with a program that exists here."""
    text = programs.changed(
        (DEPLOY / UNIT).read_text(),
        {"/opt/slash-secret/current/.venv/bin/python": sys.executable},
    )
    (tmp_path / UNIT).write_text(text)
    return tmp_path / UNIT


def test_the_unit_is_one_that_systemd_takes(unit: Path) -> None:
    """``systemd-analyze verify`` has nothing to say, and with a misspelt name it has."""
    with or_skipped():
        analyze = packages.installed("systemd-analyze")
    assert run(analyze, "verify", "--man=no", unit) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHomes="))
    assert "ProtectHomes" in run(analyze, "verify", "--man=no", unit)[1]


def test_the_unit_can_do_little(unit: Path) -> None:
    """Its exposure is 2.0 or less, of 10, by ``systemd-analyze security``."""
    with or_skipped():
        analyze = packages.installed("systemd-analyze")
    status, text = run(analyze, "security", "--offline=yes", "--threshold=20", unit)
    assert status == 0, text[-400:]


def test_the_unit_gives_the_time_that_a_stop_takes() -> None:
    """What docs/operators.md asks for, in the unit and in compose.yaml."""
    (seconds,) = re.findall(
        r"Give it (\d+) seconds before you kill it", (ROOT / "docs/operators.md").read_text()
    )
    assert f"\nTimeoutStopSec={seconds}\n" in (DEPLOY / UNIT).read_text()
    assert f"stop_grace_period: {seconds}s" in (DEPLOY / "compose.yaml").read_text()


def test_the_settings_file_is_read_as_it_is_meant() -> None:
    """Filled in, each of its lines is a setting of this version."""
    lines = (DEPLOY / "slash-secret.env").read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(named) <= {name.upper() for name in settings.Settings.model_fields}
    filled = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s" * 32}
    assert settings.load({**named, **filled}).https


@pytest.mark.parametrize("text", CADDYFILES)
def test_caddy_takes_every_caddyfile(text: str, tmp_path: Path) -> None:
    """``caddy validate`` on each that the docs have, and not with a misspelt directive."""
    with or_skipped():
        caddy = packages.debian("caddy") / "usr" / "bin" / "caddy"
    file = tmp_path / "Caddyfile"
    command = (caddy, "validate", "--adapter", "caddyfile", "--config", file)
    file.write_text(text)
    status, said = run(*command)
    assert status == 0, said
    assert "Valid configuration" in said
    file.write_text(text.replace("reverse_proxy", "reverse_proxies"))
    assert run(*command)[0] != 0


@pytest.mark.parametrize("block", NGINX_BLOCKS)
def test_nginx_takes_every_block(
    block: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """``nginx -t`` on each configuration that the docs have, with a certificate that exists."""
    with or_skipped():
        found = programs.find()
    both, key = certificate
    text = programs.changed(
        block,
        {
            "/etc/ssl/secret.example.com.pem": str(both),
            "/etc/ssl/secret.example.com.key": str(key),
            "listen 443 ssl": "listen 127.0.0.1:8443 ssl",
        },
    )
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {places} {text} }}"
    )
    done = subprocess.run(
        [found.nginx, "-t", "-e", "stderr", "-p", tmp_path, "-c", main],
        env=dict(found.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_the_containerfile_passes_hadolint(tmp_path: Path) -> None:
    """No finding, and with a floating base image one."""
    with or_skipped():
        hadolint = packages.hadolint()
    file = DEPLOY / "Containerfile"
    assert run(hadolint, file) == (0, "")
    careless = tmp_path / "Containerfile"
    careless.write_text(file.read_text().replace(":3.13-slim-bookworm", ":latest"))
    assert "DL3007" in run(hadolint, careless)[1]


def test_the_containerfile_copies_what_is_there() -> None:
    """Each source of a COPY from the checkout exists, and is in git."""
    text = (DEPLOY / "Containerfile").read_text()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert copies
    for name in " ".join(copies).split():
        assert (ROOT / name).exists(), name


def test_compose_is_of_composes_schema() -> None:
    """By the schema that Debian's docker-compose carries, and not with a misspelt key."""
    with or_skipped():
        found = list(packages.debian("docker-compose").rglob("compose_spec.json"))
        if not found:
            raise Missing("this Debian's docker-compose carries no schema")
    schema = json.loads(found[0].read_text())
    text = (DEPLOY / "compose.yaml").read_text()
    # The draft that the schema names, by an address which the library does not know.
    validator = jsonschema.Draft201909Validator(schema)
    validator.validate(yaml.safe_load(text))
    assert not validator.is_valid(yaml.safe_load(text.replace("cap_drop:", "cap_drops:")))


def test_compose_gives_the_store_its_promises() -> None:
    """What the start insists on, and only the proxy has ports and is trusted."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    words = services["store"]["command"]
    for name, value in (
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("maxmemory-policy", "noeviction"),
    ):
        assert words[words.index(f"--{name}") + 1] == value
    assert {name for name, one in services.items() if "ports" in one} == {"proxy"}
    address = services["proxy"]["networks"]["inside"]["ipv4_address"]
    for name in ("web", "bot"):
        assert services[name]["environment"]["TRUSTED_PROXIES"] == address
    for one in services.values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
