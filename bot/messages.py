"""The one way a message leaves: ephemeral, and never unfurled."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.views.parts import Json


def message(text: str, blocks: Sequence[Block] = ()) -> Json:
    """The body of an answer that only its reader sees. ``text`` is mrkdwn of ours.

    Both unfurl flags are off on everything we send: a preview that fetches links is a stranger
    who reads along.
    """
    body: Json = {
        "response_type": "ephemeral",
        "text": text,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if blocks:
        body["blocks"] = [block.to_dict() for block in blocks]
    return body
