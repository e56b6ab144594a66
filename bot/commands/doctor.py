"""``slash-secret doctor``: what is wrong with this deployment, and what to do about it."""

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bot.doctor import address, table
from bot.doctor.finding import Finding, status_of
from bot.doctor.rounds import examined
from bot.serving import opened
from storage import logs
from storage.errors import UnsafeStore
from storage.settings import Settings

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\Z")
_REQUEST = re.compile(r"[A-Z]+ \S+ HTTP/[0-9.]+\Z")

Line = tuple[str, str]


def add(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.epilog = "0: fine. 1: warnings, or something could not be checked. 2: errors."
    parser.add_argument("--json", action="store_true", help="write JSON in place of a table")
    parser.add_argument(
        "--accept-restore",
        action="store_true",
        help="let a store that went back show again what is held back, and check nothing else",
    )
    request = parser.add_argument_group(
        "a request", "say which client address is recorded for it, and check nothing else"
    )
    request.add_argument(
        "--from", dest="peer", type=_peer, metavar="PEER", help="who connects: an address, or unix"
    )
    request.add_argument(
        "--header", type=_header, action="append", default=[], metavar="'NAME: VALUE'"
    )
    request.add_argument(
        "--request", type=_file, default=[], metavar="FILE", help="its headers, a line each"
    )


def run(arguments: argparse.Namespace, config: Settings) -> int:
    """Do it, and give the exit status. Raises SlashSecretError."""
    # What the checks make the libraries say stands in the table already.
    logs.configure("CRITICAL")
    if arguments.accept_restore:
        return uvloop.run(_accept_restore(config))
    lines: list[Line] = [*arguments.request, *arguments.header]
    if arguments.peer is not None or lines:
        findings: list[Finding] = [
            address.described(config, arguments.peer or _peer("127.0.0.1"), lines)
        ]
    else:
        findings = uvloop.run(examined(config))
    if arguments.json:
        print(table.as_json(findings))  # noqa: T201 - the report
    else:
        print("\n".join(table.lines(findings)))  # noqa: T201 - the report
    return status_of(findings)


async def _accept_restore(config: Settings) -> int:
    """End again what this DATA_DIR has seen end, let the rest go, and say so."""
    async with opened(config, insist=False) as store:
        try:
            accepted = await store.guard.accept_restore()
        except OSError as error:
            raise UnsafeStore(
                f"DATA_DIR cannot be read ({error.strerror}), so nothing was accepted: it knows "
                "what must stay ended."
            ) from None
    for one in accepted:
        when = datetime.fromtimestamp(one.since, UTC)
        print(f"Accepted: what workspace tag {one.tag} held back since {when:%Y-%m-%d %H:%M} UTC.")  # noqa: T201 - the report
    if not accepted:
        print("Nothing is held back.")  # noqa: T201 - the report
    return 0


def _peer(text: str) -> address.Peer:
    try:
        return address.peer(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be an IP address, or unix") from None


def _header(text: str) -> Line:
    found = _HEADER.match(text)
    if not found:
        raise argparse.ArgumentTypeError("must look like 'X-Forwarded-For: 203.0.113.7'")
    return found[1], found[2]


def _file(name: str) -> list[Line]:
    """The head of a request as it was sent, with or without its first line."""
    try:
        text = Path(name).read_text(encoding="latin-1")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error.strerror}") from None
    head = re.split(r"\r?\n\r?\n", text.lstrip("\r\n"), maxsplit=1)[0].splitlines()
    return [_header(line) for line in head if line and not _REQUEST.match(line)]
