"""Files in DATA_DIR that must be whole after a power cut, and that only their owner reads."""

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


def append_durably(path: Path, data: bytes) -> None:
    """Add ``data`` at the end, on disk when this returns. Raises OSError.

    What a crash cut short before stays as a line of its own: ``data`` begins on a new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    is_new = not path.exists()
    descriptor = _opened(path, os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            data = b"\n" + data
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


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


def _opened(path: Path, how: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | how, OWNERS_ONLY)


def _sync_folder(folder: Path) -> None:
    """A new name is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
