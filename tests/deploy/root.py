"""A fresh Debian in a folder, and commands in it: no service manager, and no network but its own."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deploy import packages
from tests.deployment import ROOT
from tests.newcomer import copy_tree
from tests.proxies.programs import Missing

SUITE = os.environ.get("DEBIAN_SUITE", "bookworm")
_MIRROR = "http://deb.debian.org/debian"
_BASE = packages.PLACE / f"{SUITE}.tar"
# How this machine reaches the package registries: names of files are copied, nothing else of it.
_WAY_OUT = re.compile(r"(?i).*(proxy|cert|ca_bundle).*")
_PATIENCE = 1200


@dataclass(frozen=True)
class Debian:
    """One that stands, with a network of its own in which nothing is but itself."""

    folder: Path
    holder: int
    environ: Mapping[str, str]

    def run(self, command: str, *, network: bool = False) -> str:
        """Run a line of a page as root; give what it says. Raises CalledProcessError."""
        spaces = ["--mount", "--pid", *([] if network else ["--net"])]
        done = subprocess.run(
            [
                *("nsenter", f"--target={self.holder}", *spaces, "--"),
                *("chroot", str(self.folder), "/bin/sh", "-ec", command),
            ],
            env={
                **self.environ,
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def beside(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a program of this checkout in its network."""
        return subprocess.Popen(
            ["nsenter", f"--target={self.holder}", "--net", "--", *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def path(self, name: str) -> Path:
        """A file in it."""
        return self.folder / name.lstrip("/")


@contextmanager
def fresh() -> Iterator[Debian]:
    """A new one; it is gone afterwards, with all that ran in it. Raises Missing."""
    if os.geteuid() != 0:
        raise Missing("only root may set up a Debian in a folder")
    base = _base()
    with tempfile.TemporaryDirectory(prefix="slash-secret-debian-") as name:
        folder = Path(name) / "root"
        folder.mkdir()
        subprocess.run(["tar", "-C", folder, "-xf", base], check=True, timeout=_PATIENCE)
        # Nothing in it has to last, and a disk that is waited for after each file takes minutes.
        (folder / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
        environ = _way_out(folder)
        with _held(folder) as holder:
            yield Debian(folder, holder, environ)


def _base() -> Path:
    """The smallest Debian that has apt, made once."""
    if _BASE.exists() and _BASE.stat().st_size:
        return _BASE
    try:
        mmdebstrap = packages.installed("mmdebstrap")
    except Missing:
        mmdebstrap = str(packages.debian("mmdebstrap") / "usr" / "bin" / "mmdebstrap")
    perl = packages.installed("perl")
    packages.PLACE.mkdir(parents=True, exist_ok=True)
    made = _BASE.with_suffix(".new.tar")
    done = subprocess.run(
        [
            perl,
            mmdebstrap,
            "--variant=minbase",
            "--dpkgopt=force-unsafe-io",
            SUITE,
            str(made),
            _MIRROR,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    if done.returncode:
        raise Missing(f"no Debian {SUITE} could be made: {done.stderr.strip()[-300:]}")
    return made.rename(_BASE)


def _way_out(folder: Path) -> dict[str, str]:
    """The environment that leads to the registries from within."""
    environ = {"DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LC_ALL": "C.UTF-8"}
    place = folder / "etc" / "way-out"
    place.mkdir()
    for name, value in os.environ.items():
        if not _WAY_OUT.match(name):
            continue
        if Path(value).is_file():
            shutil.copy(value, place / name)
            environ[name] = f"/etc/way-out/{name}"
        elif "://" in value:
            environ[name] = value
    return environ


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """Name spaces for it; gives the process that holds them. What runs in them ends with it."""
    script = (
        f"mount --bind '{folder}' '{folder}' && mount -t proc proc '{folder}/proc' && "
        f"mount --rbind /dev '{folder}/dev' && ip link set lo up && echo held && "
        "while :; do sleep 1; done"
    )
    spaces = ["--mount", "--net", "--pid", "--fork", "--kill-child"]
    with subprocess.Popen(
        ["unshare", *spaces, "sh", "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            if process.stdout.readline() != "held\n":
                raise Missing("this machine makes no name spaces for a Debian in a folder")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            yield int(children.split()[0])
        finally:
            # SIGTERM it does not hear; with it goes, by --kill-child, all that runs in there.
            process.kill()
            process.wait()
            time.sleep(0.5)


def repository(debian: Debian, url: str) -> None:
    """Let git find this checkout's files, uncommitted ones too, at that address."""
    place = debian.path("/srv/slash-secret")
    place.mkdir(parents=True)
    copy_tree(place)
    git = ["git", "-C", str(place), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "As it is"], check=True)
    (debian.path("/root/.gitconfig")).write_text(
        f'[url "file:///srv/slash-secret"]\n\tinsteadOf = {url}\n[safe]\n\tdirectory = *\n'
    )
