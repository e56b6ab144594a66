"""What a test asks of a view or message of ours: Slack's rules, the SDK's, and our own."""

from typing import Any

from slack_sdk.models.views import View

from bot.sandbox.rules import flaws_of_blocks, flaws_of_view

Json = dict[str, Any]
PAYLOAD = 13_000  # tables included, which leaves room below what Slack was seen to refuse


def faults_of_view(view: Json) -> list[str]:
    """Why Slack would refuse this modal; empty if it would not."""
    View(**view).to_dict()  # raises SlackObjectFormationError
    return [str(flaw) for flaw in flaws_of_view(view)]


def faults_of_message(message: Json) -> list[str]:
    """Why Slack would refuse or spoil this answer to a command; empty if it would not."""
    found = faults_of_body(message)
    if message.get("response_type") != "ephemeral":
        found.append("not ephemeral")
    return found


def faults_of_body(message: Json) -> list[str]:
    """Why Slack would refuse or spoil this message; empty if it would not."""
    blocks = message.get("blocks", [])
    found = [str(flaw) for flaw in flaws_of_blocks(blocks)]
    if not message.get("text"):
        found.append("no text for notifications and screen readers")
    if message.get("unfurl_links") is not False or message.get("unfurl_media") is not False:
        found.append("unfurls")
    if len(str(blocks)) > PAYLOAD:
        found.append("too long for one message")
    return found
