"""The slash command's first word decides what happens; any other text is a mistake to warn about."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners import help as help_page
from bot.listeners.history import HistoryListeners
from bot.listeners.request import RequestListeners
from bot.listeners.share import ShareListeners
from bot.views.parts import Json


@dataclass(frozen=True, slots=True)
class CommandListener:
    """Hands a command on to what it names."""

    command: str
    share: ShareListeners
    request: RequestListeners
    history: HistoryListeners

    def register(self, app: AsyncApp) -> None:
        """Hang the listener into the app."""
        app.command(self.command)(self.typed)

    async def typed(self, ack: AsyncAck, body: Json) -> None:
        """Answer ``/secret``, its words, and everything else."""
        word, *more = str(body.get("text") or "").split(maxsplit=1)[:2] or [""]
        # Beyond being there or not, any other text is never looked at: it may be a secret.
        match word.lower(), bool(more):
            case "help", False:
                await help_page.show(ack, self.share.parts, body)
            case "history", False:
                await self.history.open(ack, body)
            case "request", typed:
                await self.request.open(ack, body, typed=typed)
            case _:
                await self.share.open(ack, body, typed=bool(word))
