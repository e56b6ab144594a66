"""Files of DATA_DIR: whole or not there, and nobody else's to read."""

import multiprocessing
from pathlib import Path

import pytest

from storage.files import Log, locked, write_durably


def test_the_new_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Whoever reads gets one of the two, whole; nothing else is left in the folder."""
    path = tmp_path / "a folder" / "file"
    write_durably(path, b"old")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_only_the_owner_reads(tmp_path: Path) -> None:
    """Mode 0600, whatever the umask allows, in a folder of mode 0700."""
    write_durably(tmp_path / "d" / "written", b"x")
    Log(tmp_path / "d" / "added", tmp_path / "d" / "lock").append(b"x\n")
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "d").iterdir()] == [0o600] * 3


def test_a_write_that_fails_leaves_the_old(tmp_path: Path) -> None:
    """The folder where the new one should go is none: an OSError, and nothing half done."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_durably(tmp_path / "taken", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_torn_line_spoils_only_itself(tmp_path: Path) -> None:
    """What a crash cut short is followed by a new line."""
    path = tmp_path / "log"
    log = Log(path, tmp_path / "lock")
    inode, begin, end = log.append(b"one\n")
    assert (inode, begin, end) == (path.stat().st_ino, 0, 4)
    with path.open("ab") as file:
        file.write(b"tw")
    assert log.append(b"three\n")[1:] == (6, 13)
    assert path.read_bytes() == b"one\ntw\nthree\n"


def test_a_log_follows_its_name(tmp_path: Path) -> None:
    """Another process has put a shorter file in its place, or somebody deleted it."""
    path = tmp_path / "log"
    log = Log(path, tmp_path / "lock")
    log.append(b"one\n")
    write_durably(path, b"short\n")
    log.append(b"two\n")
    assert path.read_bytes() == b"short\ntwo\n"
    path.unlink()
    log.append(b"three\n")
    assert path.read_bytes() == b"three\n"
    with locked(tmp_path / "lock", alone=True):
        pass  # nobody holds on to it
    log.close()


def _holds(path: Path, got: "multiprocessing.synchronize.Event") -> None:
    with locked(path, alone=True):
        got.set()


def test_a_lock_keeps_other_processes_out(tmp_path: Path) -> None:
    """Alone is alone; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    got = context.Event()
    other = context.Process(target=_holds, args=(tmp_path / "lock", got))
    with locked(tmp_path / "lock", alone=False):
        other.start()
        assert not got.wait(1.5)
    assert got.wait(10)
    other.join()
