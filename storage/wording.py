"""The team's own message templates, and where each agent pastes: sealed, and on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

from storage import keys
from storage.errors import IntegrityError, NoRoom, Unreadable
from storage.model import Agent, UserId, WorkspaceId, tag_of
from storage.outcomes import Full, NotAllowed
from storage.scripts import Script
from storage.seal import open_text, seal_text
from storage.store import translated
from storage.usecase import UseCases

_log = structlog.get_logger("storage.wording")

LIMIT = 1000  # characters of one template
_WORDING = Script("wording")


class Occasion(StrEnum):
    """What a message goes with."""

    ONCE = "once"
    OFTEN = "often"
    REQUEST = "request"


class Outlet(StrEnum):
    """Where agents paste it."""

    HELP_SCOUT = "help_scout"
    EMAIL = "email"
    CHAT = "chat"


Texts = Mapping[tuple[Occasion, Outlet], str]


@dataclass(frozen=True, slots=True)
class Reworded:
    """The templates are stored, and that they changed is on record."""


class Wording(UseCases):
    """What admins write, and what everybody of the workspace gets."""

    async def templates(self, workspace: WorkspaceId) -> Texts:
        """Every template of the workspace's own. One that cannot be believed is not there.

        Sealed for this workspace and place: whoever can write to the store can put no other text
        into agents' hands, at most an earlier one of the same place, or none.
        """
        async with translated():
            found: dict[bytes, bytes] = await self._redis.hgetall(  # type: ignore[assignment]
                keys.templates(tag_of(workspace))
            )
        texts = dict[tuple[Occasion, Outlet], str]()
        for occasion in Occasion:
            for outlet in Outlet:
                sealed = found.get(_field(workspace, occasion, outlet).encode())
                text = self._opened(workspace, occasion, outlet, sealed) if sealed else None
                if text:
                    texts[occasion, outlet] = text
        return texts

    def _opened(
        self, workspace: WorkspaceId, occasion: Occasion, outlet: Outlet, sealed: bytes
    ) -> str | None:
        name = f"template/{occasion}/{outlet}"
        try:
            return open_text(self._ring, name, workspace, sealed)
        except (IntegrityError, Unreadable):
            _log.warning("template_unreadable", occasion=occasion.value, outlet=outlet.value)
            return None

    async def reword(
        self, agent: Agent, occasion: Occasion, texts: Mapping[Outlet, str]
    ) -> Reworded | NotAllowed | Full:
        """Replace an occasion's templates; '' goes back to the built-in text. Admins only."""
        if agent.user not in self.policy.admins:
            return NotAllowed()
        args: list[str | bytes] = [agent.workspace, agent.user]
        for outlet, text in texts.items():
            name = f"template/{occasion}/{outlet}"
            sealed = seal_text(self._ring, name, agent.workspace, text) if text else b""
            args += [_field(agent.workspace, occasion, outlet), sealed]
        tag = tag_of(agent.workspace)
        try:
            await _WORDING(self._redis, [keys.templates(tag), keys.audit(tag)], args)
        except NoRoom:
            return Full()
        return Reworded()

    async def outlets(self, workspace: WorkspaceId) -> dict[UserId, Outlet]:
        """Where each agent of the workspace pasted last."""
        async with translated():
            found: dict[bytes, bytes] = await self._redis.hgetall(  # type: ignore[assignment]
                keys.outlets(tag_of(workspace))
            )
        known = {outlet.value.encode(): outlet for outlet in Outlet}
        told = ((*name.decode().partition("|"), known.get(word)) for name, word in found.items())
        return {UserId(user): word for room, _, user, word in told if room == workspace and word}

    async def keep_outlet(self, agent: Agent, outlet: Outlet) -> None:
        """Remember where an agent pastes; not on record, since it changes nothing for others."""
        async with translated():
            await self._redis.hset(
                keys.outlets(tag_of(agent.workspace)),
                f"{agent.workspace}|{agent.user}",
                outlet.value,
            )


def _field(workspace: WorkspaceId, occasion: Occasion, outlet: Outlet) -> str:
    return f"{workspace}|{occasion}|{outlet}"
