"""``/secret help``."""

from slack_bolt.async_app import AsyncAck

from bot import payload
from bot.listeners.context import Parts
from bot.messages import message
from bot.views import help as page
from bot.views.parts import Json
from storage.tickets import Errand


async def show(ack: AsyncAck, parts: Parts, body: Json) -> None:
    """Answer with the whole page, for the asker's eyes only."""
    errand = Errand(channel=payload.channel(body))
    compose = parts.compose_address(parts.agent(body), errand)
    blocks = page.build(parts.command, compose, requests=parts.policy.requests)
    await ack(message(f"How to use {parts.command}", blocks))
