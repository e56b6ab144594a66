"""``python -m web``: pages, API and, in HTTP mode, Slack's requests."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main(["web"]))
