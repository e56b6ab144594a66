"""What becomes of a request, said below its message while it lives, and in one plain line at its end.

None of it holds a link or a seed, so a line may be edited where the message with the button may not.
What the customer's side did leaves room for the innocent case: the sender is whoever has the link.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, SectionBlock

from bot.messages import direct
from bot.views import ids, nudge
from bot.views.history import UNREADABLE
from bot.views.notice import longer, spoken
from bot.views.parts import Json, mrkdwn, paragraphs, plain
from bot.views.words import local_date, mention, shown_label, whence
from storage.model import AuditEntry, Event, State
from storage.notices import EntryId, Noticed

# What the team is told of; everything else changes nothing that a message says.
_NEWS = frozenset({
    Event.SUBMITTED, Event.SECOND_ATTEMPT, Event.REFUSED, Event.COLLECTED, Event.SAVED,
    Event.WITHDRAWN, Event.UNEXPECTED, Event.BURNED, Event.CANCELLED, Event.EXPIRED, Event.LOST,
    Event.WITHHELD, Event.TAMPERED, Event.REPLACED, Event.POSTED, Event.NUDGED, Event.EXTENDED,
})  # fmt: skip
# What says by itself that a record is a request's, when it cannot be read any more.
_ONLY_REQUESTS = frozenset({
    Event.SUBMITTED, Event.SECOND_ATTEMPT, Event.COLLECTED, Event.SAVED, Event.WITHDRAWN,
    Event.UNEXPECTED, Event.CANCELLED, Event.POSTED,
})  # fmt: skip
# The events that end a request, in the order in which one hides the other.
_ENDS = (
    Event.TAMPERED, Event.LOST, Event.WITHHELD, Event.UNEXPECTED, Event.WITHDRAWN, Event.COLLECTED,
    Event.CANCELLED, Event.BURNED, Event.REPLACED, Event.EXPIRED,
)  # fmt: skip
_HEADLINES = {
    Event.TAMPERED: "A request was tampered with",
    Event.LOST: "A request was lost",
    Event.WITHHELD: "A request was lost",
    Event.UNEXPECTED: "A request was not expected",
    Event.WITHDRAWN: "Withdrawn",
    Event.COLLECTED: "Collected",
    Event.CANCELLED: "Cancelled",
    Event.BURNED: "Burned",
    Event.EXPIRED: "Expired",
}
_NEEDED = "If it is still needed, press *Ask again*."
_CHANNEL_GONE = (
    "Slack did not let me write to the channel of this request, so you read it here. "
    "Invite the app to that channel."
)


@dataclass(frozen=True, slots=True)
class Story:
    """A request's trail, sorted by what it tells."""

    noticed: Noticed

    def of(self, event: Event) -> list[AuditEntry]:
        """Every entry of that event, oldest first."""
        return [entry for _, entry in self.noticed.trail if entry.event is event]

    @property
    def is_request(self) -> bool:
        """What an unreadable record was, its trail may still say."""
        record = self.noticed.summary.record
        if record:
            return record.is_request
        return any(entry.event in _ONLY_REQUESTS for _, entry in self.noticed.trail)

    @property
    def what(self) -> str:
        """What was asked for."""
        record = self.noticed.summary.record
        return shown_label(record.what) if record else UNREADABLE

    @property
    def end(self) -> Event | None:
        """How it ended; None while it lives. A missing key is no end, nor is being held back."""
        happened = {entry.event for _, entry in self.noticed.trail}
        status = self.noticed.summary.status
        told = next((end for end in _ENDS if end in happened), None)
        open_still = status.key_missing or status.went_back
        return told if told or open_still else _END_OF.get(status.state)

    @property
    def was_answered(self) -> bool:
        """Whether an answer came."""
        return bool(self.noticed.summary.status.received or self.of(Event.SUBMITTED))

    def fresh(self, told: EntryId) -> set[Event]:
        """What of the news came after ``told``."""
        return {e.event for name, e in self.noticed.trail if name > told and e.event in _NEWS}

    def has_thread(self, told: EntryId) -> bool:
        """Whether something was said below its message, where the end is waited for."""
        threaded = (Event.SUBMITTED, Event.SECOND_ATTEMPT)
        return any(name <= told and entry.event in threaded for name, entry in self.noticed.trail)


# Where the trail has no entry (trimmed, or time is ahead of the sweeper), the state says it.
_END_OF = {
    State.COLLECTED: Event.COLLECTED,
    State.EXPIRED: Event.EXPIRED,
    State.BURNED: Event.BURNED,
    State.LOST: Event.LOST,
    State.TAMPERED: Event.TAMPERED,
}


