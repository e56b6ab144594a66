"""What happens to a link between the help desk and the customer: bots open it, and use up nothing.

They get the link as mail servers and chat services hand it on, without the fragment, and do what
is known of them. Whether the secret is still there is then read from the record, as the history
does.
"""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from bot.views.words import status as status_words
from storage.errors import DecodingError
from storage.model import Kind, SecretId, WorkspaceId
from storage.outcomes import Unavailable
from storage.vault import Vault
from storage.wire import b64u

_PATIENCE = 5.0
_ROBOT = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
# What a page of each kind proves its fragment with, and to which routes.
_PROOF = {Kind.SHARE: "link_proof", Kind.REQUEST: "submit_proof"}
_ROOM = {Kind.SHARE: "secrets", Kind.REQUEST: "requests"}
_ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came, what they did, and what they got: three phrases for a table."""

    who: str
    did: str
    saw: str


class Scanner:
    """Visits our own site as bots do: links begin with ``public_url``, and it listens at ``origin``."""

    def __init__(self, vault: Vault, workspace: WorkspaceId, public_url: str, origin: str) -> None:
        self._vault = vault
        self._workspace = workspace
        self._public_url = public_url
        self._origin = origin

    async def scan(self, link: str) -> dict[str, Any] | None:
        """Let the bots come; None when this is no link of ours, or still has its fragment."""
        found_in = self._place_of(link)
        if found_in is None:
            return None
        kind, sid = found_in
        page = f"{self._origin}/{kind}/{sid.value}"
        async with ClientSession(timeout=ClientTimeout(total=_PATIENCE)) as client:
            visits = [
                await self._preview(client, page),
                await self._safe_links(client, page, kind, sid),
                await self._antivirus(client, page, kind, sid),
            ]
        found = await self._vault.details(self._workspace, sid)
        status = "" if isinstance(found, Unavailable) else status_words(found.summary.status)
        return {"visits": [asdict(visit) for visit in visits], "status": status}

    def _place_of(self, link: str) -> tuple[Kind, SecretId] | None:
        for kind in (Kind.SHARE, Kind.REQUEST):
            prefix = f"{self._public_url}/{kind}/"
            if link.startswith(prefix):
                try:
                    return kind, SecretId(link.removeprefix(prefix))
                except DecodingError:
                    return None
        return None

    async def _preview(self, client: ClientSession, page: str) -> Visit:
        status, _ = await _fetch(client, page, _ROBOT)
        return Visit(
            "Slackbot",
            "Fetched the link for a preview",
            f"{status}: a page that is the same for every link, without a name or a label",
        )

    async def _safe_links(
        self, client: ClientSession, page: str, kind: Kind, sid: SecretId
    ) -> Visit:
        _, html = await _fetch(client, page, _CHROME)
        scripts = {found for found in _ASSET.findall(html) if not found.endswith(".svg")}
        for script in sorted(scripts):
            await _fetch(client, self._origin + script, _CHROME)
        status = await self._ask(client, kind, sid, "status", {_PROOF[kind]: _made_up(32)})
        return Visit(
            "Safe Links",
            f"Posed as Chrome: loaded the page and {len(scripts)} files, asked for the status",
            f"{status}: nothing is told to whoever does not have the part after the #",
        )

    async def _antivirus(
        self, client: ClientSession, page: str, kind: Kind, sid: SecretId
    ) -> Visit:
        await _fetch(client, page, _CHROME)
        body = {_PROOF[kind]: _made_up(32), "nonce": _made_up(16)}
        if kind is Kind.REQUEST:
            status = await self._ask(client, kind, sid, "submit", body | {"blob": _made_up(2048)})
            return Visit(
                "Antivirus",
                "Loaded the page and sent an answer, without the part after the #",
                f"{status}: refused, the request still waits for the customer's answer",
            )
        status = await self._ask(client, kind, sid, "reveal", body)
        return Visit(
            "Antivirus",
            "Loaded the page and pressed the button, without the part after the #",
            f"{status}: refused, not counted as a try, nothing used up",
        )

    async def _ask(
        self, client: ClientSession, kind: Kind, sid: SecretId, verb: str, body: dict[str, str]
    ) -> int:
        # A script on our own page would send this header too.
        headers = {"User-Agent": _CHROME, "Sec-Fetch-Site": "same-origin"}
        url = f"{self._origin}/api/{_ROOM[kind]}/{sid.value}/{verb}"
        async with client.post(url, json=body, headers=headers) as response:
            return response.status


async def _fetch(client: ClientSession, url: str, agent: str) -> tuple[int, str]:
    async with client.get(url, headers={"User-Agent": agent}) as response:
        return response.status, await response.text()


def _made_up(size: int) -> str:
    return b64u(secrets.token_bytes(size))
