"""The embedded store: one for a DATA_DIR, no orphan, nothing lost (B7)."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from storage import store
from storage.embedded import EmbeddedStore, socket_path
from storage.errors import UnsafeStore
from storage.keeper import rewrite
from tests.numbers import n
from tests.raw import RawStore

USE = """
import asyncio, pathlib, sys
from storage.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(pathlib.Path(sys.argv[1]))
    await store.start()
    print("started", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A DATA_DIR with a space in its path."""
    return tmp_path / "data dir"


def processes(folder: Path) -> list[int]:
    """Pids whose working directory or arguments are that DATA_DIR."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            here = (proc / "cwd").readlink() == folder.resolve()
            named = str(folder).encode() in (proc / "cmdline").read_bytes()
        except OSError:
            continue
        if here or named:
            found.append(int(proc.name))
    return found


async def gone(folder: Path, within: float = 5.0) -> bool:
    """Whether every process of that DATA_DIR ends in time."""
    deadline = time.monotonic() + within
    while processes(folder) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return not processes(folder)


async def user(folder: Path) -> asyncio.subprocess.Process:
    """Another process that uses the store."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", USE, str(folder), stdout=subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"started\n"
    return process


async def test_it_starts_keeps_and_ends(folder: Path) -> None:
    """What was written is there at the next start, and between the two nothing runs."""
    for round_ in range(2):
        embedded = EmbeddedStore(folder)
        await embedded.start()
        client = store.connect(embedded.url)
        assert await client.get("mark") == (b"here" if round_ else None)
        await client.set("mark", "here")
        config = await client.config_get("append*", "maxmemory-policy", "save", "port")
        assert config["appendfsync"] == "always"
        assert config["appendonly"] == "yes"
        assert config["maxmemory-policy"] == "noeviction"
        assert config["port"] == "0"
        await client.aclose()
        await embedded.stop()
        assert await gone(folder)
    assert (folder / "store.sock").exists() is False
    assert oct(folder.stat().st_mode)[-3:] == "700"


async def test_b7_two_processes_starting_at_once_share_one_store(folder: Path) -> None:
    """B7: the first starts it, the other connects; it ends with the last one."""
    first, second = await asyncio.gather(user(folder), user(folder))
    servers = [pid for pid in processes(folder) if program(pid) == "valkey-server"]
    assert len(servers) == 1
    first.terminate()
    await first.wait()
    await asyncio.sleep(0.6)
    assert servers[0] in processes(folder)
    second.terminate()
    await second.wait()
    assert await gone(folder)


async def test_b7_kill_9_of_the_process_that_started_it(folder: Path) -> None:
    """B7: others go on without noticing; when the last one is killed too, no orphan stays."""
    starter = await user(folder)
    embedded = EmbeddedStore(folder)
    await embedded.start()
    client = store.connect(embedded.url)
    await client.set("mark", "here")
    starter.kill()
    await starter.wait()
    await asyncio.sleep(0.5)
    assert await client.get("mark") == b"here"
    await client.aclose()
    await embedded.stop()
    assert await gone(folder)
    last = await user(folder)
    last.kill()
    await last.wait()
    assert await gone(folder)


@pytest.mark.parametrize("victim", ["keeper", "valkey-server"])
async def test_kill_9_of_keeper_or_store_is_mended(folder: Path, victim: str) -> None:
    """Acknowledged writes are there again within seconds, and there is still one store."""
    embedded = EmbeddedStore(folder)
    await embedded.start()
    client = store.connect(embedded.url)
    await client.set("mark", "here")
    for pid in processes(folder):
        if program(pid) == victim:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 8
    while True:
        try:
            assert await client.get("mark") == b"here"
            break
        except (OSError, RedisError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.5)
    assert sum(program(pid) == "valkey-server" for pid in processes(folder)) == 1
    await client.aclose()
    await embedded.stop()
    assert await gone(folder)


async def test_b7_there_are_never_two_stores_on_one_folder(folder: Path) -> None:
    """B7: the keeper is killed at the moment at which it starts a store.

    Two stores on one append-only file would each show a single-use secret. The store holds the
    keeper's lock, and takes signals again although the keeper ignores them.
    """
    chance = random.Random(4711)
    for _ in range(n("B7", everyday=3, full=60)):
        embedded = EmbeddedStore(folder)
        await embedded.start()
        (keeper,) = (pid for pid in processes(folder) if program(pid) == "keeper")
        before = _children(keeper)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while not _children(keeper) - before and time.monotonic() < deadline:
            time.sleep(0.0001)  # noqa: ASYNC251 - the moment is what this is about
        time.sleep(chance.random() * 0.0012)  # noqa: ASYNC251
        os.kill(keeper, signal.SIGKILL)
        client = store.connect(embedded.url)
        await answering(client)
        await asyncio.sleep(0.3)
        assert sum(program(pid) == "valkey-server" for pid in processes(folder)) == 1
        await client.aclose()
        await embedded.stop()
        assert await gone(folder)


async def test_a_socket_that_somebody_deleted_comes_back(folder: Path) -> None:
    """Temporary folders get cleaned: the keeper starts a store that can be reached again."""
    embedded = EmbeddedStore(folder)
    await embedded.start()
    (folder / "store.sock").unlink()
    client = store.connect(embedded.url)
    await answering(client)
    await client.aclose()
    await embedded.stop()


async def test_the_store_knows_nothing_of_our_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's keys are not in the store's memory, nor in the keeper's."""
    monkeypatch.setenv("SECRETS_HMAC_KEY", "canary-in-the-environment")
    embedded = EmbeddedStore(folder)
    await embedded.start()
    for pid in processes(folder):
        assert b"canary" not in Path(f"/proc/{pid}/environ").read_bytes()
    await embedded.stop()


async def test_what_lies_on_disk_is_the_owners_alone(folder: Path) -> None:
    """Files 0600, folders 0700, whatever the umask."""
    embedded = EmbeddedStore(folder)
    await embedded.start()
    open_to_others = [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    await embedded.stop()
    assert open_to_others == []


async def test_the_watch_survives_whatever_it_meets(folder: Path) -> None:
    """Out of file handles, DATA_DIR away: the next look may find better days."""
    embedded = EmbeddedStore(folder)
    await embedded.start()
    away = folder.with_name("away")
    folder.rename(away)
    await asyncio.sleep(1.3)
    away.rename(folder)
    for pid in processes(folder):
        if pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
    client = store.connect(embedded.url)
    await answering(client)
    await client.aclose()
    await embedded.stop()


async def answering(client: RawStore) -> None:
    """Wait until the store answers."""
    deadline = time.monotonic() + 8
    while True:
        try:
            assert await client.ping()
            break
        except (OSError, RedisError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


async def test_c2_deleted_bytes_leave_the_disk_with_the_scheduled_rewrite(folder: Path) -> None:
    """C2: the keeper asks for a rewrite of the append-only file; in production twice an hour."""
    embedded = EmbeddedStore(folder, rewrite_every=0.5)
    await embedded.start()
    client = store.connect(embedded.url)
    await client.set("blob", "canary-in-the-file")
    assert _on_disk(folder, b"canary-in-the-file")
    await client.delete("blob")
    deadline = time.monotonic() + 6
    while _on_disk(folder, b"canary-in-the-file"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await client.aclose()
    await embedded.stop()
    assert await gone(folder)


def test_a_rewrite_of_a_store_that_is_away_is_not_an_error(folder: Path) -> None:
    """The next round asks again."""
    rewrite(str(folder / "nobody.sock"))


async def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path) -> None:
    """A socket's path holds 107 bytes; the socket then lies in a private temporary folder."""
    folder = tmp_path / ("long " * 10) / ("path " * 10) / ("deep " * 10)
    embedded = EmbeddedStore(folder)
    await embedded.start()
    client = store.connect(embedded.url)
    assert await client.ping()
    await client.aclose()
    await embedded.stop()
    socket = socket_path(folder.resolve())
    assert oct(socket.parent.stat().st_mode)[-3:] == "700"
    socket.parent.chmod(0o777)
    with pytest.raises(UnsafeStore):
        socket_path(folder.resolve())
    socket.parent.rmdir()


def program(pid: int) -> str:
    """The name of what runs there: ``keeper``, ``valkey-server`` ...; empty when it has ended."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    name = Path(arguments[0].decode()).name
    return "keeper" if b"storage.keeper" in arguments else name.split(" ")[0]


def _on_disk(folder: Path, needle: bytes) -> bool:
    return any(needle in path.read_bytes() for path in folder.rglob("*.aof") if path.is_file())
