"""Keeps the embedded store alive while anybody uses it, and ends it afterwards.

Run as ``python -m storage.keeper DATA_DIR`` by ``storage.embedded``. It uses the standard library
only, so that it stays small. Three locks in DATA_DIR, all released by the kernel when their
holder dies, however it dies:

    store.lock    held by the keeper and handed on to the store it starts: while either lives
                  there is no second one, for two stores on one append-only file would each show
                  a single-use secret
    users.lock    held shared by each process that uses the store; once the keeper can have it
                  exclusively, nobody is left, and the store is shut down
    start.lock    held while a process looks for a keeper and starts one
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

POLL = 0.2
REWRITE_EVERY = 30 * 60.0
RESTART_PAUSE = 0.5
STOP_TIMEOUT = 30.0
_PR_SET_PDEATHSIG = 1
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def command(server: str, sock: str) -> list[str]:
    """The store's command line. Paths are relative to DATA_DIR, whatever its name holds."""
    options = {
        "port": "0",
        "unixsocket": sock,
        "unixsocketperm": "700",
        "dir": ".",
        "appendonly": "yes",
        # Every acknowledged change is on disk before its reply: promise 2 rests on it.
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "proc-title-template": "{title} slash-secret",
    }
    return [server, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _become_store(keeper: int) -> None:
    """In the child, before the store starts: die with the keeper, and of nobody's signal else.

    The keeper ignores the signals that end a store, and a child inherits that; a store that
    ignored the kernel's word of its keeper's death would live on unseen.
    """
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != keeper:
            os._exit(1)  # it died before we asked to be told


def lock(path: Path, how: int) -> int | None:
    """Take a lock; None when somebody else has it and LOCK_NB was asked for."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _hold(path: Path) -> int | None:
    """Take the store's lock for life. Others look at it for moments, hence more than one try."""
    for _ in range(20):
        held = lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if held is not None:
            return held
        time.sleep(0.05)
    return None


def rewrite(sock: str) -> None:
    """Ask for a rewrite of the append-only file: only then do deleted bytes leave the disk."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(sock)
            connection.sendall(b"BGREWRITEAOF\r\n")
            connection.recv(256)
    except OSError:
        pass  # the store is starting or gone; the next round asks again


def _start(data_dir: Path, server: str, sock: str, held: int) -> "subprocess.Popen[bytes]":
    keeper = os.getpid()
    with (data_dir / "store.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own wheel's binary, no shell
            command(server, sock),
            cwd=data_dir,
            # Nothing of our environment: it holds the server's keys, and the store must not.
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # The lock lives as long as the store: while it runs, whatever became of its keeper,
            # nobody starts a second one on the same files.
            pass_fds=[held],
            preexec_fn=lambda: _become_store(keeper),  # noqa: PLW1509 - the keeper has one thread
        )


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def keep(data_dir: Path, server: str, sock: str, rewrite_every: float = REWRITE_EVERY) -> int:
    """Run the store until nobody uses it. Restarts it when it died or nobody can reach it."""
    os.umask(0o077)
    held = _hold(data_dir / "store.lock")
    if held is None:
        return 0  # another keeper is at work, or its store still is
    # Ended by the last user's leaving, not by the terminal's Ctrl-C or a supervisor's SIGTERM to
    # the group: the processes that use the store need it to end their own work.
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    child: subprocess.Popen[bytes] | None = None
    next_rewrite = time.monotonic() + rewrite_every
    # The users' lock is kept once taken: who comes now waits, then starts a new keeper.
    while lock(data_dir / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB) is None:
        if child is not None and child.poll() is None and not Path(sock).exists():
            # Deleted by hand or by a cleaner of temporary folders. A starting store makes it
            # within moments, so look twice.
            time.sleep(RESTART_PAUSE)
            if not Path(sock).exists():
                _stop(child)
        if child is None or child.poll() is not None:
            if child is not None:
                time.sleep(RESTART_PAUSE)
            child = _start(data_dir, server, sock, held)
        if time.monotonic() >= next_rewrite:
            rewrite(sock)
            next_rewrite = time.monotonic() + rewrite_every
        time.sleep(POLL)
    if child is not None and child.poll() is None:
        _stop(child)
    return 0


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # whoever started us waits for no child and leaves no zombie
    sys.exit(keep(Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])))
