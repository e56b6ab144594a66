"""What an operator at a shell gets of the audit trail: a verdict, and the trail as a file."""

import argparse
import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands import audit, audit_report
from storage import audit as trail
from storage import keys, settings
from storage.anchors import Anchors
from storage.checkpoints import Break
from storage.exporter import Row
from storage.model import Reader, Seconds, SecretId
from storage.notices import EntryId
from storage.outcomes import Rule
from storage.seal import KeyRing
from storage.vault import Vault
from storage.verifier import Fault, Finding, Untold, Verdict
from tests.deployment import ROOT
from tests.links import Holder, reveal, share
from tests.people import ANNA, BEN
from tests.raw import RawStore
from tests.trails import TAG, note, sealer


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """A terminal of the operator's, with the processes' environment."""

    environ: Mapping[str, str]
    written: pytest.CaptureFixture[str]

    async def run(self, *arguments: str, **more: str) -> Said:
        """The command itself, in a loop of its own as always, and without a process around it."""
        parser = argparse.ArgumentParser("slash-secret audit")
        audit.add(parser)
        config = settings.load({**self.environ, **more})
        self.written.readouterr()
        try:
            status = await asyncio.to_thread(audit.run, parser.parse_args(arguments), config)
        except SystemExit as told:
            status = int(str(told.code))
        out, err = self.written.readouterr()
        return Said(status, out, err)

    async def start(self, *arguments: str, **more: str) -> Said:
        """``slash-secret audit ...``, as it is typed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from bot.cli import main; raise SystemExit(main())", "audit", *arguments),
            cwd=ROOT,
            env={"PATH": os.defpath, **self.environ, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def rows(self, *wanted: str) -> list[dict[str, str]]:
        """The rows of an export as JSON lines."""
        said = await self.run("export", "--format", "jsonl", *wanted)
        assert said.status == 0
        return [json.loads(line) for line in said.out.splitlines()]


@pytest.fixture
def shell(
    store_url: str, ring: KeyRing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """On the machine of a bot process."""
    key = ring.current.expose().hex()
    here = {"REDIS_URL": store_url, "SECRETS_HMAC_KEY": key, "DATA_DIR": str(tmp_path)}
    return Shell(here, capsys)


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    """What that process has noted."""
    return Anchors(tmp_path)


async def test_verify_says_clean_with_the_unsealed_end(
    store_client: RawStore, ring: KeyRing, anchors: Anchors, shell: Shell
) -> None:
    """Exit status 0, what was read, and what cannot be told yet."""
    await note(store_client, 3)
    await sealer(store_client, ring, anchors).seal()
    await note(store_client, 1)
    said = await shell.start("verify")
    assert (said.status, said.err) == (0, "")
    first, unsealed, last = said.out.splitlines()
    assert first.startswith(f"{TAG}: 3 entries in 1 checkpoint, from the beginning up to ")
    assert "The newest 1 entry, from " in unsealed
    assert last == "Clean."


async def test_verify_says_what_was_found_and_where(
    store_client: RawStore, ring: KeyRing, anchors: Anchors, shell: Shell
) -> None:
    """Exit status 1, the interval, and what is missing; --since leaves out what is known."""
    names = await note(store_client, 3)
    await sealer(store_client, ring, anchors).seal()
    await store_client.xdel(keys.audit(TAG), names[1])
    said = await shell.run("verify")
    assert said.status == 1
    assert "FOUND removed, from the beginning up to " in said.out
    assert "1 of 3 entries are gone." in said.out
    assert said.out.splitlines()[-1].startswith("Not clean")
    assert (await shell.run("verify", "--since", "2999-01-01")).status == 0


async def test_verify_notices_a_trail_that_is_gone_from_the_store(
    store_client: RawStore, ring: KeyRing, anchors: Anchors, shell: Shell
) -> None:
    """The file in DATA_DIR names a trail that an emptied store has none of."""
    await note(store_client, 3)
    await sealer(store_client, ring, anchors).seal()
    await store_client.flushall()
    said = await shell.run("verify")
    assert said.status == 1
    assert "FOUND went_back" in said.out


async def test_verify_says_when_it_cannot_tell(store_client: RawStore, shell: Shell) -> None:
    """Exit status 2: an empty store, and one that does not answer."""
    said = await shell.run("verify")
    assert (said.status, said.out.strip()) == (2, audit_report.NO_TRAIL)
    said = await shell.run("verify", REDIS_URL="redis://127.0.0.1:1")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("slash-secret: the store gave no answer")


async def test_export_opens_readers_and_labels(
    store_client: RawStore, vault: Vault, shell: Shell
) -> None:
    """Who opened it from where, under which label; without the record, the label is gone."""
    holder = await share(vault, label="Müller, ticket 4711")
    await reveal(vault, holder)
    created, opened = await shell.rows()
    assert list(created) == list(audit.COLUMNS)
    assert (created["event"], created["user"]) == ("created", ANNA.user)
    assert (opened["event"], opened["user"]) == ("opened", "")
    assert (opened["address"], opened["browser"]) == ("203.0.113.7", "Firefox")
    assert created["ref"] == opened["ref"] == holder.id.ref
    assert created["label"] == opened["label"] == "Müller, ticket 4711"
    await store_client.delete(keys.record(holder.id))
    assert [row["label"] for row in await shell.rows()] == ["", ""]


async def test_export_gives_what_is_asked_for(
    store_client: RawStore, vault: Vault, shell: Shell
) -> None:
    """By secret (id or eight letters), label, agent, time; an agent's also what became of theirs."""
    first = await share(vault, label="Bakery")
    second = await share(vault, label="Florist", agent=BEN)
    await reveal(vault, second)
    await trail.refused_by_policy(store_client, ANNA.workspace, BEN.user, Rule.BROWSER_ONLY)

    async def events(*wanted: str) -> list[tuple[str, str]]:
        return [(row["ref"], row["event"]) for row in await shell.rows(*wanted)]

    of_first = [(first.id.ref, "created")]
    of_second = [(second.id.ref, "created"), (second.id.ref, "opened")]
    refused = [("", "refused_by_policy")]
    assert await events() == of_first + of_second + refused
    assert await events("--secret", first.id.value) == of_first
    assert await events("--secret", second.id.ref) == of_second
    assert await events("--label", "flor") == of_second
    assert await events("--agent", BEN.user) == of_second + refused
    assert await events("--since", "2999-01-01") == []
    assert await events("--until", "2999-01-01") == of_first + of_second + refused
    ms = int((await store_client.xrange(keys.audit(TAG)))[1][0].split(b"-")[0])
    at = audit._cells(row_at(ms))["time"]
    assert (await events("--since", at))[0] == of_second[0]
    assert await events("--until", at) == of_first


