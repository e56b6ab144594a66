"""Lets time do its work in the background: expiry, losses, retention."""

import asyncio

import structlog

from storage.errors import StoreError
from storage.logs import frames
from storage.model import WorkspaceId
from storage.vault import Vault

EVERY = 15.0  # ciphertext that a crash left behind goes within 60 seconds

_log = structlog.get_logger("bot.sweeper")


async def sweep_for_ever(vault: Vault, workspace: WorkspaceId, every: float = EVERY) -> None:
    """Sweep one workspace, again and again; a store that is away is tried again."""
    while True:
        try:
            changed = await vault.sweep(workspace)
            if changed:
                _log.info("swept", changed=changed)
        except StoreError as error:
            _log.warning("sweep_failed", reason=str(error))
        except Exception as error:  # noqa: BLE001 - without sweeping, promises end: never stop
            _log.error("sweep_failed", error=type(error).__name__, frames=frames(error))
        await asyncio.sleep(every)
