"""What each agent chose last, at hand before their next form opens."""

import asyncio

import structlog

from storage.errors import StoreError
from storage.model import Agent, Lifetime, Preset, UserId, WorkspaceId
from storage.vault import Vault

_log = structlog.get_logger("bot.presets")

SIZE = 10_000
READING = 5.0


class Presets:
    """A bounded table in memory, since nothing may be asked before a window opens.

    The store holds the truth. It is read when the workspace becomes known, and again for an agent
    after each of their forms has opened: of several processes each is at most one form behind.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._known: dict[UserId, Preset] = {}

    def of(self, agent: Agent) -> Preset | None:
        """The agent's last choice as far as this process knows it."""
        return self._known.get(agent.user)

    def keep(self, agent: Agent, lifetime: Lifetime, *, single_use: bool) -> None:
        """Remember a choice; of too many agents the one forgotten is whose is the oldest."""
        self._set(agent.user, Preset(lifetime, single_use))

    def _set(self, user: UserId, preset: Preset) -> None:
        self._known.pop(user, None)
        self._known[user] = preset
        if len(self._known) > self._size:
            del self._known[next(iter(self._known))]

    async def load(self, vault: Vault, workspace: WorkspaceId) -> None:
        """Read everybody's. A store that is away leaves the team's defaults."""
        try:
            async with asyncio.timeout(READING):
                found = await vault.presets(workspace)
        except (StoreError, TimeoutError) as error:
            _log.warning("presets_unread", error=type(error).__name__)
            return
        for user, preset in found.items():
            self._set(user, preset)

    async def refresh(self, vault: Vault, agent: Agent) -> None:
        """Read one agent's, for their next form."""
        try:
            async with asyncio.timeout(READING):
                preset = await vault.preset(agent)
        except (StoreError, TimeoutError) as error:
            _log.warning("presets_unread", error=type(error).__name__)
            return
        if preset:
            self._set(agent.user, preset)
