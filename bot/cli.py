"""The console script ``slash-secret``: reads the environment, runs a command, says why it failed."""

import argparse
import os
import resource
import sys
from collections.abc import Sequence

import uvloop

from bot.serving import serve
from storage import logs, settings
from storage.errors import SettingsError, SlashSecretError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status 2: a setting is wrong; 1: the start or the run failed."""
    command = _parser().parse_args(arguments).command
    # A core dump would hold keys and texts in transit.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Each visitor who only holds a connection open costs a handle: allow as many as the system.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        config = settings.load(os.environ)
        logs.configure(config.log_level)
        uvloop.run(serve(config, web_half=command != "bot", bot_half=command != "web"))
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
    return parser


def _say(sentence: str, status: int) -> int:
    print(f"slash-secret: {sentence}", file=sys.stderr)  # noqa: T201 - for the person at the shell
    return status
