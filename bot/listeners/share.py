"""``/secret``: from the command to the modal, from the modal to the link."""

import asyncio
import time
from dataclasses import dataclass
from typing import assert_never

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot import payload
from bot.answers import Answers
from bot.listeners import home
from bot.listeners.acks import on_field, update
from bot.listeners.burning import burned
from bot.listeners.context import Parts
from bot.listeners.making import LinkMaker
from bot.listeners.opening import answer_opening
from bot.slack_api import Trouble
from bot.views import burn, ids, link_ready, making, refusal, share
from bot.views.parts import Json, with_notice
from storage.errors import StoreError
from storage.model import Agent, Seconds, Submission
from storage.outcomes import AgainstPolicy, Duplicate, Full, Reserved, Shared

_log = structlog.get_logger("bot.share")

# What the store may take of the three seconds in which Slack wants its answer.
STORING = 2.3
UNREACHABLE = (
    "The secret store cannot be reached, so no link was made. Your text is still here: "
    "wait a moment and press Create link again."
)
FULL = (
    "The secret store is full, so no link was made. Your text is still here: "
    "tell whoever runs slash-secret, and press Create link again later."
)
AGAIN = "Press Submit again for a new link."


@dataclass(frozen=True, slots=True)
class ShareListeners:
    """The share modal's journey."""

    parts: Parts
    answers: Answers
    maker: LinkMaker

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.view(ids.View.SHARE)(self.submitted)
        # A URL button opens the browser by itself, and is reported all the same.
        app.action({"block_id": ids.Block.BURN, "action_id": ids.Action.VISIT})(self.visit)
        app.action(ids.Action.COMPOSE)(self.visit)
        app.action({"block_id": ids.Block.BURN, "action_id": ids.Action.BURN_NOW})(self.burn)

    async def open(self, ack: AsyncAck, body: Json, *, typed: bool) -> None:
        """Open the modal; ``typed`` says that a text stood behind the command.

        That text is not looked at, kept, logged or shown: it may be a password.
        """
        agent = self.parts.agent(body)
        view = self.parts.share_view(
            body,
            share.Prefill(self.parts.presets.of(agent)),
            typed_after=self.parts.command if typed else None,
        )
        opened = await self.parts.slack.open_view(body["trigger_id"], view)
        await answer_opening(ack, opened, self.parts.command)
        if not isinstance(opened, Trouble):
            await self.parts.refresh(agent)

    async def submitted(self, ack: AsyncAck, body: Json, context: AsyncBoltContext) -> None:
        """Make the link and show it in the same modal, or say on the field what is wrong."""
        match share.parse(body["view"]):
            case share.Mistakes(errors):
                await ack(response_action="errors", errors=errors)
            case share.Form() as form:
                press = Submission(payload.view_id(body), body["trigger_id"], payload.sent(context))
                key = (press.view, press.trigger)
                agent = self.parts.agent(body)
                await ack(await self.answers.once(key, lambda: self._answer(agent, form, press)))
                await home.refresh(self.parts, body)

    async def _answer(self, agent: Agent, form: share.Form, press: Submission) -> Json:
        # Whatever an earlier press in this view is still making, its link is not shown any more.
        self.maker.supersede(press.view)
        ask = self.parts.make if form.passphrase is None else self._reserve
        try:
            async with asyncio.timeout(STORING):
                outcome = await ask(agent, form, press)
        except (StoreError, TimeoutError) as error:
            # It may have been stored all the same: the next press in this view destroys it.
            _log.warning("share_failed", error=type(error).__name__)
            return on_field(ids.Block.SECRET, UNREACHABLE)
        return self._shown(outcome, agent, form)

    async def _reserve(
        self, agent: Agent, form: share.Form, press: Submission
    ) -> Reserved | Duplicate | Full | AgainstPolicy:
        """Ask first: while the form is still there, a refusal keeps what was typed."""
        return await self.parts.vault.reserve(
            agent, press, lifetime=form.lifetime, has_passphrase=True
        )

    def _shown(
        self,
        outcome: Shared | Reserved | Duplicate | Full | AgainstPolicy,
        agent: Agent,
        form: share.Form,
    ) -> Json:
        match outcome:
            case Shared() as shared:
                _log.info("shared", ref=shared.link.id.ref, single_use=shared.single_use)
                self.parts.presets.keep(agent, form.lifetime, single_use=form.single_use)
                return update(self.parts.link_view(agent, shared, form.moved))
            case Reserved(press):
                self.maker.start(agent, form, press)
                return update(making.build(self.parts.command))
            case Duplicate():
                return on_field(ids.Block.SECRET, AGAIN)
            case Full():
                return on_field(ids.Block.SECRET, FULL)
            case AgainstPolicy(rule):
                _log.info("refused_by_policy", rule=rule.value)
                now = Seconds(int(time.time()))
                return on_field(*refusal.explained(outcome, self.parts.policy, now))
            case _:
                assert_never(outcome)

    async def visit(self, ack: AsyncAck) -> None:
        """Open it myself, or a way to the composer, was pressed: the browser does the rest."""
        await ack()

    async def burn(self, ack: AsyncAck, body: Json) -> None:
        """Burn from the view that shows the link; it stays, link and all, if the store is gone."""
        await ack()
        outcome = await burned(self.parts, body, link_ready.parse(body["view"]))
        view = body["view"]
        shown = burn.result(outcome) if outcome else with_notice(view, burn.STILL_THERE)
        await self.parts.slack.update_view(payload.view_id(body), shown)
        await home.refresh(self.parts, body)
