"""The peer: SnapPass from PyPI under gunicorn, in a virtual environment of its own, on a real Valkey."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from tests.bench import subjects
from tests.bench.contenders import Contender
from tests.bench.generator import Drive, request
from tests.bench.machine import CannotMeasure
from tests.bench.programs import Pins, free_port, running, stored
from tests.deployment import ROOT

VERSIONS = ("snappass==1.6.2", "gunicorn==27.0.1")
_VENV = ROOT / "build" / "bench" / "snappass"
_LINK = re.compile(rb'value="(https?://[^"]+)"')
_FORM = {**subjects.HEADERS, "Content-Type": "application/x-www-form-urlencoded"}


def installed() -> Path:
    """The peer's Python; installs it when it is not there. Raises CannotMeasure."""
    python = _VENV / "bin" / "python"
    done = _VENV / "installed"
    if done.is_file() and done.read_text() == " ".join(VERSIONS):
        return python
    print("  installing SnapPass from PyPI ...", flush=True)
    made = [sys.executable, "-m", "venv", "--clear", str(_VENV)]
    # SnapPass imports distutils, which newer Pythons have from setuptools only.
    filled = [str(python), "-m", "pip", "install", "--quiet", *VERSIONS, "setuptools"]
    for command in (made, filled):
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        if ended.returncode:
            raise CannotMeasure(f"SnapPass can't be installed:\n{ended.stderr[-1000:]}")
    done.write_text(" ".join(VERSIONS))
    return python


@dataclass
class Peer(Contender):
    """SnapPass: its create answers with a page that holds the link, its reveal is a POST to that."""

    _links: list[str] = field(default_factory=list, repr=False)

    def creates(self, count: int) -> Sequence[bytes]:
        """The form, filled in with as many characters as ours has."""
        body = urlencode({"password": "x" * subjects.TEXT_SIZE, "ttl": "Day"}).encode()
        return [request("POST", "/", _FORM, body)] * count

    def learn(self, created: Drive) -> None:
        """Read the links off the pages that show them. Raises CannotMeasure."""
        found = [_LINK.search(body) for body in created.bodies]
        self._links = [urlsplit(link[1].decode()).path for link in found if link]
        if len(self._links) < created.requests:
            raise CannotMeasure("SnapPass has shown no link")

    def pages(self, count: int) -> Sequence[bytes]:
        """The page in front of each secret, with its button."""
        return [request("GET", link, subjects.HEADERS) for link in self._links[:count]]

    def reveals(self) -> Sequence[bytes]:
        """A POST to each link, as that button sends."""
        return [request("POST", link, _FORM) for link in self._links]


@asynccontextmanager
async def snappass(folder: Path, pins: Pins) -> AsyncIterator[Peer]:
    """Run it on one core, with keep-alive."""
    python = installed()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(stored(folder / "snappass", pins.beside))
        port = free_port()
        arguments = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
        arguments += ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
        environ = {"REDIS_URL": "unix://" + quote(str(store.path)), "NO_SSL": "True"}
        program = await stack.enter_async_context(
            running(
                [*arguments, "snappass.main:app"],
                folder / "snappass web.log",
                port=port,
                environ=environ,
                pins=pins.server,
                python=python,
            )
        )
        yield Peer("SnapPass", program, store, cookie="", is_peer=True)
