"""The supply chain: what is installed is what was locked, byte for byte."""

import json
import re

import pytest

from tests.deployment import ROOT


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_python_package_has_a_version_and_hashes(name: str) -> None:
    """One exact version each, with SHA-256 hashes, and no address to fetch it from."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    assert len(pins) > 20
    for pin in pins:
        assert re.match(r"[a-z0-9.-]+==[\w.!+]+( ; .+)? \\\n", pin), pin[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", pin), pin[:80]
    assert "://" not in "".join(pins)


def test_every_npm_package_has_its_hash() -> None:
    """SHA-512 for each, and none is fetched from an address that the lock names."""
    lock = json.loads((ROOT / "web/frontend/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 20
    for name, one in packages.items():
        assert one["integrity"].startswith("sha512-"), name
        assert "resolved" not in one, name
