"""``python -m web``: pages, API and, in HTTP mode, Slack's requests."""

import sys

from bot.cli import main

sys.exit(main(["web"]))
