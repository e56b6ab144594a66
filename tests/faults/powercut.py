"""Cuts the power: leaves on the disk what was durable, and of the rest what chance leaves.

``powercut.c`` says how a program's notes are made. After ``kill -9`` of everything that wrote, the
folder is made again from them: each durable name with its durable bytes; bytes that were written
and never synced stay wholly, in part (a torn write) or not at all; a name that was made, replaced
or removed and never synced shows either side.
"""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SOURCE = Path(__file__).with_suffix(".c")
_COMPILERS = ("cc", "gcc", "clang")


def compiler() -> str | None:
    """The system's C compiler, if it has one."""
    return next(filter(None, map(shutil.which, _COMPILERS)), None)


def build(folder: Path) -> Path:
    """Compile the shim. Raises CalledProcessError."""
    made, found = folder / "powercut.so", compiler()
    assert found
    warnings = ["-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [found, "-shared", "-fPIC", "-O2", *warnings, "-o", made, SOURCE, "-ldl"], check=True
    )
    return made


class Unjudgeable(Exception):
    """A program wrote into what was already there, which notes of sizes cannot describe."""


@dataclass
class Durable:
    """What the notes of one life of the machine say."""

    names: dict[Path, int] = field(default_factory=dict)
    """Path to inode."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Inode to bytes."""


class Disk:
    """A folder that loses, at a power cut, what was not synced."""

    def __init__(self, folder: Path, shim: Path, chance: Random) -> None:
        self.folder = folder
        self._shim = shim
        self._chance = chance
        self._notes = folder.parent / f"{folder.name}.notes"
        self._stash = folder.parent / f"{folder.name}.stash"
        self.dropped = 0
        """Bytes that power cuts have taken so far."""
        folder.mkdir(exist_ok=True)
        self.power_on()

    @property
    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to be noted."""
        return {
            "LD_PRELOAD": str(self._shim),
            "POWERCUT_FOLDER": str(self.folder.resolve()),
            "POWERCUT_NOTES": str(self._notes),
            "POWERCUT_STASH": str(self._stash),
        }

    def power_on(self) -> None:
        """Begin a life: what lies on the disk now is durable."""
        shutil.rmtree(self._stash, ignore_errors=True)
        self._stash.mkdir()
        self._notes.write_bytes(b"")
        self._before = Durable()
        for path in _files(self.folder):
            found = path.stat()
            self._before.names[path] = found.st_ino
            self._before.sizes[found.st_ino] = found.st_size

    def cut(self) -> None:
        """Make the folder what a disk shows afterwards. Nothing may run on it any more."""
        durable = _read(self._before, self._notes.read_text().splitlines())
        files = {path.stat().st_ino: path for path in _files(self._stash)}
        files |= {path.stat().st_ino: path for path in _files(self.folder)}
        now = {path: path.stat().st_ino for path in _files(self.folder)}
        left = {}
        for path in sorted({*durable.names, *now}):
            inode = self._either(durable.names.get(path), now.get(path))
            if inode is not None:
                left[path] = self._bytes(files[inode], durable.sizes.get(inode, 0))
        for path in now:
            path.unlink()
        for path, content in left.items():
            path.write_bytes(content)
        self.power_on()

    def _either(self, durable: int | None, now: int | None) -> int | None:
        return durable if durable == now or self._chance.random() < 0.5 else now

    def _bytes(self, path: Path, durable: int) -> bytes:
        content = path.read_bytes()
        rest = max(0, len(content) - durable)
        kept = self._chance.choice([0, 0, rest, self._chance.randint(0, rest)])
        self.dropped += rest - kept
        return content[: durable + kept]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.resolve().rglob("*") if path.is_file())


def _read(before: Durable, notes: Iterable[str]) -> Durable:
    """Play the notes on what was there at power on. Raises Unjudgeable."""
    durable = Durable(dict(before.names), dict(before.sizes))
    here = Path()
    for note in notes:
        kind, _, rest = note.partition(" ")
        match kind:
            case "F":
                inode, size, path = rest.split(" ", 2)
                durable.sizes[int(inode)] = int(size)
                # Syncing a new file makes its name durable too; a renamed one's takes its folder.
                durable.names.setdefault(Path(path), int(inode))
            case "D":
                here = Path(rest)
                for known in [path for path in durable.names if path.parent == here]:
                    del durable.names[known]
            case "":
                inode, name = rest.strip().split(" ", 1)
                durable.names[here / name] = int(inode)
            case "O":
                raise Unjudgeable(rest)
    # Folders and sockets are listed as well; only files have sizes, and content of their own.
    kept = {path: inode for path, inode in durable.names.items() if not path.is_dir()}
    return Durable(kept, durable.sizes)
