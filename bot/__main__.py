"""``python -m bot``: background work for the workspace; beside it runs ``python -m web``."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main(["bot"]))
