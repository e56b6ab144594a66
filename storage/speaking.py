"""The customer's language, as far as the agent chose one: with the secret, and as their last choice."""

from storage import keys
from storage.languages import Language, known
from storage.model import Agent, SecretId, UserId, WorkspaceId, tag_of
from storage.outcomes import Spoken, Unavailable
from storage.seal import open_record
from storage.store import translated
from storage.usecase import NOBODY, UseCases


class Speaking(UseCases):
    """The use cases of whoever writes to customers."""

    async def speak(
        self, agent: Agent, sid: SecretId, language: Language | None, *, is_choice: bool = True
    ) -> Spoken | Unavailable:
        """Keep the language of what this agent made, in one store call. None: the browser's decides.

        What is no choice of theirs, but an earlier link's language, is not their default for the
        next one. Raises StoreError.
        """
        sealed = await self._scripts.speak(sid, agent, language, is_choice=is_choice)
        if not sealed or not await self._believe(sid, sealed):
            return NOBODY
        return Spoken(open_record(self._ring, sid, sealed))

    async def languages(self, workspace: WorkspaceId) -> dict[UserId, Language]:
        """What each agent of the workspace chose last."""
        async with translated():
            found: dict[bytes, bytes] = await self._redis.hgetall(  # type: ignore[assignment]
                keys.languages(tag_of(workspace))
            )
        read = ((name.decode().partition("|"), chosen) for name, chosen in found.items())
        told = ((user, known(one.decode())) for (room, _, user), one in read if room == workspace)
        return {UserId(user): language for user, language in told if language}

    async def language(self, agent: Agent) -> Language | None:
        """What this agent chose last; None leaves it to the customer's browser."""
        name = f"{agent.workspace}|{agent.user}"
        async with translated():
            chosen: bytes | None = await self._redis.hget(  # type: ignore[assignment]
                keys.languages(tag_of(agent.workspace)), name
            )
        return known(chosen.decode()) if chosen else None
