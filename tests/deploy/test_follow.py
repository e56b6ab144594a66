"""The pages, followed command by command in a fresh Debian. In the soak only: seven minutes."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.doctor.ward import certificate as made_for
from tests.deploy import root
from tests.deploy.root import Debian
from tests.deployment import ROOT
from tests.numbers import SOAK
from tests.proxies.programs import Missing, changed
from tests.slack import SIGNING_SECRET, TOKEN

PAGE = ROOT / "docs/deploy/single-server.md"
RUNBOOK = ROOT / "docs/deploy/runbook.md"
HOST = "secret.example.com"
REPOSITORY = "https://git.example.com/slash-secret.git"
# What these fetch comes from the registries; everything else runs in a network of its own.
NEEDS_NETWORK = ("apt-get ", "make ")


def sections(page: Path) -> dict[str, list[str]]:
    """Commands below each heading, one a line: those in ``sh`` blocks."""
    parts = re.split(r"^## (.+)\n", page.read_text(), flags=re.MULTILINE)[1:]
    found = {}
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        found[heading] = "".join(blocks).splitlines()
    return {heading: lines for heading, lines in found.items() if lines}


class Reader:
    """Somebody who types what the page says, and fills in what it asks for."""

    def __init__(self, debian: Debian) -> None:
        self.debian = debian
        self.said = ""

    def types(self, lines: list[str]) -> None:
        """Type each line; what the last one said stays in ``said``."""
        for line in lines:
            self.said = self.debian.run(line, network=line.startswith(NEEDS_NETWORK))

    def edits(self, name: str, changes: dict[str, str]) -> None:
        """Change what a file says."""
        path = self.debian.path(name)
        path.write_text(changed(path.read_text(), changes))

    def link(self, *arguments: str) -> str:
        """Make or open a link with the service's settings and as its user."""
        lines = self.debian.path("/etc/slash-secret/env").read_text().splitlines()
        environ = [f"'{line}'" for line in lines if line and not line.startswith("#")]
        said = self.debian.run(
            f"cd /opt/slash-secret/current && env LOG_LEVEL=ERROR {' '.join(environ)} "
            "setpriv --reuid=slash-secret --regid=slash-secret --init-groups "
            f".venv/bin/python -m tests.deploy.link {' '.join(arguments)}"
        )
        return said.strip().splitlines()[-1]

    def log(self) -> str:
        """What both processes have said so far."""
        folder = self.debian.path("/var/log/stand-in")
        return "".join(path.read_text() for path in folder.glob("slash-secret@*.log"))


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    """A fresh one, with a git server and a systemctl to speak of."""
    try:
        with root.fresh() as made:
            root.repository(made, REPOSITORY)
            yield made
    except Missing as reason:
        pytest.skip(f"NOT TESTED, docs/deploy in a fresh Debian: {reason}")


@pytest.fixture(scope="module")
def slack(debian: Debian) -> Iterator[int]:
    """A Slack in its network; gives its port."""
    with debian.beside([sys.executable, "-m", "tests.deploy.slack"]) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def the_world(reader: Reader, slack: int, folder: Path) -> None:
    """What there is before anybody starts: names, certificates, and Slack at slack.com."""
    reader.debian.path("/etc/hosts").write_text(f"127.0.0.1 localhost {HOST} slack.com\n")
    for name in (HOST, "slack.com"):
        pem = made_for(folder, 90, name)
        for end in ("pem", "key"):
            shutil.copy(pem, reader.debian.path(f"/etc/caddy/{name}.{end}"))
        shutil.copy(pem, reader.debian.path(f"/usr/local/share/ca-certificates/{name}.crt"))
    reader.debian.run("chmod 0644 /etc/caddy/*.pem /etc/caddy/*.key && update-ca-certificates")
    tls = "tls /etc/caddy/slack.com.pem /etc/caddy/slack.com.key"
    site = f"slack.com {{\n    {tls}\n    reverse_proxy 127.0.0.1:{slack}\n}}\n"
    reader.debian.path("/etc/caddy/slack").write_text(site)
    reader.debian.path("/etc/caddy/Caddyfile").write_text("import slack\n")
    reader.debian.run("systemctl start caddy")


