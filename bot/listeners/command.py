"""The slash command's first word decides what happens; any other text is a mistake to warn about."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners import help as help_page
from bot.listeners.history import HistoryListeners
from bot.listeners.share import ShareListeners
from bot.views.parts import Json


@dataclass(frozen=True, slots=True)
class CommandListener:
    """Hands a command on to what it names."""

    command: str
    share: ShareListeners
    history: HistoryListeners

    def register(self, app: AsyncApp) -> None:
        """Hang the listener into the app."""
        app.command(self.command)(self.typed)

    async def typed(self, ack: AsyncAck, body: Json) -> None:
        """Answer ``/secret``, ``/secret history``, ``/secret help`` and everything else."""
        match str(body.get("text") or "").strip().lower():
            case "help":
                await help_page.show(ack, self.command)
            case "history":
                await self.history.open(ack, body)
            case text:
                # Beyond being there or not, the text is never looked at: it may be a secret.
                await self.share.open(ack, body, typed=bool(text))
