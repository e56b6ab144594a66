"""Slack's shortcuts: both forms from anywhere, and a message that is to become a link."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import original
from bot.listeners.context import Parts
from bot.listeners.opening import COULD_NOT_OPEN
from bot.slack_api import Trouble
from bot.views import ids
from bot.views.moved import Moved
from bot.views.parts import Json
from bot.views.share import Move, Prefill


@dataclass(frozen=True, slots=True)
class ShortcutListeners:
    """What can be begun without the command."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.global_shortcut(ids.Shortcut.SHARE)(self.share)
        app.global_shortcut(ids.Shortcut.REQUEST)(self.request)
        # The buttons of App Home do the same.
        app.action(ids.Action.HOME_SHARE)(self.share)
        app.action(ids.Action.HOME_REQUEST)(self.request)
        app.message_shortcut(ids.Shortcut.MOVE)(self.move)

    async def share(self, ack: AsyncAck, body: Json) -> None:
        """Open the form for a secret."""
        await self._share(ack, body, None)

    async def move(self, ack: AsyncAck, body: Json) -> None:
        """Open it with the message's text, which goes nowhere else."""
        await self._share(ack, body, Move(original.read(body["message"]), Moved.of(body)))

    async def _share(self, ack: AsyncAck, body: Json, move: Move | None) -> None:
        agent = self.parts.agent(body)
        prefill = Prefill(self.parts.presets.of(agent), move=move)
        if await self._opened(ack, body, self.parts.share_view(body, prefill)):
            await self.parts.refresh(agent)

    async def request(self, ack: AsyncAck, body: Json) -> None:
        """Open the form that asks for credentials; there is no channel to collect in."""
        if await self._opened(ack, body, self.parts.request_view(body)):
            workspace = self.parts.agent(body).workspace
            await self.parts.wordings.refresh(self.parts.vault, workspace)

    async def _opened(self, ack: AsyncAck, body: Json, view: Json) -> bool:
        """Open a window, or tell in a message why it is not there: a shortcut can show nothing."""
        await ack()
        opened = await self.parts.slack.open_view(body["trigger_id"], view)
        if not isinstance(opened, Trouble):
            return True
        text = COULD_NOT_OPEN[opened].format(command=self.parts.command)
        await self.parts.slack.tell(self.parts.agent(body).user, text)
        return False