def reply(noticed: Noticed, told: EntryId, *, alone: bool = False) -> Json | None:
    """News after ``told`` for the thread below the message; None when there is none to tell.

    ``alone``: not below the message, which somebody took away, so it says what it is about.
    """
    story = Story(noticed)
    fresh, end = story.fresh(told), story.end
    sentences = [line for event, line in _sentences(story, end) if event in fresh]
    if not sentences:
        return None
    about = [f"About the request *{spoken(story.what)}*:"] if alone else []
    text = " ".join([*_called(story, fresh), *about, *sentences])
    if Event.NUDGED in fresh and nudge.is_current(noticed):
        return direct(text, [*paragraphs([text]), *nudge.blocks(noticed)])
    return direct(text)


def line(noticed: Noticed) -> Json:
    """The plain line that stands for an ended request, from the record as it is now."""
    story, row = Story(noticed), noticed.summary
    end = story.end or Event.EXPIRED
    said = [text for _, text in _sentences(story, end)]
    happened = {entry.event for _, entry in noticed.trail} | {end}
    label = shown_label(row.record.label) if row.record else UNREADABLE
    about = f"Asked {local_date(row.created)}. Named {row.id.ref} in the logs."
    blocks: list[Block] = [
        SectionBlock(block_id=ids.Block.WHAT, text=plain(story.what)),
        *paragraphs([" ".join([*_called(story, happened), *said[:1]]), *said[1:]]),
        ContextBlock(block_id=ids.Block.LABEL, elements=[plain(label), mrkdwn(about)]),
    ]
    if row.record:
        again = ButtonElement(
            action_id=ids.Action.ASK_AGAIN, text=plain("Ask again"), value=row.id.value
        )
        blocks.append(ActionsBlock(block_id=ids.Block.ASK_AGAIN, elements=[again]))
    return direct(f"{_headline(story, end)}: {spoken(story.what)}", blocks)


def needs_attention(noticed: Noticed, told: EntryId) -> bool:
    """Whether news after ``told`` is worth more than an edited line, which notifies nobody."""
    return bool(_urgent(Story(noticed), Story(noticed).fresh(told)))


def moved(body: Json) -> Json:
    """The same for the creator alone, where the channel does not take it."""
    notice = SectionBlock(text=plain(_CHANNEL_GONE)).to_dict()
    if "blocks" not in body:
        return {**body, "text": f"{body['text']} {_CHANNEL_GONE}"}
    return {**body, "blocks": [notice, *body["blocks"]]}


def _urgent(story: Story, events: Iterable[Event]) -> set[Event]:
    """What its creator is called for: not what they, or a colleague as agreed, did."""
    urgent = set(events) & {
        Event.SUBMITTED, Event.SECOND_ATTEMPT, Event.REFUSED, Event.WITHDRAWN, Event.UNEXPECTED,
        Event.EXPIRED, Event.LOST, Event.WITHHELD, Event.TAMPERED,
    }  # fmt: skip
    if story.end is not None:
        urgent -= {Event.SUBMITTED}
    if nudge.is_current(story.noticed):
        urgent |= set(events) & {Event.NUDGED}
    ended_by = story.of(Event.BURNED) + story.of(Event.CANCELLED)
    if any(entry.by and entry.by != story.noticed.creator for entry in ended_by):
        urgent |= set(events) & {Event.BURNED, Event.CANCELLED}
    return urgent


def _called(story: Story, events: Iterable[Event]) -> list[str]:
    creator = story.noticed.creator
    return [mention(creator)] if creator and _urgent(story, events) else []


def _headline(story: Story, end: Event) -> str:
    if end is Event.EXPIRED and not story.was_answered:
        return "Nobody answered"
    return _HEADLINES.get(end, "Ended")


def _sentences(story: Story, end: Event | None) -> list[tuple[Event, str]]:
    """What there is to say, the end first, each sentence under the event that brings it up."""
    found = []
    if end is not None:
        found.append((end, _ended(story, end)))
    elif submitted := story.of(Event.SUBMITTED):
        found.append((Event.SUBMITTED, _answered(story, submitted[-1])))
    else:
        found += _waiting(story)
    if saved := story.of(Event.SAVED):
        by = saved[-1].by
        who = f" by {mention(by)}" if by else ""
        sentence = f"Saved in the vault{who}, {local_date(saved[-1].at)}."
        found.append((Event.SAVED, sentence))
    if attempts := story.of(Event.SECOND_ATTEMPT):
        found.append((Event.SECOND_ATTEMPT, _second(attempts)))
    if refused := story.of(Event.REFUSED):
        found.append((Event.REFUSED, _refused(story, refused)))
    return found


