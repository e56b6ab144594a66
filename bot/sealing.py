"""Seals the audit trail in the background."""

import asyncio

import structlog

from storage.errors import StoreError
from storage.logs import frames
from storage.sealer import EVERY, Sealer

_log = structlog.get_logger("bot.sealing")


async def seal_for_ever(sealer: Sealer, every: float = EVERY) -> None:
    """Look after one trail, again and again; a store that is away is tried again."""
    while True:
        try:
            made = await sealer.seal()
            if made:
                _log.debug("sealed", checkpoints=made)
        except StoreError as error:
            _log.warning("seal_failed", reason=str(error))
        except Exception as error:  # noqa: BLE001 - an unsealed trail proves nothing: never stop
            _log.error("seal_failed", error=type(error).__name__, frames=frames(error))
        await asyncio.sleep(every)
