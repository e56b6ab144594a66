"""The one message to a secret's creator: what became of it, and what to make of that.

It holds no usable link, and the label only as plain text. Its words leave room for the innocent
case: we see addresses and browsers, not people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ContextBlock, SectionBlock

from bot.messages import direct
from bot.views import ids, nudge
from bot.views.history import UNREADABLE
from bot.views.parts import Json, mrkdwn, paragraphs, plain
from bot.views.words import (
    LABEL_LIMIT,
    clean,
    local_date,
    mention,
    shown_label,
    status,
    whence,
)
from storage.model import AuditEntry, Event, Seconds, State
from storage.notices import EntryId, Noticed

TRIES = 5

# What changes nothing that the message says.
SILENT = frozenset({
    Event.CREATED, Event.RETRIED, Event.CLOSED, Event.REFUSED_BY_POLICY, Event.ENDED_AGAIN,
    Event.WENT_BACK, Event.RESTORE_ACCEPTED,
})  # fmt: skip
# What is worth a message of its own; REPLACED is not, since its creator has just been told.
_NEWS = frozenset({
    Event.OPENED, Event.CONFIRMED, Event.REFUSED, Event.WRONG_PASSPHRASE, Event.DESTROYED,
    Event.EXPIRED, Event.LOST, Event.WITHHELD, Event.TAMPERED,
})  # fmt: skip

_EXPOSED = (
    "If that was not the person you sent the link to, somebody else has it: treat the secret as "
    "exposed, change it, and share the new one."
)
_WITHHELD = (
    "Somebody with the link and the right to it pressed reveal, and the store could not make sure "
    "that the opening would stay on record. So nothing was handed out: nobody saw it, and nobody "
    "can any more. Make a new link. Whoever runs slash-secret has an alarm about it."
)
_NEEDED = "If it is still needed, make a new link."


@dataclass(frozen=True, slots=True)
class _Story:
    """A secret's trail, sorted by what it tells."""

    noticed: Noticed

    def of(self, event: Event) -> list[AuditEntry]:
        return [entry for _, entry in self.noticed.trail if entry.event is event]

    @property
    def state(self) -> State:
        return self.noticed.summary.status.state

    @property
    def is_lost(self) -> bool:
        """Not where its key is missing or it is held back: the operator's to mend, and no loss."""
        status = self.noticed.summary.status
        return status.state is State.LOST and not (status.key_missing or status.went_back)

    @property
    def is_expired(self) -> bool:
        return self.state is State.EXPIRED or bool(self.of(Event.EXPIRED))

    @property
    def views(self) -> int:
        if self.of(Event.WITHHELD):
            return 0  # what was claimed was not handed out
        return max(self.noticed.summary.status.views, len(self.of(Event.OPENED)))

    @property
    def by_others(self) -> list[AuditEntry]:
        """Burned by somebody else than the creator."""
        return [e for e in self.of(Event.BURNED) if e.by and e.by != self.noticed.creator]


def is_worth_a_message(noticed: Noticed) -> bool:
    """Whether its creator should hear of this secret unasked; what they did themselves, not."""
    happened = {entry.event for _, entry in noticed.trail}
    news = happened & _NEWS or _Story(noticed).by_others
    return bool(news or nudge.is_current(noticed))


def build(noticed: Noticed) -> Json:
    """The message's body, from the record as it is now."""
    story, row = _Story(noticed), noticed.summary
    label = UNREADABLE if row.record is None else shown_label(row.record.label)
    lines = [f"*{status(row.status)}*", *_lines(story)]
    ends = f", for use until {local_date(row.record.expires)}" if row.record else ""
    about = f"Made {local_date(_made(story))}{ends}. Named {row.id.ref} in the logs."
    blocks: list[Block] = [
        SectionBlock(block_id=ids.Block.LABEL, text=plain(label)),
        *paragraphs(lines),
        *(nudge.blocks(noticed) if nudge.is_current(noticed) else []),
        ContextBlock(elements=[mrkdwn(about)]),
    ]
    return direct(f"{_headline(story)}: {spoken(label)}", blocks)


def reply(noticed: Noticed, told: EntryId) -> Json | None:
    """What of the news after ``told`` needs attention, for the thread: an update notifies nobody.

    None when an update is enough.
    """
    story = _Story(noticed)
    fresh = {entry.event for name, entry in noticed.trail if name > told}
    if Event.BURNED in fresh and not story.by_others:
        fresh -= {Event.BURNED}
    if Event.DESTROYED in fresh:
        fresh -= {Event.WRONG_PASSPHRASE}
    if story.views:
        fresh -= {Event.EXPIRED}
    sentences = [line for event, line in _urgent(story) if event in fresh]
    if not sentences or not noticed.creator:
        return None
    return direct(" ".join([mention(noticed.creator), *sentences]))


def spoken(label: str) -> str:
    """A label reduced to letters, digits, commas and hyphens, for the text of a notification.

    Slack reads that text as mrkdwn and makes links of what looks like one; nothing does any more.
    """
    kept = "".join(char if char.isalnum() or char in ",-" else " " for char in clean(label))
    return " ".join(kept.split())[:LABEL_LIMIT] or "no label"


