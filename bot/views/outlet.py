"""The message of a ready link: built in or in the team's own words, and what may be chosen for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from slack_sdk.models.blocks import ActionsBlock, Block, Option, StaticSelectElement

from bot.ready import Kind, More, ready, sentence
from bot.ready import date as ready_date
from bot.views import ids, language
from bot.views.parts import Json, copyable, plain, small, with_blocks
from bot.views.wording import KINDS, OUTLETS, WHERE, fill
from bot.views.words import date, typeable
from storage.errors import DecodingError
from storage.languages import Language, known
from storage.model import Seconds, SecretId
from storage.wording import Occasion, Outlet

OWN = (
    "This message is in your team's own words, whatever language you choose. The customer's page "
    "follows the language."
)
BUILT_IN = "For this place your team has no words of its own: the message is the built-in one."
_REPLIES = {
    Kind.MOVED_MINE: (),
    Kind.MOVED_YOURS: (More.DELETE,),
    Kind.MOVED_AN_APPS: (),
}
_LEAST = 5  # parts of a text that can be read
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Sent:
    """What fills a message besides the link and the code, which stand in the view itself.

    ``reply`` is the one to a message that a secret was moved from. As text all of it is the view's
    ``private_metadata``: nothing of it opens anything.
    """

    id: SecretId
    occasion: Occasion
    expires: Seconds
    has_passphrase: bool = False
    reply: Kind | None = None
    name: str = ""

    def __str__(self) -> str:
        flag = "passphrase" if self.has_passphrase else _NONE
        told = f"{self.id.value} {self.occasion} {self.expires} {flag} {self.reply or _NONE}"
        return f"{told} {self.name}".rstrip()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Raises DecodingError."""
        parts = text.split(" ", _LEAST)
        if len(parts) < _LEAST or parts[1] not in set(Occasion) or not _is_moment(parts[2]):
            raise DecodingError("not a link that was shown")
        sid, occasion, expires, flag, reply, *name = parts
        if reply not in {_NONE, *_REPLIES}:
            raise DecodingError("not a reply of ours")
        return cls(
            SecretId(sid),
            Occasion(occasion),
            Seconds(int(expires)),
            has_passphrase=flag != _NONE,
            reply=None if reply == _NONE else Kind(reply),
            name="".join(name),
        )


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit()


@dataclass(frozen=True, slots=True)
class Words:
    """What a message is made of: the team's templates, the place where it is pasted, the language.

    ``templates`` are those for the occasion; None where there is nothing to choose between. A
    template is one text: it goes before the built-in one, and stays as it is in any language.
    """

    templates: Mapping[Outlet, str] | None = None
    outlet: Outlet = Outlet.HELP_SCOUT
    language: Language | None = None

    def text(self, sent: Sent, link: str, code: str = "") -> str:
        """The message for the chosen place, or the built-in one in the chosen language."""
        template = (self.templates or {}).get(self.outlet)
        if template is None:
            return self._built_in(sent, link)
        slots = {
            "link": link,
            "date": date(sent.expires),
            "name": typeable(sent.name) or "there",
            "code": code,
        }
        text = fill(template, slots)
        return f"{text} {sentence(More.PASSPHRASE)}" if sent.has_passphrase else text

    def _built_in(self, sent: Sent, link: str) -> str:
        return ready(
            KINDS[sent.occasion],
            self.language,
            more=_locked(sent),
            name=typeable(sent.name),
            link=link,
            date=ready_date(sent.expires, self.language),
        )

    def reply(self, sent: Sent, link: str) -> str:
        """The words to put below the message that a secret was moved from; '' without one."""
        if sent.reply is None:
            return ""
        often = More.OFTEN if sent.occasion is Occasion.OFTEN else More.ONCE
        return ready(
            sent.reply,
            self.language,
            more=[often, *_locked(sent), *_REPLIES[sent.reply]],
            link=link,
            date=ready_date(sent.expires, self.language),
        )

    def blocks(self, sent: Sent, link: str, code: str = "") -> list[Block]:
        """The message between its choices. No secret is typed in this view, so they may report."""
        made = [copyable(self.text(sent, link, code), ids.Block.MESSAGE)]
        below = language.block(self.language)
        if self.templates is None:
            return [*made, below]
        about = small(OWN if self.outlet in self.templates else BUILT_IN, ids.Block.WORDS)
        return [self._outlets(), *made, about, below]

    def _outlets(self) -> ActionsBlock:
        options = {
            where: Option(text=plain(name), value=where.value) for where, name in OUTLETS.items()
        }
        select = StaticSelectElement(
            action_id=ids.Action.OUTLET,
            placeholder=plain(WHERE),
            options=list(options.values()),
            initial_option=options[self.outlet],
        )
        return ActionsBlock(block_id=ids.Block.OUTLET, elements=[select])


def _locked(sent: Sent) -> list[More]:
    return [More.PASSPHRASE] if sent.has_passphrase else []


def shown(view: Json, templates: Mapping[Outlet, str]) -> Words:
    """What is chosen in a view of ours that Slack sent; ``templates`` are those there are now."""
    outlet = _selected(view, ids.Block.OUTLET, ids.Action.OUTLET)
    chosen = known(_selected(view, ids.Block.LANGUAGE, ids.Action.LANGUAGE))
    return Words(templates, Outlet(outlet), chosen) if outlet else Words(language=chosen)


def rewritten(view: Json, words: Words) -> Json:
    """The view as Slack sent it to us, with the message, and a reply, made anew.

    Nothing else holds the link any more: it is read from the view. Raises DecodingError.
    """
    sent = Sent.parse(view["private_metadata"])
    blocks = _by_id(view)
    link, code = _read(blocks, ids.Block.LINK), _read(blocks, ids.Block.CODE)
    made = words.blocks(sent, link, code)
    if sent.reply:
        made.append(copyable(words.reply(sent, link), ids.Block.REPLY))
    return with_blocks(view, *made)


def _selected(view: Json, block: ids.Block, action: ids.Action) -> str:
    """The value of a choice; '' where there is none.

    As Slack has it at this moment: a choice beside it may not have come to us yet, and what the view
    began with is older.
    """
    values = (view.get("state") or {}).get("values") or {}
    found = _by_id(view).get(block) or {}
    element = found.get("accessory") or (found.get("elements") or [{}])[0]
    now = ((values.get(block) or {}).get(action) or {}).get("selected_option")
    option = now or element.get("initial_option") or {}
    return str(option.get("value") or "")


def _by_id(view: Json) -> dict[str | None, Json]:
    return {block.get("block_id"): block for block in view["blocks"]}


def _read(blocks: Mapping[str | None, Json], name: ids.Block) -> str:
    """A text to copy, as it stands in a block."""
    parts = [
        part
        for element in (blocks.get(name) or {}).get("elements") or []
        for part in element.get("elements") or []
    ]
    return "".join(str(part.get("text") or part.get("url") or "") for part in parts)
