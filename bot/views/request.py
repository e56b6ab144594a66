"""The modal in which an agent asks a customer for credentials."""

from dataclasses import dataclass
from typing import Self

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)

from bot.views import ids
from bot.views.inputs import chosen, is_broken, line_mistake, ticked, typed
from bot.views.parts import Json, browser_button, modal, notice, plain
from bot.views.share import SUBMIT, Mistakes
from bot.views.words import LABEL_LIMIT, clean, typeable
from storage.model import DAY, HOUR, CollectBy, Lifetime, Record, UserId
from storage.policy import Policy

TITLE = "Ask for credentials"
LIFETIMES = {HOUR: "1 hour", DAY: "24 hours", 3 * DAY: "3 days", 7 * DAY: "7 days"}
# In the order of a Bitwarden login item.
FIELDS = ("Login page", "Username", "Password", "Notes")
# What nearly every request is about. Notes are for what is special: one more empty field on the
# customer's page asks for something that mostly nobody needs.
TICKED = FIELDS[:3]
ONLY_ME, THIS_CHANNEL = "me", "channel"
IN_BROWSER = "Make it in my browser instead"
ALREADY_SENT = (
    "What you typed after {command} has already gone to Slack. It was not used here. "
    "If it was a password or a key, change that password now."
)
DISALLOWED = "Your team sends no requests."


@dataclass(frozen=True, slots=True)
class Form:
    """What the agent asks for, ready for the vault. ``name`` is the customer's, '' for none."""

    what: str
    name: str
    label: str
    lifetime: Lifetime
    fields: tuple[str, ...]
    collect_by: CollectBy


@dataclass(frozen=True, slots=True)
class Prefill:
    """What the form begins with. None: the usual; no ``fields``: one free text box."""

    what: str = ""
    name: str = ""
    label: str = ""
    lifetime: Lifetime | None = None
    fields: tuple[str, ...] | None = None
    collect_by: CollectBy | None = None

    @classmethod
    def of(cls, record: Record, asker: UserId, lifetime: int = 0) -> Self:
        """The same request once more; of a secret that was shared, its label.

        ``lifetime`` in seconds is what it was made with, where it has been extended since.

        A channel goes only to whoever chose it: nobody else may post there through us without
        being in it.
        """
        if not record.is_request:
            return cls(label=record.label)
        own = record.creator == asker
        return cls(
            what=record.what,
            label=record.label,
            lifetime=Lifetime(lifetime or record.expires - record.created),
            fields=record.fields,
            collect_by=CollectBy.of(record.collect_by) if own else None,
        )

    def room(self, channel: str) -> str:
        """The channel to offer: the one where it is asked for, else the one of the first time."""
        return channel or (self.collect_by.channel if self.collect_by else "")


_DEFAULTS = Policy()
_NOTHING = Prefill()


def build(
    policy: Policy = _DEFAULTS,
    prefill: Prefill = _NOTHING,
    *,
    channel: str = "",
    compose: str = "",
    typed_after: str | None = None,
) -> Json:
    """The form. ``channel`` is where it was asked for ('' where others can't look in, or unknown).

    ``compose`` is the composer's address, with a ticket. ``typed_after`` is the command after which
    somebody typed a text.
    """
    channel = prefill.room(channel)
    blocks: list[Block] = [
        _line(
            ids.Block.WHAT,
            ids.Action.WHAT,
            "What do you need?",
            prefill.what,
            hint="The customer reads this, for instance: Admin login for your shop",
            required=True,
        ),
        _line(
            ids.Block.NAME,
            ids.Action.NAME,
            "Customer's name",
            prefill.name,
            hint="For the greeting in the message that you can copy. It is stored nowhere.",
        ),
        _line(
            ids.Block.LABEL,
            ids.Action.LABEL,
            "Customer or ticket (not shown)",
            prefill.label,
            hint="Your team sees it in the history, the customer never.",
        ),
        _lifetime(policy, prefill.lifetime),
        _fields(TICKED if prefill.fields is None else prefill.fields),
        _collect_by(channel, prefill.collect_by),
    ]
    if compose:
        blocks.append(browser_button(IN_BROWSER, compose))
    if typed_after is not None:
        warning = ALREADY_SENT.format(command=typed_after)
        blocks.insert(0, notice(warning, ids.Block.WARNING))
    return modal(ids.View.REQUEST, TITLE, blocks, submit=SUBMIT, close="Cancel", metadata=channel)


