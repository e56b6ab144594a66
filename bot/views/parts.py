"""The few Block Kit pieces that every view is made of, with Slack's limits checked by slack_sdk."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.views import checks, ids
from bot.views.words import escape

checks.find_once()  # whoever builds a view imports this module

# What a view or block is once it is on its way to Slack.
Json = dict[str, Any]

_SECTION = 3000
_ECHOED = ("type", "callback_id", "title", "submit", "close", "private_metadata")


def plain(text: str) -> PlainTextObject:
    """Text in which nothing is a mention, a link, a format or an emoji name."""
    return PlainTextObject(text=escape(text), emoji=False)


def mrkdwn(text: str) -> MarkdownTextObject:
    """Text of ours with formats and tokens; whatever comes from outside is escaped before."""
    return MarkdownTextObject(text=text, verbatim=True)


def paragraph(text: str, block_id: str | None = None) -> SectionBlock:
    """A plain paragraph."""
    return SectionBlock(text=plain(text), block_id=block_id)


def small(text: str, block_id: str | None = None) -> ContextBlock:
    """A plain line in small grey letters."""
    return ContextBlock(elements=[plain(text)], block_id=block_id)


def copyable(text: str, block_id: str) -> RichTextBlock:
    """Text to select and copy: Slack has no copy button, and this block keeps every character."""
    return RichTextBlock(
        elements=[RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=text)])],
        block_id=block_id,
    )


def notice(text: str, block_id: ids.Block = ids.Block.NOTICE) -> SectionBlock:
    """What went wrong, where the eye falls first."""
    return paragraph(f"\N{WARNING SIGN}\N{VARIATION SELECTOR-16} {text}", block_id)


def browser_button(text: str, url: str) -> ActionsBlock:
    """A button that leads to the composer.

    Slack's client opens the address by itself. We hear of the press, and with it what the form
    holds so far: it is acknowledged, and not looked at.
    """
    button = ButtonElement(action_id=ids.Action.COMPOSE, text=plain(text), url=url)
    return ActionsBlock(block_id=ids.Block.COMPOSE, elements=[button])


def paragraphs(lines: Sequence[str]) -> list[Block]:
    """Join mrkdwn lines into as few sections as Slack's 3,000 characters a section allow."""
    chunks: list[str] = []
    for line in lines:
        if chunks and len(chunks[-1]) + 1 + len(line) <= _SECTION:
            chunks[-1] += f"\n{line}"
        else:
            chunks.append(line)
    return [SectionBlock(text=mrkdwn(chunk)) for chunk in chunks]


def modal(
    callback: ids.View,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
) -> Json:
    """A modal as JSON. Raises SlackObjectFormationError when it breaks a limit of Slack's."""
    view = View(
        type="modal",
        callback_id=callback,
        title=plain(title),
        submit=None if submit is None else plain(submit),
        close=plain(close),
        blocks=list(blocks),
        private_metadata=metadata,
    )
    made: Json = view.to_dict()
    return made


def note(title: str, *texts: str) -> Json:
    """A modal that only tells something."""
    return modal(ids.View.NOTE, title, [paragraph(text) for text in texts])


def loading(title: str) -> Json:
    """What is shown while the store is asked: views come before any other I/O."""
    return note(title, "Loading \N{HORIZONTAL ELLIPSIS}")


def with_blocks(view: Json, *changed: Block) -> Json:
    """A view as Slack sent it to us, with blocks in the places of those that have their ids."""
    new = {block.block_id: block.to_dict() for block in changed}
    return _echo(view) | {"blocks": [new.get(one.get("block_id"), one) for one in view["blocks"]]}


def with_notice(view: Json, text: str) -> Json:
    """A view as Slack sent it to us, below a notice.

    For a view that shows a link there is no other way: nothing else holds that link any more.
    """
    return _echo(view) | {"blocks": [notice(text).to_dict(), *without_notice(view)["blocks"]]}


def without_notice(view: Json) -> Json:
    """A view as Slack sent it to us, without the notice that ``with_notice`` may have put there."""
    blocks = [block for block in view["blocks"] if block.get("block_id") != ids.Block.NOTICE]
    return view | {"blocks": blocks}


def _echo(view: Json) -> Json:
    return {key: view[key] for key in _ECHOED if view.get(key)}
