"""The message of a ready link in the team's own words: one text for each place where agents paste."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from slack_sdk.models.blocks import ActionsBlock, Block, Option, StaticSelectElement

from bot.views import ids
from bot.views.parts import Json, copyable, plain
from bot.views.wording import BUILT_IN, OUTLETS, fill
from bot.views.words import date, typeable
from storage.errors import DecodingError
from storage.model import Seconds, SecretId
from storage.wording import Occasion, Outlet

WHERE = "Where you paste it"
PASSPHRASE = "You will get the passphrase another way."  # noqa: S105 - a sentence
_LEAST = 4  # parts of a text that can be read
_KEPT = ("callback_id", "close", "private_metadata", "title", "type")


@dataclass(frozen=True, slots=True)
class Sent:
    """What fills a template besides the link and the code, which stand in the view itself.

    As text it is the view's ``private_metadata``: nothing of it opens anything.
    """

    id: SecretId
    occasion: Occasion
    expires: Seconds
    has_passphrase: bool = False
    name: str = ""

    def __str__(self) -> str:
        flag = "passphrase" if self.has_passphrase else "-"
        return f"{self.id.value} {self.occasion} {self.expires} {flag} {self.name}".rstrip()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Raises DecodingError."""
        parts = text.split(" ", 4)
        if len(parts) < _LEAST or parts[1] not in set(Occasion) or not _is_moment(parts[2]):
            raise DecodingError("not a link that was shown")
        sid, occasion, expires, flag, *name = parts
        return cls(
            SecretId(sid), Occasion(occasion), Seconds(int(expires)), flag != "-", "".join(name)
        )


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit()


@dataclass(frozen=True, slots=True)
class Words:
    """The templates for an occasion, at least one, and where this agent pastes."""

    templates: Mapping[Outlet, str]
    chosen: Outlet

    def text(self, sent: Sent, link: str, code: str = "") -> str:
        """The message for the chosen place; without a template of its own, the built-in text."""
        template = self.templates.get(self.chosen, BUILT_IN[sent.occasion])
        slots = {
            "link": link,
            "date": date(sent.expires),
            "name": typeable(sent.name) or "there",
            "code": code,
        }
        text = fill(template, slots)
        return f"{text} {PASSPHRASE}" if sent.has_passphrase else text

    def blocks(self, sent: Sent, link: str, code: str = "") -> list[Block]:
        """The choice, and the message. No secret is typed in this view, so it may report."""
        options = {
            where: Option(text=plain(name), value=where.value) for where, name in OUTLETS.items()
        }
        select = StaticSelectElement(
            action_id=ids.Action.OUTLET,
            placeholder=plain(WHERE),
            options=list(options.values()),
            initial_option=options[self.chosen],
        )
        return [
            ActionsBlock(block_id=ids.Block.OUTLET, elements=[select]),
            copyable(self.text(sent, link, code), ids.Block.MESSAGE),
        ]


def rewritten(view: Json, templates: Mapping[Outlet, str], chosen: Outlet) -> Json:
    """The view as Slack sent it to us, with the message for another place.

    Nothing else holds the link any more: it is read from the view. Raises DecodingError.
    """
    sent = Sent.parse(view["private_metadata"])
    blocks = {block.get("block_id"): block for block in view["blocks"]}
    words = Words(templates, chosen)
    made = words.blocks(sent, _read(blocks, ids.Block.LINK), _read(blocks, ids.Block.CODE))
    fresh = {block.block_id: block.to_dict() for block in made}
    kept = {key: view[key] for key in _KEPT if view.get(key)}
    return kept | {"blocks": [fresh.get(one.get("block_id"), one) for one in view["blocks"]]}


def _read(blocks: Mapping[str | None, Json], name: ids.Block) -> str:
    """A text to copy, as it stands in a block."""
    parts = [
        part
        for element in (blocks.get(name) or {}).get("elements") or []
        for part in element.get("elements") or []
    ]
    return "".join(str(part.get("text") or part.get("url") or "") for part in parts)
