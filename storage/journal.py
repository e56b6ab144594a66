"""What a process has noted of a tag's store: a journal in DATA_DIR, one line for each ended secret.

A line is ``number mark seconds id key-name mac``: the generation (see lua/_guard.lua), when it was
noted, the id that ended (``-`` for none) and an HMAC under a key of the server. A line that was cut
short, altered, or copied from another tag does not count.
"""

import hmac
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from storage.errors import KeyMissing
from storage.files import Log, locked, write_durably
from storage.seal import KeyRing, MasterKey
from storage.wire import b64u, lp

TAIL = 64 * 1024  # of a journal, read at the first look: numbers only grow towards its end
_NOBODY = "-"
_LINE = re.compile(
    rb"(?P<said>(?P<number>\d{1,15}) (?P<mark>[0-9a-f]{1,32}) (?P<at>\d{1,12}) "
    rb"(?P<id>[\w-]{1,32}) (?P<key>[\w-]{8})) (?P<mac>[\w-]{43})\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A generation of a tag: its number, and what tells it from another history's."""

    number: int
    mark: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that must stay as it is: the generation that it made, and the id that ended."""

    mark: Mark
    at: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A line under a key that is not configured."""

    at: int


class Journal:
    """One tag's journal. Every method blocks, and all but ``newest`` and ``add`` wait for the disk."""

    def __init__(self, ring: KeyRing, folder: Path, tag: str) -> None:
        self._ring = ring
        self._tag = tag
        self._path = folder / f"{tag}.journal"
        self._lock = folder / f"{tag}.lock"
        self._name = str(self._path)  # of which the status is asked before each call to the store
        self._log = Log(self._path, self._lock)
        self._reading = threading.Lock()  # held for moments, never while the disk is waited for
        self._inode, self._read_to = -1, 0
        self._newest: Mark | None = None

    def newest(self) -> Mark | None:
        """The highest generation that any process has noted here.

        Costs one look at the file's size while nobody writes, else what was added. A file that
        can't be read says what it said before.
        """
        try:
            found = os.stat(self._name)  # noqa: PTH116 - on the hot path
            if (found.st_ino, found.st_size) != (self._inode, self._read_to):
                with self._reading:
                    self._read_on(found.st_ino, found.st_size)
        except OSError:
            pass
        return self._newest

    def _read_on(self, inode: int, size: int) -> None:
        follows = inode == self._inode and size >= self._read_to
        start = self._read_to if follows else max(0, size - TAIL)
        with self._path.open("rb") as file:
            file.seek(start)
            data = file.read(size - start)
        whole = data.rpartition(b"\n")[0]
        for entry in self._believed(whole.split(b"\n")):
            self._raise_to(entry.mark)
        self._inode = inode
        self._read_to = start + len(whole) + 1 if whole else start

    def _raise_to(self, mark: Mark) -> None:
        if self._newest is None or mark.number > self._newest.number:
            self._newest = mark

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries, on disk when this returns; in one thread at a time. Raises OSError."""
        entries = list(entries)
        self._placed(entries, self._log.append(self._lines(entries)))

    def add(self, entries: Sequence[Entry]) -> bool:
        """Add entries without waiting for anything; ``sync`` has them on disk. Raises OSError.

        False when that can't be done now, and nothing was: ``append`` waits for what is in the way.
        """
        where = self._log.add(self._lines(entries))
        if where:
            self._placed(entries, where)
        return where is not None

    def sync(self) -> None:
        """Have what was added on disk when this returns. Raises OSError."""
        self._log.sync()

    def _lines(self, entries: Iterable[Entry]) -> bytes:
        return b"".join(map(self._line, entries))

    def _placed(self, entries: Sequence[Entry], where: tuple[int, int, int]) -> None:
        inode, begin, end = where
        with self._reading:
            # What we have written ourselves need not be read, if nobody else came between.
            if (inode, begin) == (self._inode, self._read_to) or (self._inode == -1 and not begin):
                self._inode, self._read_to = inode, end
                for entry in entries:
                    self._raise_to(entry.mark)

    def entries(self) -> Iterator[Entry]:
        """Everything that is believed, oldest first. Raises OSError."""
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from self._believed(line.rstrip(b"\n") for line in file)

    def compact(self, before: int) -> None:
        """Forget what was noted before that time, save the newest generation. Raises OSError.

        Old keys' lines are written again under the current one, so that those keys may go; lines
        of keys that this process does not know stay, since another one may.

        Of a large file nothing is done before half of it may go: what is kept is then copied once
        for each time it doubles. Others append meanwhile, since a claim waits for its line; they are
        held up only while what they added is copied.
        """
        try:
            found = self._path.stat()
            if found.st_size > TAIL and not self._is_worth_it(found.st_size, before):
                return
            with self._path.open("rb") as file:
                old = file.read(found.st_size).rpartition(b"\n")
        except FileNotFoundError:
            return
        whole = old[0] + old[1]
        new = b"".join(self._kept(whole, before))
        if new == whole:
            return
        with locked(self._lock, alone=True):
            if not os.path.samestat(self._path.stat(), found):
                return  # another process was faster
            with self._path.open("rb") as file:
                file.seek(len(whole))
                write_durably(self._path, new + file.read())

    def _is_worth_it(self, size: int, before: int) -> bool:
        """Whether half of the file is old, or an old key is in it."""
        others = [f" {one.name} ".encode() for one in self._ring if one != self._ring.current]
        with self._path.open("rb") as file:
            with mmap(file.fileno(), size, access=ACCESS_READ) as seen:
                if any(seen.find(name) >= 0 for name in others):
                    return True
            # Lines stand as they were written. A clock that jumped only changes when this is done.
            file.seek(size // 2)
            file.readline()
            line = self._parsed(file.readline().rstrip(b"\n"))
        return line is not None and line.at < before

    def _kept(self, data: bytes, before: int) -> Iterator[bytes]:
        lines = [(line, self._parsed(line)) for line in data.split(b"\n")]
        numbers = [found.mark.number for _, found in lines if isinstance(found, Entry)]
        newest = max(numbers, default=0)
        for line, found in lines:
            match found:
                case Entry(mark) if found.at >= before or mark.number == newest:
                    # Whatever is believed and under the current key stays as it is.
                    yield line + b"\n" if self._is_current(line) else self._line(found)
                case _Foreign(at) if at >= before:
                    yield line + b"\n"
                case _:
                    pass

    def _is_current(self, line: bytes) -> bool:
        parts = _LINE.match(line)
        return parts is not None and parts["key"] == self._ring.current.name.encode()

    def _believed(self, lines: Iterable[bytes]) -> Iterator[Entry]:
        for line in lines:
            found = self._parsed(line)
            if isinstance(found, Entry):
                yield found

    def _parsed(self, line: bytes) -> Entry | _Foreign | None:
        parts = _LINE.match(line)
        if not parts:
            return None
        at = int(parts["at"])
        try:
            master = self._ring.named(parts["key"].decode())
        except KeyMissing:
            return _Foreign(at)
        if not hmac.compare_digest(self._mac(master, parts["said"]), parts["mac"]):
            return None
        name = parts["id"].decode()
        mark = Mark(int(parts["number"]), parts["mark"].decode())
        return Entry(mark, at, None if name == _NOBODY else name)

    def _line(self, entry: Entry) -> bytes:
        master = self._ring.current
        said = (
            f"{entry.mark.number} {entry.mark.mark} {entry.at} {entry.id or _NOBODY} {master.name}"
        ).encode()
        return said + b" " + self._mac(master, said) + b"\n"

    def _mac(self, master: MasterKey, said: bytes) -> bytes:
        message = lp(self._tag.encode()) + lp(said)
        return b64u(master.guard.of(message)).encode()


def probe(folder: Path) -> None:
    """Raise OSError when nothing can be written durably in that folder."""
    path = folder / f".probe.{os.getpid()}"
    write_durably(path, b"")
    path.unlink()
