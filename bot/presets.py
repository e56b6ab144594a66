"""What each agent chose last, at hand before their next form opens."""

import asyncio

import structlog

from bot.recent import SIZE, Recent
from storage.errors import StoreError
from storage.languages import Language
from storage.model import Agent, Lifetime, Preset, UserId, WorkspaceId
from storage.vault import Vault

_log = structlog.get_logger("bot.presets")

READING = 5.0


class Presets:
    """A bounded table in memory, since nothing may be asked before a window opens.

    The store holds the truth. It is read when the workspace becomes known, and again for an agent
    after each of their forms has opened: of several processes each is at most one form behind.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._known = Recent[UserId, Preset](size)
        self._languages = Recent[UserId, Language](size)

    def of(self, agent: Agent) -> Preset | None:
        """The agent's last choice as far as this process knows it."""
        return self._known.of(agent.user)

    def keep(self, agent: Agent, lifetime: Lifetime, *, single_use: bool) -> None:
        """Remember a choice; of too many agents the one forgotten is whose is the oldest."""
        self._known.keep(agent.user, Preset(lifetime, single_use))

    def language(self, agent: Agent) -> Language | None:
        """The one that the agent chose last for a customer; None: the customer's browser's."""
        return self._languages.of(agent.user)

    def speak(self, agent: Agent, language: Language | None) -> None:
        """Remember a language, or that none was chosen."""
        if language:
            self._languages.keep(agent.user, language)
        else:
            self._languages.forget(agent.user)

    async def load(self, vault: Vault, workspace: WorkspaceId) -> None:
        """Read everybody's. A store that is away leaves the team's defaults."""
        try:
            async with asyncio.timeout(READING):
                found = await vault.presets(workspace)
                languages = await vault.languages(workspace)
        except (StoreError, TimeoutError) as error:
            _log.warning("presets_unread", error=type(error).__name__)
            return
        for user, preset in found.items():
            self._known.keep(user, preset)
        for user, language in languages.items():
            self._languages.keep(user, language)

    async def refresh(self, vault: Vault, agent: Agent) -> None:
        """Read one agent's, for their next form."""
        try:
            async with asyncio.timeout(READING):
                preset, language = await asyncio.gather(vault.preset(agent), vault.language(agent))
        except (StoreError, TimeoutError) as error:
            _log.warning("presets_unread", error=type(error).__name__)
            return
        if preset:
            self._known.keep(agent.user, preset)
        self.speak(agent, language)
