"""What people do in the flows, and what is left behind when they have done it."""

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from playwright.async_api import Page, expect

from bot.views.ids import Block
from storage import store
from storage.embedded import socket_path
from storage.model import DAY, SecretId
from storage.settings import Settings
from tests import meddling
from tests.bot.person import Person
from tests.deployment import Deployment
from tests.raw import as_bytes, snapshot

PROCESSES = {"web": ["-m", "web"], "bot": ["-m", "bot"]}


def texts(view: dict[str, Any]) -> str:
    """Everything a person reads in a view."""
    return " ".join(re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(view)))


async def make_link(anna: Person, text: str, label: str = "ACME, ticket 4711") -> tuple[str, Any]:
    """Type /secret, fill the modal, press Create link; give the link and the view that shows it."""
    modal = await anna.open_share()
    answer = await anna.submit(modal, {Block.SECRET: text, Block.LABEL: label})
    link = re.search(r"http://localhost:\d+/s/[\w-]+#[\w-]+", answer.text)
    assert link, answer.text
    return link[0], {**modal, **answer.view}


async def click(page: Page) -> str:
    """Press the button and read."""
    await page.get_by_role("button", name="Click to reveal").click()
    box = page.get_by_role("group", name="Secret")
    await expect(box).to_be_visible()
    return await box.text_content() or ""


async def everything(live: Deployment) -> bytes:
    """Every key of the store with its value."""
    client = store.connect("unix://" + quote(str(socket_path(live.data_dir))))
    found = as_bytes(await snapshot(client))
    await client.aclose()
    return found


async def near_their_end(live: Deployment) -> None:
    """Let nine tenths of a day pass for all there is, with the server's own key: nobody else could."""
    client = store.connect("unix://" + quote(str(socket_path(live.data_dir))))
    ring, _ = Settings(data_dir=live.data_dir).key_ring()
    async for name in client.scan_iter(match="ss:*:record:*"):
        sid = SecretId(name.decode().rpartition(":")[2])
        await meddling.age(client, ring, sid, DAY - DAY // 10 + 60)
    await client.aclose()


def arguments(live: Deployment) -> list[bytes]:
    """The command lines of this run's processes: our own children, and the deployment's store.

    Other workers' are left out: what they hold is theirs to look for. The store has no parent of
    ours, so it is known by the folder that it works in.
    """
    seen = dict(filter(None, map(_looked_at, Path("/proc").glob("[0-9]*"))))
    own = {os.getpid()}
    while more := {pid for pid, process in seen.items() if process.parent in own} - own:
        own |= more
    folder = str(live.folder)
    return [
        process.line
        for pid, process in seen.items()
        if pid in own or process.folder.startswith(folder)
    ]


class _Process(NamedTuple):
    parent: int
    folder: str
    line: bytes


def _looked_at(process: Path) -> tuple[int, _Process] | None:
    try:
        # Behind the name, which may hold anything, in brackets: the state, then the parent.
        parent = int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
        line, folder = (process / "cmdline").read_bytes(), str((process / "cwd").readlink())
    except OSError:
        return None
    return int(process.name), _Process(parent, folder, line)
