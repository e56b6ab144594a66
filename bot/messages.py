"""The one way a message leaves: never unfurled."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.views.parts import Json


def message(text: str, blocks: Sequence[Block] = ()) -> Json:
    """The body of an answer that only its reader sees. ``text`` is mrkdwn of ours."""
    return {"response_type": "ephemeral", **direct(text, blocks)}


def direct(text: str, blocks: Sequence[Block] = ()) -> Json:
    """The body of a message to one person.

    Both unfurl flags are off on everything we send: a preview that fetches links is a stranger
    who reads along.
    """
    body: Json = {"text": text, "unfurl_links": False, "unfurl_media": False}
    if blocks:
        body["blocks"] = [block.to_dict() for block in blocks]
    return body