def the_way_in(reader: Reader) -> None:
    """A certificate of one's own in the Caddyfile; what is slack.com stays behind the same Caddy."""
    reader.edits("/etc/caddy/Caddyfile", {f"# tls /etc/caddy/{HOST}": f"tls /etc/caddy/{HOST}"})
    with reader.debian.path("/etc/caddy/Caddyfile").open("a") as file:
        file.write("\nimport slack\n")


@pytest.mark.skipif(not SOAK, reason="sets up a whole Debian, seven minutes; make soak does it")
def test_the_pages_lead_to_a_server_that_is_well(
    debian: Debian, slack: int, tmp_path: Path
) -> None:
    """Typed as they stand: ``doctor`` cannot check the proxy, and else has nothing to say; every runbook step does what it says."""
    started = time.monotonic()
    reader = Reader(debian)
    steps = sections(PAGE)
    assert list(steps) == [
        "1. Install", "2. Settings", "3. Start", "4. The way in", "5. See that all is well",
    ]  # fmt: skip
    reader.types(steps["1. Install"])
    stand_in = Path(__file__).with_name("systemctl.py").read_text()
    debian.path("/usr/local/bin/systemctl").write_text(f"#!/usr/bin/python3\n{stand_in}")
    debian.run("chmod 0755 /usr/local/bin/systemctl")
    the_world(reader, slack, tmp_path)
    reader.types(steps["2. Settings"])
    filled = {
        "BOT_TOKEN=": f"BOT_TOKEN={TOKEN}",
        "SIGNING_SECRET=": f"SIGNING_SECRET={SIGNING_SECRET}",
    }
    reader.edits("/etc/slash-secret/env", filled)
    reader.types(steps["3. Start"])
    install, restart = steps["4. The way in"]
    reader.types([install])
    the_way_in(reader)
    reader.types([restart])
    until_well(reader, steps["5. See that all is well"])
    print(f"well after {time.monotonic() - started:.0f} s")
    follow_the_runbook(reader, sections(RUNBOOK))
    print(f"all of it: {time.monotonic() - started:.0f} s")


def until_well(reader: Reader, lines: list[str]) -> None:
    """The doctor may want a second look: the trail is sealed within a minute."""
    for last in (False, False, True):
        try:
            reader.types(lines)
        except AssertionError as said:
            # On the proxy's own machine it cannot see what visitors see, and says so.
            if re.search(r"\n1 unchecked, \d+ ok\n", str(said)) and "\nunchecked  proxies" in str(
                said
            ):
                return
            if last:
                raise
            time.sleep(20)
        else:
            return


def until_said(reader: Reader, words: str) -> None:
    """Wait for a log line, a start and the 5 seconds that the runbook promises at most."""
    deadline = time.monotonic() + 30
    while words not in reader.log():
        assert time.monotonic() < deadline, reader.log()[-4000:]
        time.sleep(0.5)


def follow_the_runbook(reader: Reader, steps: dict[str, list[str]]) -> None:
    """In its order, with links made before and opened after."""
    assert list(steps) == ["Upgrade", "Backup", "Restore", "Rotate the key"]
    early, kept, opened, held = (reader.link("make") for _ in range(4))
    *upgrade, doctor = steps["Upgrade"]
    reader.types(upgrade)
    until_well(reader, [doctor])
    assert "v2" in reader.debian.run("readlink /opt/slash-secret/current")
    assert reader.link("open", *early.split()) == "200"

    reader.types(steps["Backup"])
    assert reader.link("open", *opened.split()) == "200"
    assert "rollback" not in reader.log()
    *restore, accept = steps["Restore"]
    reader.types(restore)
    until_said(reader, '"kind": "rollback"')
    assert reader.link("open", *opened.split()) == "410"
    assert reader.link("open", *held.split()) == "410"
    reader.types([accept])
    assert reader.link("open", *kept.split()) == "200"
    assert reader.link("open", *opened.split()) == "410"

    before = reader.link("make")
    *rotate, doctor = steps["Rotate the key"]
    reader.types(rotate)
    until_well(reader, [doctor])
    assert reader.link("open", *before.split()) == "200"


def test_every_command_can_be_typed_by_itself() -> None:
    """No line goes on in the next, so that a reader may stop and look after each."""
    for page in (PAGE, RUNBOOK):
        for lines in sections(page).values():
            for line in lines:
                done = subprocess.run(["sh", "-n", "-c", line], check=False)
                assert done.returncode == 0, line
