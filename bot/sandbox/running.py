"""The sandbox of a running site: a workspace of its own, and the page that looks into it.

Whatever is typed here stays in this process and in DATA_DIR; links lead to this machine only.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.guard import LOCAL_NAMES, Handler
from bot.sandbox.model import CLARA, TEAM, Command
from bot.sandbox.page import PATH, SandboxPage
from bot.sandbox.scan import Scanner
from bot.sandbox.server import SECRET, LocalSlack
from bot.slack_http import PATH as EVENTS
from storage.errors import SettingsError
from storage.model import UserId, WorkspaceId
from storage.settings import Settings
from storage.vault import Vault

ADMIN = UserId(CLARA)
TEAM_NAME = "Example Support"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What the bot must know to take it for Slack, and how its page joins the site."""

    slack: LocalSlack
    token: str
    signing_secret: str
    public_url: str
    origin: str
    admin: UserId = ADMIN

    @property
    def url(self) -> str:
        """Where a person finds it."""
        return f"{self.public_url}{PATH}"

    def mount(self, site: web.Application, vault: Vault, *, show: Handler, asset: Handler) -> None:
        """Add the page to the site. ``show`` serves it, ``asset`` the files it is built of."""
        scanner = Scanner(vault, WorkspaceId(TEAM), self.public_url, self.origin)
        SandboxPage(self.slack, scanner, show=show, asset=asset).mount(site)


def insist_on_this_machine(config: Settings) -> None:
    """Raise SettingsError where somebody else could reach it: in it, anybody is any agent."""
    served_as = urlsplit(config.public_url).hostname
    for name, host in (("HOST", config.host), ("PUBLIC_URL", served_as)):
        if host not in LOCAL_NAMES:
            raise SettingsError(
                f"{name} is not this machine, and without SLACK_BOT_TOKEN `slash-secret run` serves "
                'the sandbox, in which anybody is any agent: connect Slack (README, "Connect '
                f'Slack"), or unset {name}.'
            )


@asynccontextmanager
async def running(config: Settings) -> AsyncIterator[Sandbox]:
    """Run a local Slack whose app listens where ``config`` says. Raises SettingsError."""
    insist_on_this_machine(config)
    # Made anew at each start and told to nobody else: whoever could sign could be anybody.
    token, signing_secret = f"xoxb-sandbox-{secrets.token_hex(16)}", secrets.token_hex(16)
    host = f"[{config.host}]" if ":" in config.host else config.host
    origin = f"http://{host}:{config.port}"
    command = Command(config.slack_command, SECRET.usage_hint, SECRET.description)
    async with LocalSlack(
        token=token, signing_secret=signing_secret, team_name=TEAM_NAME, commands=[command]
    ) as slack:
        slack.request_url = origin + EVENTS
        yield Sandbox(slack, token, signing_secret, config.public_url, origin)
