"""What the kernel says of a process: on which core it may run, its CPU time, its memory."""

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_RSS = re.compile(r"VmRSS:\s+(\d+) kB")
_MODEL = re.compile(r"model name\s*:\s*(.+)")


class CannotMeasure(Exception):
    """This machine can't show the figures: too few cores, or no way to pin a process to one."""


def cores() -> list[int]:
    """The cores this program may use, two at least. Raises CannotMeasure."""
    if not hasattr(os, "sched_setaffinity"):
        raise CannotMeasure("processes are pinned to cores, which takes Linux")
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise CannotMeasure("the server needs a core of its own: two cores at least")
    return usable


def pin(pid: int, allowed: Iterable[int]) -> None:
    """Bind a process with its threads and children to these cores; what they start inherits it."""
    for one in family(pid):
        for thread in Path(f"/proc/{one}/task").iterdir():
            os.sched_setaffinity(int(thread.name), allowed)


def family(pid: int) -> list[int]:
    """A process and all that it has started, as far as they live."""
    found = [pid]
    for one in found:
        for thread in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, thread.read_text().split())
    return found


def cpu(pid: int) -> float:
    """CPU seconds that a process and its living children have used, in user and kernel."""
    return sum(_cpu(one) for one in family(pid))


def _cpu(pid: int) -> float:
    try:
        # Nanoseconds of each thread; the older counter knows hundredths of a second only.
        times = [
            int((thread / "schedstat").read_text().split()[0]) / 1e9
            for thread in Path(f"/proc/{pid}/task").iterdir()
        ]
        return sum(times)
    except FileNotFoundError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK


class Load:
    """How busy the machine is with other things, from now on."""

    def __init__(self) -> None:
        self._idle, self._all = _cores()
        self._mine = _mine()

    def elsewhere(self) -> float:
        """The part of all cores' time that went to programs that are not this one's, of 1."""
        idle, total = _cores()
        spent = total - self._all
        others = spent - (idle - self._idle) - (_mine() - self._mine)
        return max(0.0, others / spent) if spent else 0.0


def _cores() -> tuple[float, float]:
    """Seconds that all cores together were idle, and altogether."""
    first = Path("/proc/stat").read_text().splitlines()[0]
    times = [int(one) * _TICK for one in first.split()[1:9]]
    return times[3] + times[4], sum(times)


def _mine() -> float:
    """CPU seconds of this process and of all that it has started and seen end."""
    return sum(os.times()[:4])


def memory(pid: int) -> int:
    """Bytes of memory that a process and its children hold."""
    return sum(_memory(one) for one in family(pid))


def _memory(pid: int) -> int:
    found = _RSS.search(Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def description() -> dict[str, str | int]:
    """What figures depend on, and nothing by which a machine could be recognised."""
    model = _MODEL.search(Path("/proc/cpuinfo").read_text())
    return {
        "cpu": model[1].strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
    }
