"""Who may come in: people of the installed workspace, once we know which one that is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot import payload
from bot.messages import message
from bot.views import ids
from bot.views.parts import Json, note
from bot.workspace import Workspace

_log = structlog.get_logger("bot.gate")

NOT_READY = (
    "This app has just started and has not reached Slack yet, so nothing was done. "
    "Try again in a minute."
)
FOREIGN = "This app belongs to another workspace, so nothing was done."
_FIRST_FIELD = {
    ids.View.SHARE.value: ids.Block.SECRET,
    ids.View.REQUEST.value: ids.Block.WHAT,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A middleware in front of every listener."""

    workspace: Workspace

    async def check(
        self, body: Json, ack: AsyncAck, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Let the request through, or answer it here."""
        if self.workspace.id is None:
            _log.warning("too_early")
            return await refuse(ack, body, NOT_READY)
        actor = payload.actor(body)
        # Slack Connect: people of other organisations share our channels and can press our
        # buttons. Every team the payload names must be ours, and the actor's must be named;
        # what does not say whose it is, is refused.
        if actor is None or actor.teams != {self.workspace.id}:
            _log.warning("foreign_actor", known=actor is not None)
            return await refuse(ack, body, FOREIGN)
        await next_()
        return None


async def refuse(ack: AsyncAck, body: Json, text: str) -> BoltResponse:
    """Say no in the way this kind of request can show; a press of a button can show nothing."""
    if body.get("type") == "view_submission":
        # What was typed into a form stays there.
        field = _FIRST_FIELD.get(body["view"].get("callback_id"))
        if field:
            return await ack(response_action="errors", errors={field.value: text})
        return await ack(response_action="update", view=note("Not possible", text))
    return await ack(message(text)) if "command" in body else await ack()
