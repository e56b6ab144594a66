"""The modal in which an agent writes a secret."""

from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)

from bot.original import Original
from bot.views import ids, moved
from bot.views.inputs import chosen, is_broken, line_mistake, typed
from bot.views.moved import Moved
from bot.views.parts import Json, browser_button, modal, notice, paragraph, plain, small
from bot.views.words import LABEL_LIMIT, clean, is_blank, typeable
from storage.errors import DecodingError
from storage.model import (
    DAY,
    HOUR,
    PASSPHRASE_MAX,
    Content,
    Lifetime,
    Passphrase,
    Preset,
)
from storage.policy import Policy

SECRET_LIMIT = 3000
TITLE = "Share a secret"
SUBMIT = "Create link"
LIFETIMES = {
    HOUR: "1 hour - quick handoff in a live chat",
    DAY: "24 hours - normal ticket reply",
    3 * DAY: "3 days - might not check e-mail right away",
    7 * DAY: "7 days - multi-day integrations or staging",
    14 * DAY: "14 days - sprint or trial length",
    30 * DAY: "30 days - long-running projects",
}
SINGLE_USE = "single_use"
REUSABLE = "reusable"
OTHER_CHANNEL = (
    "Share it through a different channel than the link. In the same e-mail it adds no protection."
)
PRIVACY = (
    "What you type here passes through Slack and through our server readable, "
    "before it is encrypted for the link."
)
IN_BROWSER = "Write it in my browser instead"
BROWSER_ONLY = "Your team writes secrets in the browser only, so that they don't pass Slack."
ALREADY_SENT = (
    "What you typed after {command} has already gone to Slack. It was not used here. "
    "If it was a password or a key, change that password now, and share the new one below."
)


