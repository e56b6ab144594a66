"""Files in DATA_DIR that must be whole after a power cut, and that only their owner reads."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNERS_ONLY = 0o600
FOLDER_MODE = 0o700


def write_durably(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of what is there: whoever reads gets the old or the new, whole.

    On disk when this returns. Makes the folder when there is none. Raises OSError, and then the
    old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(_opened(beside, os.O_TRUNC), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


class Log:
    """A file that only grows, by whole lines, from any number of processes and one thread of each.

    Another process may put a shorter one in its place while it holds ``lock`` alone.
    """

    def __init__(self, path: Path, lock: Path) -> None:
        self._path = path
        self._lock = lock
        self._descriptors: tuple[int, int] | None = None
        self._end = 0  # of what we added last

    def append(self, data: bytes) -> tuple[int, int, int]:
        """Add lines, on disk when this returns: the file's inode, and where they begin and end.

        What a crash cut short before stays as a line of its own. Raises OSError.
        """
        lock, file = self._descriptors or self._open()
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if not self._is_there(os.fstat(file)):
                self.close()
                lock, file = self._open()
                fcntl.flock(lock, fcntl.LOCK_SH)
            placed = self._written(file, data)
        finally:
            self._unlock()
        self.sync()
        return placed

    def add(self, data: bytes) -> tuple[int, int, int] | None:
        """Add lines as ``append`` does, without waiting for anything: they need ``sync`` then.

        None, and nothing is done, where something has to be waited for: the file is not open yet,
        is another one now, or is held by another process. Raises OSError.
        """
        if not self._descriptors:
            return None
        lock, file = self._descriptors
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return self._written(file, data) if self._is_there(os.fstat(file)) else None
        except BlockingIOError:
            return None
        finally:
            self._unlock()

    def sync(self) -> None:
        """Have what was added on disk. Waits for it, and for nothing else. Raises OSError."""
        if not self._descriptors:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        try:
            # Should another file have come in its place, what was added has been copied to it.
            _sync(self._descriptors[1])
        except OSError:
            self.close()
            raise

    def _written(self, file: int, data: bytes) -> tuple[int, int, int]:
        """Add it to a file that is there and locked."""
        try:
            found = os.fstat(file)
            # Where nobody came after our last line, that one is whole.
            is_whole = found.st_size in {0, self._end}
            if not is_whole and os.pread(file, 1, found.st_size - 1) != b"\n":
                data = b"\n" + data
            self._end = end = _write(file, data)
        except OSError:
            self.close()
            raise
        return found.st_ino, end - len(data), end

    def _unlock(self) -> None:
        if self._descriptors:
            fcntl.flock(self._descriptors[0], fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the files; the next ``append`` opens them again."""
        for descriptor in self._descriptors or ():
            os.close(descriptor)
        self._descriptors = None
        self._end = 0

    def _open(self) -> tuple[int, int]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        is_new = not self._path.exists()
        lock = _opened(self._lock, 0)
        try:
            file = _opened(self._path, os.O_APPEND)
        except OSError:
            os.close(lock)
            raise
        self._descriptors = (lock, file)
        if is_new:
            _sync_folder(self._path.parent)
        return self._descriptors

    def _is_there(self, found: os.stat_result) -> bool:
        """Whether the name still stands for the file that is open."""
        try:
            return os.path.samestat(self._path.stat(), found)
        except FileNotFoundError:
            return False


@contextmanager
def locked(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold a lock file against other processes: ``alone``, or together with others like us.

    Waits for it, so it belongs in a thread. The kernel lets go of it when the process dies. Raises
    OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    descriptor = _opened(path, 0)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


# Data and length, without the times that nobody needs: one trip to the disk less on most systems.
_sync = getattr(os, "fdatasync", os.fsync)


def _write(file: int, data: bytes) -> int:
    """Write it in one go, and give the position behind it."""
    if os.write(file, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return os.lseek(file, 0, os.SEEK_CUR)


def _opened(path: Path, how: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | how, OWNERS_ONLY)


def _sync_folder(folder: Path) -> None:
    """A new name is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
