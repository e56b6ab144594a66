"""Making a request for a customer: ask, post the message with the seed, answer.

All of it while Slack waits. The message comes before the answer: a link that a customer has, and
whose answer nobody can collect, would be worse than none. What cannot be posted is taken back.
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from bot.listeners.acks import on_field, update
from bot.listeners.aside import Aside
from bot.listeners.burning import burned_for
from bot.listeners.context import Parts
from bot.slack_api import NotSent, Sent
from bot.views import asked, ids, refusal, request_ready
from bot.views.parts import Json
from bot.views.request import Form
from storage.answers import RequestKeys, new_request_keys, request_key
from storage.envelope import link_proof, submit_proof
from storage.errors import StoreError, StoreFault
from storage.model import Agent, Record, Seconds, SecretId, Submission
from storage.notices import Place
from storage.outcomes import AgainstPolicy, Asked, Duplicate, Exists, Full
from storage.wording import Occasion

_log = structlog.get_logger("bot.request")

# Of the three seconds in which Slack wants its answer: what the store may take, and all together.
ASKING = 1.7
ANSWERING = 2.5
# Before each try to take a request back, or to tell where its message is.
PAUSES = (0.0, 2.0, 6.0)

UNREACHABLE = (
    "The secret store cannot be reached, so no link was made. What you typed is still here: "
    "wait a moment and press Create link again."
)
FULL = (
    "The secret store is full, so no link was made. What you typed is still here: "
    "tell whoever runs slash-secret, and press Create link again later."
)
AGAIN = "Press Submit again for a new link."
UNSURE = (
    "Slack did not confirm in time that it posted the message with the button to collect, so the "
    "request was taken back and no link was made. Press Create link again."
)
BUSY = (
    "Slack is getting too many messages from this app, so no link was made. Wait a minute and "
    "press Create link again."
)
INVITE = (
    "Invite me first: I am not in this channel. Type /invite there and choose this app, then press "
    "Create link again. Or choose Only me."
)
ARCHIVED = "This channel is archived, so nothing can be posted there. Choose Only me."
RESTRICTED = "Slack does not let this app post in this channel. Choose Only me."
REFUSED = (
    "Slack refused the message with the button to collect ({code}), so no link was made. "
    "Tell whoever runs slash-secret."
)
_IN_CHANNEL = {
    "not_in_channel": INVITE,
    "channel_not_found": INVITE,  # so Slack says it of a private channel that the app is not in
    "is_archived": ARCHIVED,
}
# Slack's own faults: it may have posted the message all the same.
_UNSURE = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


@dataclass(slots=True)
class Asker:
    """What is being asked in this process: which press of Submit for which view."""

    parts: Parts
    aside: Aside
    _current: dict[str, Submission] = field(default_factory=dict)

    async def ask(self, agent: Agent, form: Form, press: Submission) -> Json:
        """Make the request and answer with its link, or say on a field why there is none."""
        deadline = asyncio.get_running_loop().time() + ANSWERING
        self._current[press.view] = press
        try:
            return await self._answer(agent, form, press, deadline)
        finally:
            if self._current.get(press.view) is press:
                del self._current[press.view]

    async def _answer(self, agent: Agent, form: Form, press: Submission, deadline: float) -> Json:
        sid = SecretId.new(agent.workspace)
        keys = new_request_keys(sid)
        try:
            async with asyncio.timeout(ASKING):
                outcome = await self._stored(agent, form, press, keys)
        except (StoreError, TimeoutError) as error:
            # It may have been stored all the same, and nobody has its link.
            _log.warning("ask_failed", error=type(error).__name__)
            self.aside.start(self._take_back(agent, sid))
            return on_field(ids.Block.WHAT, UNREACHABLE)
        match outcome:
            case Asked(_, record):
                return await self._announced(agent, form, press, (record, keys), deadline)
            case Duplicate():
                return on_field(ids.Block.WHAT, AGAIN)
            case Full():
                return on_field(ids.Block.WHAT, FULL)
            case AgainstPolicy(rule):
                _log.info("refused_by_policy", rule=rule.value)
                now = Seconds(int(time.time()))
                return on_field(*refusal.explained(outcome, self.parts.policy, now, ids.Block.WHAT))
            case Exists():
                raise StoreFault("a new id that is taken")

    async def _stored(
        self, agent: Agent, form: Form, press: Submission, keys: RequestKeys
    ) -> Asked | Duplicate | Exists | Full | AgainstPolicy:
        sid = keys.request_link.id
        asks = request_key(keys.public_key)
        return await self.parts.vault.ask(
            agent,
            sid,
            public_key=keys.public_key,
            submit_proof=submit_proof(asks, sid),
            link_proof=link_proof(keys.seed, sid),
            what=form.what,
            label=form.label,
            fields=form.fields,
            lifetime=form.lifetime,
            collect_by=form.collect_by,
            submission=press,
        )

    async def _announced(
        self,
        agent: Agent,
        form: Form,
        press: Submission,
        made: tuple[Record, RequestKeys],
        deadline: float,
    ) -> Json:
        """Post the message with the seed, then show the link."""
        record, keys = made
        channel, body = form.collect_by.channel or agent.user, asked.build(record, keys.seed)
        # Beside us: a post that is late must be known of, or its message would stay.
        post = self.aside.start(self.parts.slack.post_message(channel, body))
        await _wait(post, deadline)
        sent = post.result() if post.done() else NotSent("late")
        is_current = self._current.get(press.view) is press
        if isinstance(sent, Place) and is_current:
            # Slack need not wait for this: where all tries are lost, a press on Collect tells it.
            self.aside.start(self._remember(record.id, sent))
            _log.info("asked", ref=record.id.ref)
            self.aside.start(self.parts.speak(agent, record.id))
            words = self.parts.words(agent, Occasion.REQUEST)
            view = request_ready.build(record, keys, form.name, self.parts.public_url, words)
            return update(view)
        # Not posted, perhaps not posted, or posted for a press that a later one took over from.
        await _wait(self.aside.start(self._take_back(agent, record.id, post)), deadline)
        if isinstance(sent, Place):
            return on_field(ids.Block.WHAT, AGAIN)
        _log.warning("request_not_posted", ref=record.id.ref, code=sent.code)
        return on_field(*_why(sent, by_channel=bool(form.collect_by.channel)))

    async def _remember(self, sid: SecretId, place: Place) -> None:
        """Tell the courier where the message is: unknown to it, the seed would outlive the request."""
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                await self.parts.posted(sid, place)
            except StoreError as error:
                _log.warning("place_not_kept", ref=sid.ref, error=type(error).__name__)
            else:
                break

    async def _take_back(
        self, agent: Agent, sid: SecretId, post: asyncio.Task[Sent] | None = None
    ) -> None:
        """End a request whose link nobody has; its message, if there is one, is the courier's."""
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if await burned_for(self.parts, agent, sid, undelivered=True):
                break
        else:
            _log.warning("request_not_taken_back", ref=sid.ref)
        place = await post if post else None
        if isinstance(place, Place):
            await self._remember(sid, place)


async def _wait(task: asyncio.Task[object], deadline: float) -> None:
    left = deadline - asyncio.get_running_loop().time()
    await asyncio.wait({task}, timeout=max(left, 0))


def _why(sent: NotSent, *, by_channel: bool) -> tuple[ids.Block, str]:
    """Where and in which words a refusal of Slack's is told."""
    code = sent.code
    # Words of ours, such as the name of an exception, are no answer of Slack's.
    if code in _UNSURE or not (code.isidentifier() and code.islower()) or code == "late":
        return ids.Block.WHAT, UNSURE
    if code in _BUSY:
        return ids.Block.WHAT, BUSY
    if by_channel and code in _IN_CHANNEL:
        return ids.Block.COLLECT_BY, _IN_CHANNEL[code]
    if by_channel and code.startswith("restricted_action"):
        return ids.Block.COLLECT_BY, RESTRICTED
    return ids.Block.COLLECT_BY, REFUSED.format(code=code)
