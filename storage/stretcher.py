"""Argon2id off the event loop: in worker threads, at most one per core at a time."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from storage import envelope
from storage.envelope import Stretched
from storage.model import LinkKey, Passphrase, SecretId


class Stretcher:
    """Each run takes 64 MiB and some 0.2 s of a core; the queue waits, the loop does not."""

    def __init__(self, workers: int | None = None) -> None:
        count = workers or len(os.sched_getaffinity(0))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="argon2")

    async def stretch(self, passphrase: Passphrase, key: LinkKey, sid: SecretId) -> Stretched:
        """Give P for this link."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, envelope.stretch, passphrase, key, sid)
