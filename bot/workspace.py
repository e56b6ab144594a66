"""The one workspace this app is installed in, learnt from Slack and kept in memory."""

import asyncio

import structlog

from bot.slack_api import Slack, Trouble
from storage.model import Agent, UserId, WorkspaceId

_log = structlog.get_logger("bot.workspace")

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0


class Workspace:
    """Empty until auth.test has answered once; the web half serves meanwhile."""

    def __init__(self) -> None:
        self.id: WorkspaceId | None = None
        self.name = ""
        self.known = asyncio.Event()

    async def learn(self, slack: Slack) -> None:
        """Ask until Slack answers, with growing pauses. Meant to run in the background."""
        wait = _FIRST_WAIT
        while not self._understood(await slack.who_are_we()):
            _log.error("workspace_unknown", retry_in_s=wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        _log.info("workspace_known", workspace=self.id)

    def _understood(self, answer: dict[str, object] | Trouble) -> bool:
        if isinstance(answer, Trouble):
            return False
        team, name = answer.get("team_id"), answer.get("team")
        if not (isinstance(team, str) and team):
            return False
        self.id = WorkspaceId(team)
        self.name = name if isinstance(name, str) else ""
        self.known.set()
        return True

    def agent(self, user: UserId, name: str) -> Agent:
        """A person of this workspace, as the vault wants to know them."""
        if self.id is None:
            raise RuntimeError("asked for an agent before the workspace is known")
        return Agent(self.id, self.name, user, name)
