"""Burning, wherever it was asked for."""

import asyncio

import structlog

from bot.listeners.context import Parts
from bot.views.burn import Outcome
from bot.views.parts import Json
from storage.errors import StoreError
from storage.model import Agent, SecretId

_log = structlog.get_logger("bot.burn")

# What the store may take of the three seconds in which Slack wants its answer.
BURNING = 2.3


async def burned(parts: Parts, body: Json, secret: SecretId) -> Outcome | None:
    """Burn for the person who asked; None when the store did not say whether it did."""
    return await burned_for(parts, parts.agent(body), secret)


async def burned_for(
    parts: Parts, agent: Agent, secret: SecretId, *, undelivered: bool = False
) -> Outcome | None:
    """The same for an agent. ``undelivered``: Slack never showed them its link."""
    try:
        async with asyncio.timeout(BURNING):
            outcome = await parts.vault.burn(agent, secret, undelivered=undelivered)
    except (StoreError, TimeoutError) as error:
        _log.warning("burn_failed", ref=secret.ref, error=type(error).__name__)
        return None
    _log.info("burn", ref=secret.ref, outcome=type(outcome).__name__)
    return outcome
