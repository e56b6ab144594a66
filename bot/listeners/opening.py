"""Answering a command whose window did, or did not, open."""

from slack_bolt.async_app import AsyncAck

from bot.messages import message
from bot.slack_api import Trouble

COULD_NOT_OPEN = {
    Trouble.LATE: "Slack's three seconds to open the window ran out. Nothing was stored. "
    "Type {command} again.",
    Trouble.BUSY: "Slack is getting too many requests from this app, so the window did not open. "
    "Nothing was stored. Wait a minute and type {command} again.",
    Trouble.DOWN: "Slack did not answer in time, so the window may not have opened. "
    "Nothing was stored. Wait a moment and type {command} again.",
    Trouble.REFUSED: "Slack refused to open the window. Nothing was stored. "
    "Ask whoever runs slash-secret to look into its log.",
}
NOT_PUSHED = "Slack did not open the next window. Nothing was changed. Try again."


async def answer_opening(ack: AsyncAck, opened: str | Trouble, command: str) -> None:
    """Acknowledge a command, and tell in words why its window is not there.

    Only now, although Slack waits: this answer is the one place where a failure can be told.
    """
    if isinstance(opened, Trouble):
        await ack(message(COULD_NOT_OPEN[opened].format(command=command)))
    else:
        await ack()
