"""The console script ``slash-secret``: reads the environment, runs a command, says why it failed."""

import argparse
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol

import uvloop

from bot.serving import serve
from storage import logs, settings
from storage.errors import SettingsError, SlashSecretError


class Command(Protocol):
    """A module of ``bot.commands``: a command with arguments of its own."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments it takes."""

    def run(self, arguments: argparse.Namespace, config: settings.Settings) -> int:
        """Do it, and give the exit status. Raises SlashSecretError."""


# Each module of ``bot.commands``, and what it is for.
COMMANDS: Mapping[str, str] = {
    "audit": "check the audit trail, or write it out",
    "doctor": "check this deployment",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status 2: a setting is wrong; 1: the start or the run failed."""
    words = sys.argv[1:] if arguments is None else arguments
    # A process that serves loads none of them: each would cost it memory and time.
    chosen = next((name for name in words if name in COMMANDS), None)
    command: Command | None = import_module(f"bot.commands.{chosen}") if chosen else None
    given = _parser(chosen, command).parse_args(words)
    # A core dump would hold keys and texts in transit.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Each visitor who only holds a connection open costs a handle: allow as many as the system.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        config = settings.load(os.environ)
        logs.configure(config.log_level)
        if command and given.command == chosen:
            return command.run(given, config)
        halves = {"web_half": given.command != "bot", "bot_half": given.command != "web"}
        uvloop.run(serve(config, **halves))
    except SettingsError as error:
        return _say(str(error), 2)
    except SlashSecretError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _parser(chosen: str | None, command: Command | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slash-secret", description="Hand a secret over once, by a link from Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="everything in one process")
    commands.add_parser("web", help="pages, API and Slack's requests (python -m web)")
    commands.add_parser("bot", help="background work for the workspace (python -m bot)")
    for name, about in COMMANDS.items():
        parser_of = commands.add_parser(name, help=about, description=about)
        if command and name == chosen:
            command.add(parser_of)
    return parser


def _say(sentence: str, status: int) -> int:
    print(f"slash-secret: {sentence}", file=sys.stderr)  # noqa: T201 - for the person at the shell
    return status