def _waiting(story: Story) -> list[tuple[Event, str]]:
    """What there is to say of its time."""
    record, found = story.noticed.summary.record, []
    if record and (extended := story.of(Event.EXTENDED)):
        until = f"It can be answered until {local_date(record.expires)}."
        found.append((Event.EXTENDED, f"{longer(extended)} {until}"))
    if nudge.is_current(story.noticed):
        found.append((Event.NUDGED, nudge.sentence(story.noticed)))
    return found


def _answered(story: Story, entry: AuditEntry) -> str:
    record = story.noticed.summary.record
    until = f" before {local_date(record.expires)}" if record else ""
    return f"Answered {whence(entry)}. Press *Collect*{until}: nobody has read it so far."


def _ended(story: Story, end: Event) -> str:
    entries = story.of(end)
    entry = entries[-1] if entries else None
    when = f", {local_date(entry.at)}" if entry else ""
    by, left = _by(story, entry), _left(story)
    how = f", {whence(entry)}" if entry else ""
    burned = f" {left}" if story.was_answered else ""
    answered = "an answer had come, and nobody collected it." if story.was_answered else ""
    return {
        Event.COLLECTED: f"Collected{by}{when}.",
        Event.CANCELLED: f"Cancelled{by}{when}, before anybody answered.",
        Event.BURNED: f"Burned{by}{when}.{burned}",
        Event.WITHDRAWN: f"Withdrawn with the request's own link{how}. {left} {_NEEDED}",
        Event.UNEXPECTED: (
            f"Somebody with its link did not expect this request, and ended it{how}. {left} "
            "Check that it reached the right person before you ask again."
        ),
        Event.LOST: (
            f"The store lost it before its time. {_unseen(story)} {_NEEDED} "
            "Whoever runs slash-secret has an alarm about it."
        ),
        Event.WITHHELD: (
            "The answer was about to be collected, and the store could not make sure that this "
            "would stay on record. So nothing was handed out: nobody saw it, and nobody can any "
            f"more. {_NEEDED} Whoever runs slash-secret has an alarm about it."
        ),
        Event.TAMPERED: (
            "Something else than this server changed it in the store, so it opens no more. "
            f"{_unseen(story)} "
            "Ask whoever runs slash-secret, who has an alarm about it, before you ask again."
        ),
        Event.EXPIRED: (
            f"Expired: {answered} {left} {_NEEDED}"
            if answered
            else f"Nobody answered, and the link works no more. {_NEEDED}"
        ),
    }.get(end, "Replaced by another request.")


def _by(story: Story, entry: AuditEntry | None) -> str:
    """Who did it. Its creator is named and not called, except that a collector always is."""
    if not entry or not entry.by:
        collector = story.noticed.summary.status.collector
        return f" by {mention(collector)}" if collector else ""
    record = story.noticed.summary.record
    if entry.by != story.noticed.creator or entry.event is Event.COLLECTED:
        return f" by {mention(entry.by)}"
    return f" by {spoken(record.agent_name)}" if record else ""


def _left(story: Story) -> str:
    """What became of the answer."""
    if story.of(Event.COLLECTED):
        return "The answer had been collected before."
    return "The answer was destroyed unread." if story.was_answered else "Nothing had been sent."


def _unseen(story: Story) -> str:
    """The same of what the store lost or somebody altered: only the record can tell."""
    if story.of(Event.COLLECTED):
        return "The answer had been collected before."
    if story.was_answered:
        return "An answer had come, and nobody is on record as having seen it."
    return "Nobody is on record as having answered."


def _second(attempts: list[AuditEntry]) -> str:
    times = f" {len(attempts)} times, last" if len(attempts) > 1 else ""
    return (
        "Answered once more, perhaps by the same person, and refused"
        f"{times or ','} {whence(attempts[-1])}. The first answer is the one that counts. Ask the "
        "customer whether both are theirs: if not, somebody else has the link, and what came "
        "first may not be from the customer."
    )


def _refused(story: Story, refused: list[AuditEntry]) -> str:
    times = f" {len(refused)} times, last" if len(refused) > 1 else ""
    whenever = f"Refused{times} {whence(refused[-1])}."
    if story.end is Event.COLLECTED:
        return (
            "Someone tried to open the collected answer again, perhaps the same person in another "
            f"browser. {whenever} If it was nobody of the team, ask the customer to change it."
        )
    return f"Someone used its link after its end, perhaps the customer, too late. {whenever}"
