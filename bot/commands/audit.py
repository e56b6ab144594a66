"""``slash-secret audit verify`` and ``export``: what the trail is worth, and the trail itself."""

import argparse
import csv
import io
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, TextIO

import uvloop

from bot.commands import audit_report
from bot.serving import Opened, opened
from storage import exporter, ledger, verifier
from storage.anchors import Anchors
from storage.errors import DecodingError, SlashSecretError
from storage.exporter import Chosen, Row
from storage.ledger import Ledger
from storage.model import SecretId
from storage.settings import Settings

COLUMNS = ("time", "workspace", "ref", "event", "user", "address", "browser", "rule", "label")
CLEAN, FINDINGS, CANNOT_TELL = 0, 1, 2

_REF = re.compile(r"[0-9a-f]{8}\Z")
_FORMULA = tuple("=+-@\t\r\n|%")


def add(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    told = "check every entry against its checkpoint"
    verify = actions.add_parser(
        "verify", help=told, description=told, epilog="0: clean. 1: findings. 2: cannot tell."
    )
    verify.add_argument(
        "--since", type=_time, metavar="TIME", help="leave out what was wrong before (UTC)"
    )
    told = "write the entries to standard output"
    export = actions.add_parser("export", help=told, description=told)
    export.add_argument("--format", choices=("csv", "jsonl"), required=True)
    export.add_argument(
        "--secret", type=_secret, metavar="ID", help="of one secret: its id or its eight letters"
    )
    export.add_argument("--label", metavar="TEXT", help="whose label holds this text")
    export.add_argument("--agent", metavar="USER", help="of this Slack user, such as U012AB3CD")
    export.add_argument("--since", type=_time, metavar="TIME", help="from then on (UTC)")
    export.add_argument("--until", type=_time, metavar="TIME", help="before then (UTC)")


def run(arguments: argparse.Namespace, config: Settings) -> int:
    """Do it, and give the exit status. Raises SlashSecretError."""
    if arguments.action == "verify":
        try:
            return uvloop.run(_verify(config, arguments.since))
        except (SlashSecretError, OSError) as error:
            # Not 1, which stands for findings.
            print(f"slash-secret: {error}", file=sys.stderr)  # noqa: T201 - for the person there
            return CANNOT_TELL
    chosen = Chosen(
        arguments.secret, arguments.label, arguments.agent, arguments.since, arguments.until
    )
    try:
        uvloop.run(_export(config, chosen, arguments.format))
    except BrokenPipeError:
        # Whoever reads has enough, as `head` does; what is left in the buffer has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


async def _verify(config: Settings, since_ms: int | None) -> int:
    anchors, status = Anchors(config.data_dir), CLEAN
    known = anchors.tags()
    async with opened(config, insist=False) as here:
        for tag in sorted(await ledger.tags(here.redis) | known):
            found = await verifier.verify(Ledger(here.redis, tag), here.ring, anchors)
            if since_ms is not None:
                found = verifier.without(found, since_ms)
            for line in audit_report.lines(found):
                print(line, flush=True)  # noqa: T201 - the report
            status = _worse(status, found)
            known.add(tag)
    if not known:
        print(audit_report.NO_TRAIL)  # noqa: T201 - the report
        return CANNOT_TELL
    print(audit_report.SUMMARY[status])  # noqa: T201 - the report
    return status


def _worse(status: int, found: verifier.Verdict) -> int:
    """Findings outweigh what can't be told."""
    if found.findings or status == FINDINGS:
        return FINDINGS
    return CANNOT_TELL if found.untold else status


async def _export(config: Settings, chosen: Chosen, form: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal's: it is a file's
    async with opened(config, insist=False) as here:
        write = writer(sys.stdout, form)
        async with aclosing(_rows(here, chosen)) as rows:
            async for row in rows:
                write(row)
        sys.stdout.flush()


async def _rows(here: Opened, chosen: Chosen) -> AsyncGenerator[Row, None]:
    for tag in sorted(await _tags(here, chosen)):
        async with aclosing(exporter.export(here.redis, here.ring, tag, chosen)) as rows:
            async for row in rows:
                yield row


async def _tags(here: Opened, chosen: Chosen) -> set[str]:
    if chosen.secret and not _REF.match(chosen.secret):
        return {SecretId(chosen.secret).tag}
    return await ledger.tags(here.redis)


def writer(out: TextIO, form: str) -> Callable[[Row], None]:
    """Give what writes a row in this form; the head of a CSV is written at once."""
    if form == "jsonl":
        return lambda row: print(json.dumps(_cells(row), ensure_ascii=False), file=out)
    table = csv.writer(out)  # RFC 4180, with its line ends
    table.writerow(COLUMNS)
    return lambda row: table.writerow([_harmless(cell) for cell in _cells(row).values()])


def _cells(row: Row) -> dict[str, Any]:
    """By COLUMNS. The full id is half of a link, so a secret goes by its eight letters."""
    at = datetime.fromtimestamp(row.entry.ms / 1000, UTC)
    values = (
        at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        row.workspace,
        row.id.ref if row.id else "",
        row.event,
        row.by,
        row.reader.address if row.reader else "",
        row.reader.browser if row.reader else "",
        row.rule,
        row.label,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _harmless(cell: str) -> str:
    """A spreadsheet computes what begins like a formula, and a label is anybody's text."""
    return "'" + cell if cell.lstrip(" ").startswith(_FORMULA) else cell


def _time(text: str) -> int:
    """``2026-11-25`` or ``2026-11-25T14:00:00``, UTC unless it says otherwise, in ms."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must look like 2026-11-25 or 2026-11-25T14:00 (UTC)"
        ) from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _secret(text: str) -> str:
    if _REF.match(text):
        return text
    try:
        return SecretId(text).value
    except DecodingError:
        raise argparse.ArgumentTypeError(
            "must be an id, the part of a link between the last / and #, or the eight letters and "
            "digits that name a secret in its details and in the logs"
        ) from None