def _headline(story: _Story) -> str:
    """What matters most, in a few words."""
    candidates = (
        (story.state is State.TAMPERED, "A secret was tampered with"),
        (story.is_lost, "A secret was lost"),
        (story.of(Event.DESTROYED), "Destroyed by wrong passphrases"),
        (story.of(Event.REFUSED), "Someone tried again"),
        (story.is_expired and not story.views, "Expired unopened"),
        (story.by_others, "Burned"),
        (story.views, "Opened"),
        (nudge.is_current(story.noticed), "Not opened yet"),
        (story.of(Event.WRONG_PASSPHRASE), "Wrong passphrase"),
    )
    otherwise = status(story.noticed.summary.status)
    return next((words for holds, words in candidates if holds), otherwise)


def _lines(story: _Story) -> list[str]:
    lines = []
    if (opened := story.of(Event.OPENED)) and not story.of(Event.WITHHELD):
        lines += _opened(story, opened)
    if wrong := story.of(Event.WRONG_PASSPHRASE):
        lines.append(f"{_wrong(wrong)} The last {whence(wrong[-1])}.")
    if extended := story.of(Event.EXTENDED):
        lines.append(longer(extended))
    lines += [
        line
        for event, line in _urgent(story)
        if event is not Event.WRONG_PASSPHRASE and event is not Event.REFUSED
    ]
    if refused := story.of(Event.REFUSED):
        times = f" {len(refused)} times, last" if len(refused) > 1 else ""
        lines.append(f"{_refused(story)} Refused{times} {whence(refused[-1])}.")
        lines.append(_EXPOSED if story.views else _NEEDED)
    return lines


def _opened(story: _Story, opened: Sequence[AuditEntry]) -> list[str]:
    if story.noticed.summary.status.single_use:
        confirmed = bool(story.of(Event.CONFIRMED))
        word = (
            "Confirmed: the page showed it." if confirmed else "Not confirmed by the page so far."
        )
        return [f"Opened {whence(opened[-1])}. {word}"]
    times = f" {story.views} times, last" if story.views > 1 else ""
    return [f"Opened{times} {whence(opened[-1])}."]


def longer(extended: Sequence[AuditEntry]) -> str:
    """By whom its life was extended, and when last."""
    times = f" {len(extended)} times, last" if len(extended) > 1 else ""
    by = f" by {mention(extended[-1].by)}" if extended[-1].by else ""
    return f"Extended{times}{by}, {local_date(extended[-1].at)}."


def _urgent(story: _Story) -> list[tuple[Event, str]]:
    """A sentence for each thing that happened and needs attention."""
    found = []
    if nudge.is_current(story.noticed):
        found.append((Event.NUDGED, nudge.sentence(story.noticed)))
    if story.of(Event.REFUSED):
        advice = _EXPOSED if story.views else _NEEDED
        found.append((Event.REFUSED, f"{_refused(story)} Nothing was shown. {advice}"))
    if wrong := story.of(Event.WRONG_PASSPHRASE):
        found.append((Event.WRONG_PASSPHRASE, _wrong(wrong)))
    if story.of(Event.DESTROYED):
        sentence = f"Destroyed after {TRIES} wrong passphrases. {_unseen(story)} {_NEEDED}"
        found.append((Event.DESTROYED, sentence))
    if story.of(Event.EXPIRED):
        found.append((Event.EXPIRED, _expired(story)))
    if story.by_others:
        by = story.by_others[-1].by
        who = mention(by) if by else "somebody"
        found.append((Event.BURNED, f"Burned by {who}. {_unseen(story)}"))
    if story.of(Event.LOST):
        sentence = (
            f"The store lost it before its time. {_unseen(story)} {_NEEDED} "
            "Whoever runs slash-secret has an alarm about it."
        )
        found.append((Event.LOST, sentence))
    if story.of(Event.WITHHELD):
        found.append((Event.WITHHELD, _WITHHELD))
    if story.of(Event.TAMPERED):
        sentence = (
            "Something else than this server changed it in the store, so it opens no more. "
            "Ask whoever runs slash-secret, who has an alarm about it, before you make a new link."
        )
        found.append((Event.TAMPERED, sentence))
    return found


def _refused(story: _Story) -> str:
    if story.views:
        return "Opened again, perhaps by the same person."
    return "Someone tried to open it after its end, perhaps its recipient, too late."


def _wrong(wrong: Sequence[AuditEntry]) -> str:
    typed = "passphrases were" if len(wrong) > 1 else "passphrase was"
    ahead = f"; at {TRIES} the secret is destroyed" if len(wrong) < TRIES else ""
    return f"{len(wrong)} wrong {typed} typed, perhaps by mistake{ahead}."


def _expired(story: _Story) -> str:
    if story.views:
        return "Expired: the link no longer opens."
    return f"Expired, and nobody opened it. {_NEEDED}"


def _unseen(story: _Story) -> str:
    if not story.views:
        gone = story.noticed.summary.record is None
        return "Nobody is on record as having seen it." if gone else "Nobody saw it."
    times = "once" if story.views == 1 else f"{story.views} times"
    return f"It had been opened {times} before."


def _made(story: _Story) -> Seconds:
    created = story.of(Event.CREATED)
    return created[0].at if created else story.noticed.summary.created