def row_at(ms: int, label: str = "", browser: str = "") -> Row:
    """A row with a time and texts of somebody else's choice."""
    reader = Reader("203.0.113.7", browser)
    sid = SecretId.new(ANNA.workspace)
    return Row(EntryId(ms, 0), ANNA.workspace, sid, "opened", "", reader, "", label, None)


FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://x","y")',
    "|cmd", "%0A=1", "'=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_the_csv_is_a_formula(text: str) -> None:
    """Labels and browsers' names are anybody's text: none begins as a spreadsheet's formula."""
    out = io.StringIO(newline="")
    audit.writer(out, "csv")(row_at(1_700_000_000_000, text, text))
    head, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert head == list(audit.COLUMNS)
    for cell in row:
        assert not cell.lstrip(" ").startswith(tuple("=+-@\t\r\n|%"))
    assert row[-1].removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", 'Müller; "GmbH"', "line\nbreak", "a,b"])
def test_json_lines_hold_texts_as_they_are(text: str) -> None:
    """Whatever a text holds, a row stays one line, and reads back the same."""
    out = io.StringIO()
    audit.writer(out, "jsonl")(row_at(1_700_000_000_000, text))
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["label"] == text


async def test_export_holds_nothing_that_opens_a_link(vault: Vault, shell: Shell) -> None:
    """No full id, text, proof or key, in either form."""
    holder: Holder = await share(vault, "hunter2-canary")
    await reveal(vault, holder)
    for form in ("csv", "jsonl"):
        said = await shell.run("export", "--format", form)
        assert holder.id.ref in said.out
        for secret in (holder.id.value, "hunter2-canary", holder.key.expose().hex()):
            assert secret not in said.out + said.err


async def test_export_is_a_stream(store_client: RawStore, shell: Shell) -> None:
    """Thousands of entries come in order, and a reader that has enough ends it without a word."""
    await note(store_client, 2100)
    rows = await shell.rows()
    assert len(rows) == 2100
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    command = "from bot.cli import main; raise SystemExit(main())"
    process = await asyncio.create_subprocess_shell(
        f"'{sys.executable}' -c '{command}' audit export --format csv | head -1",
        cwd=ROOT,
        env={"PATH": os.defpath, **shell.environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (out.decode().strip(), err) == (",".join(audit.COLUMNS), b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["export", "--format", "xml"],
        ["export", "--format", "csv", "--secret", "no id"],
        ["export", "--format", "csv", "--since", "yesterday"],
        [],
    ],
)
async def test_what_is_asked_for_wrongly_is_said(arguments: list[str], shell: Shell) -> None:
    """Exit status 2 and the way it should be."""
    said = await shell.run(*arguments)
    assert said.status == 2
    assert said.err.startswith("usage: slash-secret audit")


def test_every_finding_has_its_sentence() -> None:
    """Each fault, each reason and each thing that can't be told reads as a whole sentence."""
    nothing = EntryId(0, 0)
    end = EntryId(1_700_000_000_000, 0)
    for why in (Break.WENT_BACK, Break.ALTERED, Break.KEY_MISSING):
        for fault in Fault:
            one = Finding(fault, nothing, end, 3, 2, at=Seconds(1), why=why)
            verdict = Verdict(TAG, (one,), 0, 0, nothing, end, 0, None, anchored=True, untold=None)
            (line,) = audit_report.lines(verdict)
            assert line.startswith(f"{TAG}: FOUND {fault.value}, ")
            assert line.endswith(".")
            assert "{" not in line
    for untold in Untold:
        verdict = Verdict(TAG, (), 0, 0, nothing, nothing, 0, None, anchored=True, untold=untold)
        assert len(list(audit_report.lines(verdict))) == 1