def _line(
    block: ids.Block,
    action: ids.Action,
    label: str,
    value: str,
    *,
    hint: str,
    required: bool = False,
) -> InputBlock:
    return InputBlock(
        block_id=block,
        label=plain(label),
        hint=plain(hint),
        element=PlainTextInputElement(
            action_id=action,
            max_length=LABEL_LIMIT,
            initial_value=typeable(value) or None,
            focus_on_load=required,
        ),
        optional=not required,
    )


def _lifetime(policy: Policy, wish: Lifetime | None) -> InputBlock:
    options = {
        seconds: Option(text=plain(text), value=str(seconds))
        for seconds, text in LIFETIMES.items()
        if seconds <= policy.max_lifetime.seconds
    }
    # The longest at last: a team's default may be one that requests don't have.
    wishes = [wish.seconds if wish else 0, policy.default_lifetime.seconds, DAY, max(options)]
    return InputBlock(
        block_id=ids.Block.LIFETIME,
        label=plain("Lifetime"),
        element=StaticSelectElement(
            action_id=ids.Action.LIFETIME,
            options=list(options.values()),
            initial_option=next(options[seconds] for seconds in wishes if seconds in options),
        ),
    )


def _fields(wanted: tuple[str, ...]) -> InputBlock:
    options = {name: Option(text=plain(name), value=name) for name in FIELDS}
    return InputBlock(
        block_id=ids.Block.FIELDS,
        label=plain("Ask for"),
        hint=plain("Nothing ticked: one free text box."),
        element=CheckboxesElement(
            action_id=ids.Action.FIELDS,
            options=list(options.values()),
            initial_options=[options[name] for name in FIELDS if name in wanted] or None,
        ),
        optional=True,
    )


def _collect_by(channel: str, wish: CollectBy | None) -> InputBlock:
    me = Option(
        text=plain("Only me"),
        value=ONLY_ME,
        description=plain("The button to collect comes to you as a direct message"),
    )
    team = Option(
        text=plain("This channel"),
        value=THIS_CHANNEL,
        description=plain("The button is posted there, for whoever can press it"),
    )
    is_team = bool(channel and wish and wish.channel)
    hint = (
        "This app has to be in the channel: invite it first."
        if channel
        else "For a channel of your team, type the command there."
    )
    return InputBlock(
        block_id=ids.Block.COLLECT_BY,
        label=plain("Who may collect"),
        hint=plain(hint),
        element=RadioButtonsElement(
            action_id=ids.Action.COLLECT_BY,
            options=[me, team] if channel else [me],
            initial_option=team if is_team else me,
        ),
    )


def parse(view: Json) -> Form | Mistakes:
    """Read a submitted form from the payload's ``view``. What policies say, the vault decides."""
    values, channel = view["state"]["values"], str(view.get("private_metadata") or "")
    lines = {
        block: typed(values, block, action)
        for block, action in (
            (ids.Block.WHAT, ids.Action.WHAT),
            (ids.Block.NAME, ids.Action.NAME),
            (ids.Block.LABEL, ids.Action.LABEL),
        )
    }
    read = {block: clean(text) for block, text in lines.items()}
    lifetime = chosen(values, ids.Block.LIFETIME, ids.Action.LIFETIME)
    fields = ticked(values, ids.Block.FIELDS, ids.Action.FIELDS)
    collect_by = chosen(values, ids.Block.COLLECT_BY, ids.Action.COLLECT_BY)
    known = {ONLY_ME, THIS_CHANNEL} if channel else {ONLY_ME}
    mistakes = {
        **{block: _mistake(text, read[block]) for block, text in lines.items()},
        # These can only send what we offered, unless somebody else wrote the request.
        ids.Block.LIFETIME: "" if lifetime in map(str, LIFETIMES) else "Choose a lifetime.",
        ids.Block.FIELDS: "" if set(fields) <= set(FIELDS) else "Choose from the list.",
        ids.Block.COLLECT_BY: "" if collect_by in known else "Choose who may collect.",
    }
    if not read[ids.Block.WHAT] and not mistakes[ids.Block.WHAT]:
        mistakes[ids.Block.WHAT] = "Say what you need: this field has nothing visible in it."
    errors = {block.value: mistake for block, mistake in mistakes.items() if mistake}
    if errors:
        return Mistakes(errors)
    return Form(
        read[ids.Block.WHAT],
        read[ids.Block.NAME],
        read[ids.Block.LABEL],
        Lifetime(int(lifetime)),
        tuple(name for name in FIELDS if name in fields),
        CollectBy(channel if collect_by == THIS_CHANNEL else ""),
    )


def _mistake(text: str, line: str) -> str:
    if is_broken(text):
        return "This text contains half a character. Type or paste it again."
    return line_mistake(line)
