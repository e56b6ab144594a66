"""What the documents say is what the code does."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from storage import envelope
from storage.model import State
from storage.seal import MasterKey
from storage.settings import Settings
from tests.docs.reading import ROOT, rows
from web.errors import CODES

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links and pictures exist; no absolute path of a machine is named."""
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


def test_the_settings_table_is_complete() -> None:
    """Each variable that the start reads is in the README."""
    named = re.findall(r"`([A-Z][A-Z_]+)`", " ".join(row[0] for row in rows(README, "Variable")))
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_defaults_in_the_settings_table_are_the_codes() -> None:
    """Plain defaults are written as they are."""
    cells = {row[0]: row[-1] for row in rows(README, "Variable")}
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    for name in ("PUBLIC_URL", "SLACK_COMMAND", "LOG_LEVEL", "SLACK_API_URL"):
        assert cells[f"`{name}`"] == f"`{defaults[name]}`"
    assert cells["`HOST`, `PORT`"] == f"`{defaults['HOST']}`, `{defaults['PORT']}`"


def test_error_codes_are_documented_with_their_status() -> None:
    """One table of codes, in the code and in the protocol."""
    documented = {row[0].strip("`"): int(row[1]) for row in rows(PROTOCOL, "Code")}
    assert documented == {code: status for code, (status, _) in CODES.items()}


def test_derived_values_are_documented() -> None:
    """Every HKDF info of the envelope, and every state."""
    documented = {row[1].strip("`") for row in rows(PROTOCOL, "Value") if row[1].startswith("`")}
    infos = {value.decode() for value in vars(envelope).values() if isinstance(value, bytes)}
    assert documented == infos
    for state in State:
        assert state.value in PROTOCOL


def test_record_fields_of_the_scripts_are_documented() -> None:
    """What the scripts read and write is what the protocol lists."""
    lua = (ROOT / "storage" / "lua" / "_record.lua").read_text()
    used = set(re.findall(r"'(\w+)'", lua[lua.index("'HMGET'") : lua.index("if not v[1]")]))
    row = next(row for row in rows(PROTOCOL, "Key") if ":record:" in row[0])
    documented = set(re.findall(r"`(\w+)`", row[2]))
    assert used - {"HMGET"} <= documented
    assert documented - used == {"last", "reader", "collector", "composed", "lifetime"}


def test_every_dependency_has_its_reason() -> None:
    """The README's table names each package of pyproject.toml."""
    table = " ".join(row[0] for row in rows(README, "Package")).lower()
    extras = PROJECT["project"]["optional-dependencies"]
    for wanted in [*PROJECT["project"]["dependencies"], *extras["build"], *extras["dev"]]:
        name = re.split(r"[\[><=]", wanted)[0].lower()
        assert re.search(rf"\b{re.escape(name)}\b", table), name


def test_make_targets_named_in_documents_exist() -> None:
    """`make something` in any page is a target."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z]+)", page.read_text())) <= targets, page.name


def test_the_readme_stays_readable() -> None:
    """Under 200 lines."""
    assert len(README.splitlines()) < 200


def test_the_derived_key_can_be_printed_as_the_runbook_says() -> None:
    """The command in docs/rotate-keys.md gives the key that the server derives."""
    text = (ROOT / "docs" / "rotate-keys.md").read_text()
    command = re.search(r'\.venv/bin/python -c "(.*)"', text)
    assert command
    environ = {"SLACK_SIGNING_SECRET": "s" * 32}
    printed = subprocess.run(
        [sys.executable, "-c", command[1]], cwd=ROOT, env=environ, capture_output=True, check=True
    ).stdout
    assert bytes.fromhex(printed.decode()) == MasterKey.from_signing_secret(b"s" * 32).expose()


def test_decision_records_are_listed() -> None:
    """Each record has its line, and each line its record."""
    folder = ROOT / "docs" / "adr"
    listed = set(re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {path.name for path in folder.glob("0*.md")}
