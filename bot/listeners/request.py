"""``/secret request``: from the command to the form, from the form to the link."""

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot import payload
from bot.answers import Answers
from bot.listeners import home
from bot.listeners.asking import Asker
from bot.listeners.context import Parts
from bot.listeners.opening import NOT_PUSHED, answer_opening
from bot.messages import message
from bot.slack_api import Trouble
from bot.views import collect, ids, request
from bot.views.parts import Json, loading, note, with_notice
from bot.views.request import Form, Prefill
from bot.views.share import Mistakes
from storage.errors import StoreError
from storage.model import SecretId, Submission
from storage.outcomes import Unavailable

_log = structlog.get_logger("bot.request")

READING = 8.0
UNREADABLE = "This request cannot be read, so there is nothing to ask again from."


@dataclass(frozen=True, slots=True)
class RequestListeners:
    """The request modal's journey."""

    parts: Parts
    answers: Answers
    asker: Asker

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.view(ids.View.REQUEST)(self.submitted)
        app.action(ids.Action.ASK_AGAIN)(self.again)

    async def open(self, ack: AsyncAck, body: Json, *, typed: bool) -> None:
        """Open the modal; ``typed`` says that more text stood behind the word.

        That text is not looked at, kept, logged or shown: it may be a password.
        """
        command = f"{self.parts.command} request"
        if not self.parts.policy.requests:
            warning = f" {request.ALREADY_SENT.format(command=command)}" if typed else ""
            await ack(message(f"{request.DISALLOWED}{warning}"))
            return
        view = self.parts.request_view(body, typed_after=command if typed else None)
        opened = await self.parts.slack.open_view(body["trigger_id"], view)
        await answer_opening(ack, opened, command)
        if not isinstance(opened, Trouble):
            workspace = self.parts.agent(body).workspace
            await self.parts.wordings.refresh(self.parts.vault, workspace)

    async def submitted(self, ack: AsyncAck, body: Json, context: AsyncBoltContext) -> None:
        """Make the link and show it in the same modal, or say on the field what is wrong."""
        match request.parse(body["view"]):
            case Mistakes(errors):
                await ack(response_action="errors", errors=errors)
            case Form() as form:
                press = Submission(payload.view_id(body), body["trigger_id"], payload.sent(context))
                key = (press.view, press.trigger)
                agent = self.parts.agent(body)
                answer = await self.answers.once(key, lambda: self.asker.ask(agent, form, press))
                await ack(answer)
                await home.refresh(self.parts, body)

    async def again(self, ack: AsyncAck, body: Json) -> None:
        """Open the form with the words of an earlier request, from a message or a window."""
        await ack()
        sid = SecretId(payload.value(body))
        slack, below = self.parts.slack, body.get("view")
        show = slack.push_view if below else slack.open_view
        opened = await show(body["trigger_id"], loading(request.TITLE))
        if not isinstance(opened, Trouble):
            await slack.update_view(opened, await self._again(body, sid))
        elif below:
            await slack.update_view(payload.view_id(body), with_notice(below, NOT_PUSHED))
        # Below a message there is no place to say so; the button is still there.

    async def _again(self, body: Json, sid: SecretId) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                found = await self.parts.vault.details(agent.workspace, sid, viewer=agent.user)
        except (StoreError, TimeoutError) as error:
            _log.warning("details_failed", ref=sid.ref, error=type(error).__name__)
            return note(request.TITLE, collect.UNREACHABLE)
        if isinstance(found, Unavailable):
            return note(request.TITLE, collect.UNKNOWN)
        record = found.summary.record
        if record is None:
            return note(request.TITLE, UNREADABLE)
        lifetime = found.summary.status.lifetime
        return self.parts.request_view(body, Prefill.of(record, agent.user, lifetime))
