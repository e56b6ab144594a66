"""nginx and HAProxy as Debian ships them, on loopback, with the configurations of the docs."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deployment import ROOT

PLACE = ROOT / "build" / "proxies"
PATIENCE = 10.0
_DOCS = (ROOT / "docs" / "proxies.md").read_text()
_SBIN = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


class Missing(Exception):
    """The programs can't be had here; the text says why."""


@dataclass(frozen=True)
class Programs:
    """Where they are, and what they need in their environment."""

    nginx: str
    haproxy: str
    environ: Mapping[str, str]


def configuration(title: str) -> str:
    """The block of docs/proxies.md that begins with this comment."""
    found = re.findall(rf"```\w+\n# {re.escape(title)}\n(.*?)```", _DOCS, re.DOTALL)
    assert len(found) == 1, title
    return str(found[0])


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Replace what a test must have different; each old text must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def find() -> Programs:
    """The system's own, else Debian's packages unpacked in build/. Raises Missing.

    They are not installed: no service is started, no file of the system changes.
    """
    if not sys.platform.startswith("linux"):
        raise Missing("only Linux has all of 127.0.0.0/8 on its loopback interface")
    nginx, haproxy = (shutil.which(name, path=_SBIN) for name in ("nginx", "haproxy"))
    if not (nginx and haproxy):
        _unpack()
        nginx, haproxy = (str(PLACE / "usr" / "sbin" / name) for name in ("nginx", "haproxy"))
    folders = [str(path) for path in (PLACE / "usr" / "lib").glob("*-linux-gnu*")]
    environ = {"LD_LIBRARY_PATH": os.pathsep.join(folders)} if folders else {}
    return Programs(nginx, haproxy, environ)


def _unpack() -> None:
    if all((PLACE / "usr" / "sbin" / name).exists() for name in ("nginx", "haproxy")):
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Missing("nginx and haproxy are not installed, and there is no apt-get to get them")
    PLACE.mkdir(parents=True, exist_ok=True)
    simulate = ["install", "--simulate", "--no-install-recommends", "nginx", "haproxy"]
    try:
        plan = _apt(*simulate)
    except Missing:
        if os.geteuid() != 0:
            raise
        _apt("update")
        plan = _apt(*simulate)
    wanted = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    _apt("download", *wanted)
    for package in PLACE.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, PLACE], check=True, timeout=60)


def _apt(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["apt-get", "--quiet", *arguments],
            cwd=PLACE,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"apt-get {arguments[0]} took over two minutes") from None
    if done.returncode:
        raise Missing(f"apt-get {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


@asynccontextmanager
async def running(
    command: list[str], environ: Mapping[str, str], log: Path, host: str, port: int
) -> AsyncIterator[None]:
    """Run a proxy until the end; begin when it listens."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={"PATH": os.defpath, **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        await _listens(process, host, port, log)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listens(process: asyncio.subprocess.Process, host: str, port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.returncode is None and time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    raise TimeoutError(log.read_text(errors="replace")[-2000:])
