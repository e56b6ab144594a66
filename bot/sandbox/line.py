"""The line from Slack to the app: signed requests over HTTP, and three seconds of patience."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.signature import SignatureVerifier


@dataclass(frozen=True, slots=True)
class Reply:
    """What the app answered. ``code`` is Slack's word for why that is no answer, or empty.

    ``status`` is 0 when nothing came back.
    """

    status: int = 0
    text: str = ""
    code: str = ""
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is something else."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Line:
    """Sends what happened in Slack to ``request_url``. ``patience`` is in seconds."""

    def __init__(self, signing_secret: str, clock: Callable[[], float], patience: float) -> None:
        self.request_url = ""
        self.patience = patience
        self._clock = clock
        # The SDK's signature, not ours: what checks these requests shares no code with it.
        self._signer = SignatureVerifier(signing_secret)
        self._session: ClientSession | None = None

    async def open(self) -> None:
        """Get ready to send. Needs a running loop."""
        self._session = ClientSession()

    async def close(self) -> None:
        """Hang up."""
        if self._session:
            await self._session.close()

    async def send(self, body: bytes, kind: str) -> Reply:
        """Send a body of that content type, and wait for the answer as long as Slack does."""
        start = time.perf_counter()
        reply = await self._sent(body, kind)
        return Reply(reply.status, reply.text, reply.code, time.perf_counter() - start)

    async def _sent(self, body: bytes, kind: str) -> Reply:
        if self._session is None:
            raise RuntimeError("the local Slack has not been started")
        stamp = str(int(self._clock()))
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": self._signer.generate_signature(timestamp=stamp, body=body) or "",
        }
        try:
            async with self._session.post(
                self.request_url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=self.patience),
            ) as answer:
                text = await answer.text(errors="replace")
        except TimeoutError:
            return Reply(code="operation_timeout")
        except (ClientError, OSError, ValueError):
            return Reply(code="dispatch_failed")
        return Reply(answer.status, text, _complaint(answer.status))


def _complaint(status: int) -> str:
    if status == HTTPStatus.OK:
        return ""
    is_ours = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return "http_client_error" if is_ours else "http_service_error"
