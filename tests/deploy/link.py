"""Inside the Debian that ``follow`` sets up: makes a link in the store, or opens one as a page does.

``python -m tests.deploy.link make`` prints what ``open`` takes; both read the service's settings.
"""

import asyncio
import os
import sys

from aiohttp import ClientSession

from bot import serving
from storage import settings
from storage.model import Agent, Nonce, SecretId, UserId, WorkspaceId
from storage.wire import b64u
from tests import links

ANNA = Agent(WorkspaceId("T000000001"), "Example Support", UserId("U0ANNA"), "anna")
"""Of the tests' Slack, whose workspace is the one that the bot process looks after."""


async def make(config: settings.Settings) -> None:
    """Share a text; print the link's id, and the proof that its key gives."""
    async with serving.opened(config) as here:
        holder = await links.share(here.vault, agent=ANNA)
    print(holder.id.value, b64u(holder.proof.expose()))


async def open_it(config: settings.Settings, name: str, proof: str) -> None:
    """Click *Click to reveal* in a fresh page; print the HTTP status."""
    url = f"{config.public_url}/api/secrets/{SecretId(name).value}/reveal"
    body = {"link_proof": proof, "nonce": b64u(Nonce.random().expose())}
    async with (
        ClientSession() as client,
        client.post(url, json=body, headers={"Sec-Fetch-Site": "same-origin"}) as answer,
    ):
        print(answer.status)


def main(arguments: list[str]) -> None:
    """Do what the first word says."""
    config = settings.load(os.environ)
    asyncio.run(make(config) if arguments == ["make"] else open_it(config, *arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
