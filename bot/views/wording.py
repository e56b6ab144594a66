"""Message templates of the team's own: the form for admins, and the words that a link goes out with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    HeaderBlock,
    InputBlock,
    InteractiveElement,
    PlainTextInputElement,
)

from bot.ready import Kind, More, ready, sentence
from bot.views import ids
from bot.views.inputs import is_broken, typed
from bot.views.parts import Json, copyable, modal, paragraph, plain, small
from bot.views.share import Mistakes
from bot.views.words import clean
from storage.errors import DecodingError
from storage.wording import LIMIT, Occasion, Outlet, Texts

TITLE = "Message templates"
SUBMIT = "Save"
SAVED = "Saved. Links that are made from now on come with these words."
NOT_YOURS = "Only an admin may change the templates. Nothing was changed."
UNREACHABLE = (
    "The secret store cannot be reached, so nothing was saved. What you typed is still here: wait a "
    "moment and press Save again."
)
FULL = "The secret store is full, so nothing was saved. Tell whoever runs slash-secret."
ABOUT = "The message that agents copy, in your team's words. This is the built-in text:"
EMPTY = "An empty field means the built-in text. {names} are filled in; {needed} must be there."
AFTER = "With a passphrase, one sentence follows: {sentence}"
CODE = (
    "The read-aloud code shows that it is you only where it comes on another way than the link, "
    "so it is best told on the phone."
)
IN_HOME = "What agents copy with a link, for Help Scout, e-mail and chat each:"
WHERE = "Where you paste it"
OCCASIONS = {
    Occasion.ONCE: "Single use",
    Occasion.OFTEN: "Reusable",
    Occasion.REQUEST: "Requests",
}
OUTLETS = {Outlet.HELP_SCOUT: "Help Scout", Outlet.EMAIL: "E-mail", Outlet.CHAT: "Chat"}
KINDS = {
    Occasion.ONCE: Kind.SHARE_ONCE,
    Occasion.OFTEN: Kind.SHARE_OFTEN,
    Occasion.REQUEST: Kind.REQUEST,
}
NEEDED = ("link", "date")
ALLOWED = {
    Occasion.ONCE: NEEDED,
    Occasion.OFTEN: NEEDED,
    Occasion.REQUEST: (*NEEDED, "name", "code"),
}
_SLOT = re.compile(r"\{([^{}\n]*)\}")
_FIELDS = {
    Outlet.HELP_SCOUT: (ids.Block.FOR_HELP_SCOUT, ids.Action.FOR_HELP_SCOUT),
    Outlet.EMAIL: (ids.Block.FOR_EMAIL, ids.Action.FOR_EMAIL),
    Outlet.CHAT: (ids.Block.FOR_CHAT, ids.Action.FOR_CHAT),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What an admin wrote; '' for the built-in text."""

    occasion: Occasion
    texts: Mapping[Outlet, str]


def fill(template: str, slots: Mapping[str, str]) -> str:
    """A template with its places filled; what is filled in is not read again."""
    return _SLOT.sub(lambda found: slots.get(found[1], found[0]), template)


def built_in(occasion: Occasion) -> str:
    """The built-in text in English, as a template."""
    name = "{name}" if occasion is Occasion.REQUEST else ""
    return ready(KINDS[occasion], name=name, link="{link}", date="{date}")


def build(occasion: Occasion, texts: Texts) -> Json:
    """The form for one occasion's three texts."""
    after = AFTER.format(sentence=sentence(More.PASSPHRASE))
    blocks: list[Block] = [
        paragraph(f"{OCCASIONS[occasion]}. {ABOUT}"),
        copyable(built_in(occasion), ids.Block.TEXT),
        small(EMPTY.format(names=_listed(ALLOWED[occasion]), needed=_listed(NEEDED))),
        *(_field(outlet, texts.get((occasion, outlet), "")) for outlet in Outlet),
        small(CODE if occasion is Occasion.REQUEST else after),
    ]
    return modal(
        ids.View.WORDING, TITLE, blocks, submit=SUBMIT, close="Cancel", metadata=occasion.value
    )


def _field(outlet: Outlet, text: str) -> InputBlock:
    block, action = _FIELDS[outlet]
    return InputBlock(
        block_id=block,
        label=plain(OUTLETS[outlet]),
        element=PlainTextInputElement(
            action_id=action, multiline=True, max_length=LIMIT, initial_value=text or None
        ),
        optional=True,
    )


def parse(view: Json) -> Form | Mistakes:
    """Read a submitted form. Raises DecodingError when Slack sends what we never wrote."""
    word, values = view["private_metadata"], view["state"]["values"]
    if word not in set(Occasion):
        raise DecodingError("not an occasion")
    occasion, texts, errors = Occasion(word), dict[Outlet, str](), dict[str, str]()
    for outlet, (block, action) in _FIELDS.items():
        written = typed(values, block, action)
        texts[outlet] = "\n".join(clean(line) for line in written.splitlines()).strip()
        if mistake := _mistake(occasion, written, texts[outlet]):
            errors[block.value] = mistake
    return Mistakes(errors) if errors else Form(occasion, texts)


def _mistake(occasion: Occasion, written: str, text: str) -> str:
    if is_broken(written):
        return "This text contains half a character. Type or paste it again."
    if not text:
        return ""
    if len(text) > LIMIT:
        return f"At most {LIMIT:,} characters fit; this has {len(text):,}."
    # It goes out as plain text, and no program on the way may take it for something else.
    if "<" in text or ">" in text:
        return "Write plain text, without < and >."
    return _slot_mistake(occasion, text)


def _slot_mistake(occasion: Occasion, text: str) -> str:
    slots, allowed = _SLOT.findall(text), ALLOWED[occasion]
    if unknown := [slot for slot in slots if slot not in allowed]:
        return f"Nothing can be filled in for {_listed(unknown[:1])}. There are {_listed(allowed)}."
    if missing := [slot for slot in NEEDED if slot not in slots]:
        return f"This text needs {_listed(missing)}."
    return ""


def _listed(slots: tuple[str, ...] | list[str]) -> str:
    names = [f"{{{slot}}}" for slot in slots]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def in_home(texts: Texts) -> list[Block]:
    """The way to the forms, for admins."""
    buttons: list[InteractiveElement] = [
        ButtonElement(
            action_id=f"{ids.Action.WORDING}_{occasion}", text=plain(name), value=occasion.value
        )
        for occasion, name in OCCASIONS.items()
    ]
    own = [f"{OCCASIONS[when]}, {OUTLETS[where]}" for when, where in sorted(texts)]
    told = f"Your own: {'; '.join(own)}." if own else "All are the built-in texts."
    return [
        HeaderBlock(text=plain(TITLE)),
        paragraph(IN_HOME),
        ActionsBlock(block_id=ids.Block.WORDING, elements=buttons),
        small(told),
    ]
