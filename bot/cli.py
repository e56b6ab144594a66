"""The console script ``slash-secret``: reads the environment, runs a command, says why it failed."""

import argparse
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

import uvloop

from bot.commands import audit, doctor
from bot.serving import serve
from storage import logs, settings
from storage.errors import SettingsError, SlashSecretError


class Command(Protocol):
    """A module of ``bot.commands``: a command with arguments of its own."""

    HELP: str

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments it takes."""

    def run(self, arguments: argparse.Namespace, config: settings.Settings) -> int:
        """Do it, and give the exit status. Raises SlashSecretError."""


COMMANDS: Mapping[str, Command] = {"audit": audit, "doctor": doctor}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status 2: a setting is wrong; 1: the start or the run failed."""
    given = _parser().parse_args(arguments)
    # A core dump would hold keys and texts in transit.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Each visitor who only holds a connection open costs a handle: allow as many as the system.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        config = settings.load(os.environ)
        logs.configure(config.log_level)
        if given.command in COMMANDS:
            return COMMANDS[given.command].run(given, config)
        halves = {"web_half": given.command != "bot", "bot_half": given.command != "web"}
        uvloop.run(serve(config, **halves))
    except SettingsError as error:
        return _say(str(error), 2)
    except SlashSecretError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slash-secret", description="Hand a secret over once, by a link from Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="everything in one process")
    commands.add_parser("web", help="pages, API and Slack's requests (python -m web)")
    commands.add_parser("bot", help="background work for the workspace (python -m bot)")
    for name, command in COMMANDS.items():
        command.add(commands.add_parser(name, help=command.HELP, description=command.HELP))
    return parser


def _say(sentence: str, status: int) -> int:
    print(f"slash-secret: {sentence}", file=sys.stderr)  # noqa: T201 - for the person at the shell
    return status
