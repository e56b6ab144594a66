"""The customer's language, chosen where a link and its message are shown."""

import asyncio
from dataclasses import dataclass, replace

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners.context import Parts
from bot.views import ids, language, outlet
from bot.views.outlet import Sent
from bot.views.parts import Json, with_notice, without_notice
from storage.errors import StoreError
from storage.outcomes import Spoken

_log = structlog.get_logger("bot.language")

KEEPING = 8.0


@dataclass(frozen=True, slots=True)
class LanguageListeners:
    """One choice, in both windows that show a link."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listener into the app."""
        app.action(ids.Action.LANGUAGE)(self.chosen)

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        """Keep it, and show the message in it; the window stays, link and all."""
        await ack()
        shown = await self._kept(body)
        await self.parts.slack.update_view(payload.view_id(body), shown)

    async def _kept(self, body: Json) -> Json:
        agent, view = self.parts.agent(body), body["view"]
        wanted = language.chosen(body["actions"][0])
        sent = Sent.parse(view["private_metadata"])
        try:
            async with asyncio.timeout(KEEPING):
                outcome = await self.parts.vault.speak(agent, sent.id, wanted)
        except (StoreError, TimeoutError) as error:
            _log.warning("language_not_kept", ref=sent.id.ref, error=type(error).__name__)
            return with_notice(view, language.UNREACHABLE)
        if not isinstance(outcome, Spoken):
            return with_notice(view, language.ENDED)
        self.parts.presets.speak(agent, wanted)
        words = outlet.shown(view, self.parts.wordings.of(sent.occasion))
        return outlet.rewritten(without_notice(view), replace(words, language=wanted))
