"""What the courier does in Slack for a request, one step at a time.

Each step is a call or two about one message and leaves something to remember, so that whoever goes
on after a crash begins where it broke off: at worst one message is there twice. While the request
lives, its news goes below its message. At the end that message is taken away, with the seed in it,
and then a plain line stands in its place.
"""

from dataclasses import dataclass

import structlog

from bot.slack_api import NotSent, Sent, Slack
from bot.views import asked, request_news
from bot.views.parts import Json
from bot.views.request_news import Story
from bot.views.words import is_person
from storage.model import CollectBy, Event, Record
from storage.notices import Held, Noticed, Place, Said

_log = structlog.get_logger("bot.courier")

_NOBODY = NotSent("no_person", final=True)
# Their news is that the message has to go, which is not worth an edit of the line.
_UNSAID = frozenset({Event.POSTED, Event.REPLACED})


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be remembered now, and whether there is more to do."""

    said: Said
    more: bool = False


class RequestCourier:
    """Speaks of requests. Whoever calls ``step`` holds the request's notice."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def step(self, noticed: Noticed, held: Held) -> Step | NotSent:
        """Do what comes next; NotSent when Slack wants us to wait."""
        story = Story(noticed)
        if story.end is None:
            return await self._go_on(noticed, held)
        if held.asked and not held.gone:
            if story.has_thread(held.told) and request_news.reply(noticed, held.told):
                told = await self._reply(noticed, held)
                return told if isinstance(told, NotSent) else Step(told.said, more=True)
            return await self._take_away(noticed, held, held.asked)
        if story.end is Event.REPLACED:
            return Step(Said(told=noticed.newest))  # its creator has the one that came after it
        if held.place:
            return await self._update(noticed, held, held.place)
        return self._posted(noticed, held, await self._post(noticed, held))

    async def _go_on(self, noticed: Noticed, held: Held) -> Step | NotSent:
        record = noticed.summary.record
        if record and held.composed and not held.asked:
            return await self._ask(noticed, record, held)
        return await self._reply(noticed, held)

    async def _ask(self, noticed: Noticed, record: Record, held: Held) -> Step | NotSent:
        """Post the message of a request that a page has made; its seed is none of ours."""
        body = asked.build(record, None)
        sent = await self._send(_home(noticed), noticed, body)
        if isinstance(sent, Place):
            _log.info("request_posted", ref=record.id.ref)
            return Step(Said(asked=sent), more=True)
        return self._posted(noticed, held, sent)

    async def _reply(self, noticed: Noticed, held: Held) -> Step | NotSent:
        """News for the thread; to the creator, where there is no thread any more."""
        body = request_news.reply(noticed, held.told)
        if body is None:
            return Step(Said(told=noticed.newest))
        sent: Sent = await self._slack.reply(held.asked, body) if held.asked else _NOBODY
        if isinstance(sent, NotSent) and sent.final:
            alone = request_news.reply(noticed, held.told, alone=True)
            sent = await self._direct(noticed, alone or body)
        if isinstance(sent, Place):
            _log.info("notice_sent", ref=noticed.summary.id.ref)
            return Step(Said(told=noticed.newest))
        return self._posted(noticed, held, sent)

    async def _take_away(self, noticed: Noticed, held: Held, place: Place) -> Step | NotSent:
        """Delete the message. Where Slack never does, the line takes its place, and its button's."""
        sent = await self._slack.delete_message(place)
        if isinstance(sent, Place):
            return Step(Said(gone=place), more=True)
        if not sent.final:
            return sent
        updated = await self._slack.update_message(place, request_news.line(noticed))
        if isinstance(updated, NotSent) and not updated.final:
            return updated
        # An edit leaves no button and no seed behind; without it they stay until somebody acts.
        stays = isinstance(updated, NotSent)
        _log.warning(
            "request_not_deleted", ref=noticed.summary.id.ref, code=sent.code, edited=not stays
        )
        if stays or held.place:
            return Step(Said(gone=place), more=True)
        return Step(Said(gone=place, place=place, told=noticed.newest))

    async def _update(self, noticed: Noticed, held: Held, place: Place) -> Step | NotSent:
        """Bring the line up to date; what needs attention replies below it as well."""
        told = Step(Said(told=noticed.newest))
        if not Story(noticed).fresh(held.told) - _UNSAID:
            return told
        needs_attention = request_news.needs_attention(noticed, held.told)
        sent = await self._slack.update_message(place, request_news.line(noticed))
        body = request_news.reply(noticed, held.told) if needs_attention else None
        if isinstance(sent, Place) and body:
            sent = await self._slack.reply(place, body)
        if isinstance(sent, NotSent) and not sent.final:
            return sent
        if isinstance(sent, NotSent) and needs_attention:
            # Too old to be edited, or deleted: a new one notifies by itself.
            _log.info("notice_anew", ref=noticed.summary.id.ref, code=sent.code)
            return self._posted(
                noticed, held, await self._direct(noticed, request_news.line(noticed))
            )
        return told

    async def _post(self, noticed: Noticed, held: Held) -> Sent:
        """The line, where the message was."""
        channel = held.asked.channel if held.asked else _home(noticed)
        return await self._send(channel, noticed, request_news.line(noticed))

    async def _send(self, channel: str, noticed: Noticed, body: Json) -> Sent:
        """Post there; to the creator, and say so, where the channel does not take it."""
        if channel == (noticed.creator or ""):
            return await self._direct(noticed, body)
        sent = await self._slack.post_message(channel, body)
        if isinstance(sent, NotSent) and sent.final:
            _log.info("request_moved", ref=noticed.summary.id.ref, code=sent.code)
            return await self._direct(noticed, request_news.moved(body))
        return sent

    async def _direct(self, noticed: Noticed, body: Json) -> Sent:
        if not noticed.creator or not is_person(noticed.creator):
            return _NOBODY  # of an altered record: no channel may be put in its creator's place
        return await self._slack.post_message(noticed.creator, body)

    def _posted(self, noticed: Noticed, held: Held, sent: Sent) -> Step | NotSent:
        """The last step: what was posted is the line, what was refused for good is given up."""
        ref = noticed.summary.id.ref
        if isinstance(sent, Place):
            _log.info("notice_sent", ref=ref)
            return Step(Said(place=sent, told=noticed.newest))
        if not sent.final:
            return sent
        if not held.gave_up:
            _log.warning("notice_undeliverable", ref=ref, code=sent.code)
        return Step(Said(told=noticed.newest, gave_up=True))


def _home(noticed: Noticed) -> str:
    """Where a request's messages belong: the channel that may collect, else its creator's."""
    record = noticed.summary.record
    channel = CollectBy.of(record.collect_by).channel if record else ""
    return channel or noticed.creator or ""
