"""The doctor's HTTP: whatever the other end does, a value within a time limit."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    StreamReader,
    TCPConnector,
)

PATIENCE = 8.0
_READ = 256 * 1024


class Silence(StrEnum):
    """Why there was no answer, as the rest of a sentence."""

    NAME = "its name is not known to the DNS"
    TLS = "its certificate or TLS is not accepted"
    REFUSED = "nobody listens there"
    LATE = "it does not answer in time"
    BROKEN = "it breaks off, or does not speak HTTP"


class Lines:
    """Header lines by name, whatever their case."""

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        self._lines = [(name.lower(), value) for name, value in lines]

    def getall(self, key: str, default: list[str]) -> list[str]:
        """Every line of that name, in order."""
        return [value for name, value in self._lines if name == key.lower()] or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.getall(key, []))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; at most 256 KiB of the body."""

    status: int
    headers: Lines
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back. ``detail`` is OpenSSL's word on a certificate, or empty."""

    why: Silence
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.why.value} ({self.detail})" if self.detail else self.why.value


class Asker:
    """One session without cookies, redirects or the environment's proxies. Needs a running loop."""

    def __init__(self) -> None:
        # Made here, so that SSL_CERT_FILE counts as it does for every other program.
        self._tls = ssl.create_default_context()
        self._session = ClientSession(
            connector=TCPConnector(ssl=self._tls, force_close=True),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=PATIENCE),
            headers={"User-Agent": "slash-secret doctor"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer | NoAnswer:
        """GET, no redirect followed."""
        return await self._ask("GET", url, headers or {}, None)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer | NoAnswer:
        """POST, no redirect followed."""
        return await self._ask("POST", url, headers, body)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer | NoAnswer:
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                body = await _some(response.content)
                return Answer(response.status, Lines(response.headers.items()), body)
        except (ClientError, OSError, TimeoutError, ValueError) as fault:
            return _silence(fault)

    async def certificate_ends(self, host: str, port: int) -> float | None:
        """When the certificate that is served there ends, Unix seconds; None: nobody can say."""
        try:
            async with asyncio.timeout(PATIENCE), _connected(host, port, self._tls) as found:
                return ssl.cert_time_to_seconds(str(found["notAfter"]))
        except (OSError, ValueError, KeyError, TimeoutError):
            return None


def _silence(fault: Exception) -> NoAnswer:
    match fault:
        case ClientConnectorDNSError():
            return NoAnswer(Silence.NAME)
        case ClientConnectorCertificateError():
            reason = getattr(fault.certificate_error, "verify_message", "")
            return NoAnswer(Silence.TLS, str(reason))
        case ClientConnectorSSLError():
            return NoAnswer(Silence.TLS)
        case TimeoutError():
            return NoAnswer(Silence.LATE)
        case ClientConnectorError():
            return NoAnswer(Silence.REFUSED)
        case _:
            return NoAnswer(Silence.BROKEN)


async def source_towards(host: str, port: int) -> str:
    """The address that a connection to there comes from; empty when there is no way."""
    loop = asyncio.get_running_loop()
    try:
        # A datagram socket that is connected sends nothing, and has its address.
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as probe:
            probe.connect(found[0][4])
            return str(probe.getsockname()[0]).partition("%")[0]
    except (OSError, IndexError):
        return ""


async def _some(content: StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > _READ:
            break
    return bytes(body)


@asynccontextmanager
async def _connected(
    host: str, port: int, tls: ssl.SSLContext
) -> AsyncIterator[Mapping[str, object]]:
    """The certificate at the other end of a connection."""
    _, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=host)
    try:
        yield writer.get_extra_info("peercert") or {}
    finally:
        writer.transport.abort()
