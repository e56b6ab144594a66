"""The team's templates and each agent's outlet, at hand before a link is shown."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.recent import SIZE, Recent
from storage.errors import StoreError
from storage.model import Agent, UserId, WorkspaceId
from storage.vault import Vault
from storage.wording import Occasion, Outlet, Texts

_log = structlog.get_logger("bot.wordings")

READING = 5.0


class Wordings:
    """In memory, as an agent's last choices are: read at the start and after each form opens.

    Of several processes each is at most one form behind.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._texts: Texts = {}
        self._outlets = Recent[UserId, Outlet](size)

    @property
    def texts(self) -> Texts:
        """Every template there is."""
        return self._texts

    def of(self, occasion: Occasion) -> Mapping[Outlet, str]:
        """The templates for what is being made; empty where the built-in text is all there is."""
        return {outlet: text for (when, outlet), text in self._texts.items() if when is occasion}

    def outlet(self, agent: Agent) -> Outlet:
        """Where this agent pastes."""
        return self._outlets.of(agent.user) or Outlet.HELP_SCOUT

    def keep(self, agent: Agent, outlet: Outlet) -> None:
        """Remember it; of too many agents the oldest is forgotten."""
        self._outlets.keep(agent.user, outlet)

    async def refresh(self, vault: Vault, workspace: WorkspaceId) -> None:
        """Read the templates. A store that is away leaves what was known."""
        try:
            async with asyncio.timeout(READING):
                self._texts = await vault.templates(workspace)
        except (StoreError, TimeoutError) as error:
            _log.warning("templates_unread", error=type(error).__name__)

    async def load(self, vault: Vault, workspace: WorkspaceId) -> None:
        """Read everything, when the workspace becomes known."""
        await self.refresh(vault, workspace)
        try:
            async with asyncio.timeout(READING):
                found = await vault.outlets(workspace)
        except (StoreError, TimeoutError) as error:
            _log.warning("outlets_unread", error=type(error).__name__)
            return
        for user, outlet in found.items():
            self._outlets.keep(user, outlet)
