"""This machine: DATA_DIR, the built front end, and what listens on METRICS_PORT."""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.doctor.asking import Asker, NoAnswer
from bot.doctor.finding import Finding, error, ok, size, unchecked, warning
from storage.errors import SettingsError
from storage.settings import Settings
from web.brand import Brand
from web.pages import STATIC, Pages

MOUNTS = Path("/proc/self/mounts")
ROOM_LOW = 1024**3
ROOM_NONE = 128 * 1024**2
_FLEETING = frozenset({"tmpfs", "ramfs"})
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})
_ALARM = re.compile(r'^slash_secret_alarms_total\{kind="(\w+)"\} ([0-9.e+]+)$', re.MULTILINE)
_NAME = "DATA_DIR"


def data_dir(config: Settings, mounts: Path = MOUNTS) -> list[Finding]:
    """Whose it is, who can read it, and whether it lasts. Asks the disk only."""
    folder = config.data_dir.resolve()
    if not folder.is_dir():
        return [
            unchecked(
                _NAME,
                f"{folder} does not exist yet",
                "start slash-secret once, with the same DATA_DIR",
            )
        ]
    found = [*_access(folder), *_disk(folder, mounts, embedded=not config.redis_url)]
    return found or [ok(_NAME, f"{folder}, for its owner alone, on a disk that lasts")]


def is_ours(config: Settings) -> bool:
    """Whether opening the embedded store leaves no file that its owner could not use."""
    folder = config.data_dir
    return not folder.exists() or folder.stat().st_uid == os.geteuid()


def _access(folder: Path) -> Iterator[Finding]:
    seen = folder.stat()
    if seen.st_uid != os.geteuid():
        yield error(
            _NAME,
            f"{folder} belongs to another user than the one who runs this",
            "run the doctor as the user of the processes",
        )
    # What lies below is closed by its folder, save the key, which the start looks at itself.
    for path in (folder, folder / "server.key"):
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield error(
                _NAME,
                f"{path} is open to other users of this machine (mode {mode:04o})",
                f"chmod go= '{path}'",
            )


def _disk(folder: Path, mounts: Path, *, embedded: bool) -> Iterator[Finding]:
    kind = filesystem(folder, mounts)
    what = "the embedded store" if embedded else "the last checkpoint of the audit trail"
    if kind in _FLEETING:
        make = error if embedded else warning
        yield make(
            _NAME,
            f"{folder} is in memory ({kind}): {what} does not outlast a restart of the machine",
            "name a folder on a disk that lasts",
        )
    if kind in _REMOTE and embedded:
        yield warning(
            _NAME,
            f"{folder} is on another machine ({kind}), where locks and fsync may not hold",
            "name a folder on a local disk",
        )
    free = shutil.disk_usage(folder).free
    if free < ROOM_LOW:
        make = error if free < ROOM_NONE else warning
        yield make(_NAME, f"{size(free)} are free in {folder}", "make room")


def filesystem(folder: Path, mounts: Path) -> str:
    """The type of the file system that a folder is on; empty where the system does not say."""
    try:
        listed = [line.split(" ") for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    best, kind = -1, ""
    for _, where, found, *_ in listed:
        place = where.replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= best:
            best, kind = len(place), found
    return kind


def front_end(config: Settings, static: Path = STATIC) -> Finding:
    """Whether the pages can be served in the team's look."""
    name = "pages"
    try:
        Pages("localhost", Brand.read(config.brand_color, config.brand_logo), static)
    except SettingsError as fault:
        return error(name, "the web process would not start", str(fault))
    return ok(name, "built")


async def metrics(asker: Asker, config: Settings) -> list[Finding]:
    """What a process on METRICS_PORT says of itself."""
    name, port = "METRICS_PORT", config.metrics_port
    if port is None:
        return [ok(name, "unset: no process tells its health to this machine")]
    if port == config.port:
        return [error(name, "the same as PORT: the second to listen does not start", "change one")]
    root = f"http://127.0.0.1:{port}"
    ready = await asker.get(f"{root}/readyz")
    if isinstance(ready, NoAnswer):
        why = f"no process of ours at 127.0.0.1:{port}: {ready}"
        return [unchecked(name, why, "start the process that has this METRICS_PORT")]
    numbers = await asker.get(f"{root}/metrics")
    text = "" if isinstance(numbers, NoAnswer) else numbers.body.decode("utf-8", "replace")
    return [_readiness(name, ready.body), *_alarms(text)]


def _readiness(name: str, body: bytes) -> Finding:
    try:
        told = json.loads(body)
        status, problems = str(told["status"]), told["checks"].get("problems", [])
    except (ValueError, KeyError, TypeError, AttributeError):
        return error(name, "something else than slash-secret listens there", "change METRICS_PORT")
    if status == "ready":
        return ok(name, "the process there is ready")
    reasons = "; ".join(map(str, problems)) or "see /readyz there"
    make = warning if status == "degraded" else error
    return make(name, f"the process there says it is {status}", reasons)


def _alarms(text: str) -> Iterator[Finding]:
    raised = {kind: float(number) for kind, number in _ALARM.findall(text)}
    if any(raised.values()):
        kinds = ", ".join(f"{kind} {number:.0f}" for kind, number in raised.items() if number)
        yield warning(
            "alarms",
            f"raised by the process on METRICS_PORT since its start: {kinds}",
            'docs/operators.md, "Logs and alarms", says what to do',
        )
