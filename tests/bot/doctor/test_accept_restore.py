"""``slash-secret doctor --accept-restore``: an operator says that a restored store may be believed."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

from storage import settings
from storage.guard import Guard
from storage.outcomes import Gone, Opened
from storage.vault import Vault
from tests.deployment import ROOT
from tests.links import reveal, share
from tests.own_store import own_store

COMMAND = "from bot.cli import main; raise SystemExit(main(['doctor', '--accept-restore']))"


async def _accept(environ: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        COMMAND,
        cwd=ROOT,
        env={"PATH": os.defpath, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_what_is_held_back_opens_again_save_what_was_seen_to_end(tmp_path: Path) -> None:
    """Before: both read as gone. After: the one that nobody opened opens, the other never again."""
    async with own_store() as own:
        environ = {
            "REDIS_URL": own.url,
            "SECRETS_HMAC_KEY": secrets.token_hex(32),
            "DATA_DIR": str(tmp_path / "data dir"),
        }
        ring, _ = settings.load(environ).key_ring()
        guard = Guard(own.redis, ring, tmp_path / "data dir", 0)
        vault = Vault(own.redis, ring, watch=guard)
        opened, untouched = await share(vault), await share(vault)
        own.copy()
        assert isinstance(await reveal(vault, opened), Opened)
        await own.restore()
        vault = Vault(own.redis, ring, watch=guard)
        assert isinstance(await reveal(vault, opened), Gone)
        assert isinstance(await reveal(vault, untouched), Gone)
        assert "Accepted: what workspace tag" in await _accept(environ)
        assert isinstance(await reveal(vault, opened), Gone)
        assert isinstance(await reveal(vault, untouched), Opened)
        assert await _accept(environ) == "Nothing is held back.\n"
