"""Cuts the power: leaves on the disk what was durable, and of the rest what chance leaves.

``powercut.c`` says how a program's notes are made. After ``kill -9`` of everything that wrote, the
folder is made again from them: each durable name with its durable bytes; bytes that were written
and never synced stay wholly, in part (a torn write) or not at all; names that were made, replaced
or removed and never synced show the folder at some moment since: file systems with a journal, and
the store trusts them, keep the order of these, so that the later never shows without the earlier.
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
    later: dict[Path, list[dict[Path, int]]] = field(default_factory=dict)
    """For each folder its names at moments since they were last synced, in order."""


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
        left = {
            path: self._bytes(files[inode], durable.sizes.get(inode, 0))
            for folder in {path.parent for path in (*durable.names, *now)}
            for path, inode in self._moment(folder, durable, now).items()
        }
        for path in now:
            path.unlink()
        for path, content in left.items():
            path.write_bytes(content)
        self.power_on()

    def _moment(self, folder: Path, durable: Durable, now: dict[Path, int]) -> dict[Path, int]:
        synced, last = _within(folder, durable.names), _within(folder, now)
        return self._chance.choice([synced, *durable.later.get(folder, []), last])

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
    here, names = Path(), durable.names
    for note in notes:
        kind, _, rest = note.partition(" ")
        match kind:
            case "F":
                inode, size, path = rest.split(" ", 2)
                durable.sizes[int(inode)] = int(size)
                # Syncing a new file makes its name durable too; a renamed one's takes its folder.
                for known in (durable.names, *durable.later.get(Path(path).parent, [])):
                    known.setdefault(Path(path), int(inode))
            case "D":
                here, names = Path(rest), durable.names
                durable.later.pop(here, None)
                for gone in _within(here, names):
                    del names[gone]
            case "S":
                here, names = Path(rest), {}
                durable.later.setdefault(here, []).append(names)
            case "":
                inode, name = rest.strip().split(" ", 1)
                names[here / name] = int(inode)
            case "O":
                raise Unjudgeable(rest)
    return durable


def _within(folder: Path, names: dict[Path, int]) -> dict[Path, int]:
    return {path: inode for path, inode in names.items() if path.parent == folder}
