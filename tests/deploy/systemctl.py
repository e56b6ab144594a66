"""Stands in for systemctl in a Debian without systemd: runs what a unit says, as it says.

Of a unit it reads what decides whether the program works: user, folder, settings, capabilities,
command, and how it is stopped. The hardening that only systemd can do is left out. Standard library
only, since it runs on the Python of the Debian that is set up.
"""

import os
import pwd
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
RUNNING = Path("/run/stand-in")
LOGS = Path("/var/log/stand-in")


class Unit:
    """One that a file describes, a template's instance included."""

    def __init__(self, name: str) -> None:
        self.name = name.removesuffix(".service")
        self._instance = self.name.partition("@")[2]
        file = re.sub(r"@.*", "@", self.name) + ".service"
        found = [folder / file for folder in UNITS if (folder / file).exists()]
        if not found:
            sys.exit(f"Unit {file} not found.")
        self._lines = re.findall(r"^(\w+)=(.*)$", found[0].read_text(), re.MULTILINE)
        self._note = RUNNING / f"{self.name}.pid"

    def all(self, key: str) -> list[str]:
        """Each value of a directive that says something, %i filled in."""
        return [
            value.replace("%i", self._instance)
            for name, value in self._lines
            if name == key and value
        ]

    def one(self, key: str, default: str = "") -> str:
        """Its last value."""
        return (self.all(key) or [default])[-1]

    def start(self) -> None:
        """Start it, unless it runs, and be back when it has lasted a while."""
        if self._pid():
            return
        user = pwd.getpwnam(self.one("User", "root"))
        environ = {"PATH": os.defpath, "HOME": user.pw_dir, "LANG": "C.UTF-8"}
        for words in self.all("Environment"):
            environ.update(word.partition("=")[::2] for word in shlex.split(words))
        for file in self.all("EnvironmentFile"):
            lines = (line.strip() for line in Path(file).read_text().splitlines())
            pairs = (
                line.partition("=")[::2] for line in lines if line and not line.startswith("#")
            )
            environ.update((name, value.strip("\"'")) for name, value in pairs)
        for folder in self.all("StateDirectory"):
            place = Path("/var/lib") / folder
            place.mkdir(exist_ok=True)
            place.chmod(int(self.one("StateDirectoryMode", "0755"), 8))
            os.chown(place, user.pw_uid, user.pw_gid)
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*self._as(user.pw_name), *shlex.split(self.one("ExecStart"))],
                cwd=self.one("WorkingDirectory", "/"),
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=int(self.one("UMask", "0022"), 8),
                start_new_session=True,
            )
        RUNNING.mkdir(parents=True, exist_ok=True)
        self._note.write_text(str(process.pid))
        time.sleep(1)
        if process.poll() is not None:
            sys.exit(f"{self.name} ended with status {process.returncode}")

    def _as(self, user: str) -> list[str]:
        capabilities = [
            name.lower().removeprefix("cap_") for name in self.one("AmbientCapabilities").split()
        ]
        kept = ",".join(f"+{name}" for name in capabilities)
        return [
            "setpriv",
            *(f"--{which}={user}" for which in ("reuid", "regid")),
            "--init-groups",
            *(f"--{which}-caps={kept}" for which in ("inh", "ambient") if kept),
            *(["--no-new-privs"] if self.one("NoNewPrivileges") == "yes" else []),
        ]

    def stop(self) -> None:
        """Tell the main process alone, as KillMode=process does, and wait as long as the unit says."""
        pid = self._pid()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        patience = float(self.one("TimeoutStopSec", "90").removesuffix("s"))
        until = time.monotonic() + patience
        while self._pid():
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                sys.exit(f"{self.name} did not end within {patience:.0f} s")
            time.sleep(0.1)

    def _pid(self) -> int | None:
        if not self._note.exists():
            return None
        pid = int(self._note.read_text())
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return None
        return None if state == "Z" else pid


def main(verb: str, names: list[str]) -> None:
    """Do one verb to each unit: a restart stops all of them before it starts the first."""
    units = [Unit(name) for name in names if not name.startswith("-")]
    known = {"daemon-reload", "enable", "start", "stop", "restart"}
    if verb not in known:
        sys.exit(f"Unknown command verb {verb}.")
    if verb in {"stop", "restart"}:
        for unit in units:
            unit.stop()
    if verb in {"start", "restart"} or "--now" in names:
        for unit in units:
            unit.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
