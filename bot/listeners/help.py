"""``/secret help``."""

from slack_bolt.async_app import AsyncAck

from bot.messages import message
from bot.views import help as page


async def show(ack: AsyncAck, command: str) -> None:
    """Answer with the whole page, for the asker's eyes only."""
    await ack(message(f"How to use {command}", page.build(command)))