@dataclass(frozen=True, slots=True)
class Form:
    """What the agent asked for, ready for the vault."""

    content: Content
    label: str
    lifetime: Lifetime
    single_use: bool
    passphrase: Passphrase | None
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A message that is to become a link: what it says, and where it stands."""

    original: Original
    source: Moved


@dataclass(frozen=True, slots=True)
class Prefill:
    """What the form begins with besides the team's defaults."""

    preset: Preset | None = None
    label: str = ""
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What to correct: block id to sentence. Slack shows each below its field and keeps the text."""

    errors: dict[str, str]


_DEFAULTS = Policy()
_NOTHING = Prefill()


def build(
    policy: Policy = _DEFAULTS,
    prefill: Prefill = _NOTHING,
    *,
    compose: str = "",
    typed_after: str | None = None,
) -> Json:
    """The form. ``compose`` is the composer's address, with a ticket.

    ``typed_after`` is the command after which somebody typed a text. No element here dispatches
    actions, but for the URL button: Slack would send the half-written secret with each.
    """
    blocks: list[Block] = [
        InputBlock(
            block_id=ids.Block.SECRET,
            label=plain("Secret"),
            element=PlainTextInputElement(
                action_id=ids.Action.SECRET,
                multiline=True,
                max_length=SECRET_LIMIT,
                focus_on_load=True,
                initial_value=_begun(prefill.move),
            ),
        ),
        InputBlock(
            block_id=ids.Block.LABEL,
            label=plain("Label (not secret)"),
            hint=plain("Customer or ticket. Your team sees it in the history, strangers never."),
            element=PlainTextInputElement(
                action_id=ids.Action.LABEL,
                max_length=LABEL_LIMIT,
                initial_value=typeable(prefill.label) or None,
            ),
            optional=True,
        ),
        _lifetime(policy, prefill.preset),
        _access(prefill.preset),
        _passphrase(policy),
        small(PRIVACY, ids.Block.PRIVACY),
    ]
    if compose:
        blocks.append(browser_button(IN_BROWSER, compose))
    if typed_after is not None:
        blocks.insert(0, _warning(typed_after))
    source = ""
    if prefill.move:
        blocks = [*moved.above(prefill.move.original, SECRET_LIMIT), *blocks]
        source = str(prefill.move.source)
    return modal(ids.View.SHARE, TITLE, blocks, submit=SUBMIT, close="Cancel", metadata=source)


def _begun(move: Move | None) -> str | None:
    """The message, if it fits: a part of a key would be worth nothing, and look like all of it."""
    text = move.original.text if move else ""
    return text if text.strip() and len(text) <= SECRET_LIMIT else None


def elsewhere(compose: str, *, typed_after: str | None = None, moves: bool = False) -> Json:
    """Instead of the form, where secrets may only be written in the browser.

    ``moves``: somebody wanted to move a message.
    """
    blocks: list[Block] = [paragraph(BROWSER_ONLY), browser_button(IN_BROWSER, compose)]
    if moves:
        blocks.insert(1, paragraph(moved.IN_BROWSER_ONLY, ids.Block.ORIGINAL))
    if typed_after is not None:
        blocks.insert(0, _warning(typed_after))
    return modal(ids.View.COMPOSE, TITLE, blocks)


def _warning(command: str) -> Block:
    return notice(ALREADY_SENT.format(command=command), ids.Block.WARNING)


def _lifetime(policy: Policy, preset: Preset | None) -> InputBlock:
    options = {
        lifetime: Option(text=plain(LIFETIMES[lifetime.seconds]), value=str(lifetime.seconds))
        for lifetime in policy.lifetimes
    }
    # What was chosen last may not be allowed any more.
    wishes = [preset.lifetime] if preset else []
    wishes += [policy.default_lifetime, policy.lifetimes[-1]]
    return InputBlock(
        block_id=ids.Block.LIFETIME,
        label=plain("Lifetime"),
        element=StaticSelectElement(
            action_id=ids.Action.LIFETIME,
            options=list(options.values()),
            initial_option=next(options[wish] for wish in wishes if wish in options),
        ),
    )


def _access(preset: Preset | None) -> InputBlock:
    once = Option(
        text=plain("Single use"),
        value=SINGLE_USE,
        description=plain("Destroyed the moment it is revealed"),
    )
    often = Option(
        text=plain("Reusable"),
        value=REUSABLE,
        description=plain(
            "Anyone with the link until it expires, for credentials several people need"
        ),
    )
    return InputBlock(
        block_id=ids.Block.ACCESS,
        label=plain("Access"),
        element=RadioButtonsElement(
            action_id=ids.Action.ACCESS,
            options=[once, often],
            initial_option=often if preset and not preset.single_use else once,
        ),
    )


def _passphrase(policy: Policy) -> InputBlock:
    required = policy.require_passphrase
    return InputBlock(
        block_id=ids.Block.PASSPHRASE,
        label=plain("Passphrase" if required else "Passphrase (optional)"),
        hint=plain(OTHER_CHANNEL),
        # No max_length: what counts is the normalised text, which can be shorter or longer.
        element=PlainTextInputElement(action_id=ids.Action.PASSPHRASE),
        optional=not required,
    )


def parse(view: Json) -> Form | Mistakes:
    """Read a submitted form from the payload's ``view``. What policies say, the vault decides."""
    values = view["state"]["values"]
    text = _lf(typed(values, ids.Block.SECRET, ids.Action.SECRET))
    label = clean(typed(values, ids.Block.LABEL, ids.Action.LABEL))
    lifetime = chosen(values, ids.Block.LIFETIME, ids.Action.LIFETIME)
    access = chosen(values, ids.Block.ACCESS, ids.Action.ACCESS)
    passphrase = _read_passphrase(typed(values, ids.Block.PASSPHRASE, ids.Action.PASSPHRASE))
    mistakes = {
        ids.Block.SECRET: _secret_mistake(text),
        ids.Block.LABEL: line_mistake(label),
        # A select can only send what we offered, unless somebody else wrote the request.
        ids.Block.LIFETIME: "" if lifetime in map(str, LIFETIMES) else "Choose a lifetime.",
        ids.Block.ACCESS: "" if access in {SINGLE_USE, REUSABLE} else "Choose one of the two.",
        ids.Block.PASSPHRASE: passphrase if isinstance(passphrase, str) else "",
    }
    errors = {block.value: mistake for block, mistake in mistakes.items() if mistake}
    if errors or isinstance(passphrase, str):
        return Mistakes(errors)
    source = str(view.get("private_metadata") or "")
    return Form(
        Content(text=text),
        label,
        Lifetime(int(lifetime)),
        access == SINGLE_USE,
        passphrase,
        Moved.parse(source) if source else None,
    )


def _lf(text: str) -> str:
    # Line ends are LF from the moment a secret is written; nothing else is touched.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _secret_mistake(text: str) -> str:
    if is_blank(text):
        return "Type the secret: this field has nothing visible in it."
    if len(text) > SECRET_LIMIT:
        return f"At most {SECRET_LIMIT:,} characters fit; this has {len(text):,}."
    if is_broken(text):
        return "This text contains half a character. Type or paste it again."
    return ""


def _read_passphrase(text: str) -> Passphrase | str | None:
    """The passphrase, None when the field is empty, or what is wrong with it."""
    if not text:
        return None
    if is_blank(text):
        return "There is nothing visible in it. Type a passphrase, or empty this field."
    if is_broken(text):
        return "This passphrase contains half a character. Type or paste it again."
    try:
        return Passphrase.of(text)
    except DecodingError:
        return f"At most {PASSPHRASE_MAX} characters."
