"""The two ways to the service: the vault as a bot process has it, and HTTP as a browser has it.

Each answers in the same words, so that one history holds both.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from storage.composer import Lock
from storage.envelope import COST
from storage.errors import NoRoom, StoreError
from storage.model import Agent, Nonce, Proof, Reader
from storage.outcomes import (
    Acknowledged,
    Burned,
    Composed,
    Full,
    Gone,
    Opened,
    Submitted,
    Unavailable,
    Waiting,
    WrongPassphrase,
)
from storage.tickets import Session
from storage.vault import Vault
from storage.wire import b64u, unb64u
from tests.faults.history import Answer, Reply, Subject
from tests.links import HOUR
from tests.site import OWN_PAGE

PATIENCE = 8.0
UNKNOWN = Reply(Answer.UNKNOWN)
_READER = Reader("203.0.113.7", "Firefox")
_ARGON2 = {"name": "argon2id", "m": COST.m, "t": COST.t, "p": COST.p}


class Door(Protocol):
    """A way in. Nothing is tried twice."""

    async def create(self, subject: Subject, session: Session, cookie: str) -> Reply:
        """Store what a composer's page has encrypted."""

    async def submit(self, subject: Subject, nonce: Nonce) -> Reply:
        """Send a request's answer."""

    async def open(self, subject: Subject, nonce: Nonce, guess: Proof | None) -> Reply:
        """Click."""

    async def ack(self, subject: Subject, nonce: Nonce) -> Reply:
        """Say that it was decrypted."""


class VaultDoor:
    """In this process, on its own connections to the store."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    async def create(self, subject: Subject, session: Session, cookie: str) -> Reply:
        """Store what a composer's page has encrypted."""
        del cookie
        try:
            return _said(
                await self.vault.create(
                    session,
                    subject.id,
                    link_proof=subject.link,
                    lock=Lock(subject.guess, COST) if subject.guess else None,
                    blob=subject.blob,
                    label="ACME, ticket 4711",
                    lifetime=HOUR,
                    single_use=subject.single_use,
                )
            )
        except StoreError as error:
            return _no_answer(error)

    async def submit(self, subject: Subject, nonce: Nonce) -> Reply:
        """Send a request's answer."""
        assert subject.submit
        try:
            return _said(
                await self.vault.submit(subject.id, subject.submit, nonce, subject.blob, _READER)
            )
        except StoreError as error:
            return _no_answer(error)

    async def open(self, subject: Subject, nonce: Nonce, guess: Proof | None) -> Reply:
        """Click."""
        try:
            return _said(
                await self.vault.open(
                    subject.id, subject.link, nonce, _READER, guess, subject.collector
                )
            )
        except StoreError as error:
            return _no_answer(error)

    async def ack(self, subject: Subject, nonce: Nonce) -> Reply:
        """Say that it was decrypted."""
        try:
            return _said(await self.vault.ack(subject.id, subject.link, nonce))
        except StoreError as error:
            return _no_answer(error)

    async def burn(self, agent: Agent, subject: Subject) -> Reply:
        """Destroy it, as its creator."""
        try:
            return _said(await self.vault.burn(agent, subject.id))
        except StoreError as error:
            return _no_answer(error)


def _no_answer(error: StoreError) -> Reply:
    return Reply(Answer.REFUSED, "no_room") if isinstance(error, NoRoom) else UNKNOWN


_REASONS: dict[type, str] = {
    WrongPassphrase: "wrong_passphrase",
    Unavailable: "unavailable",
    Full: "no_room",
    Waiting: "waiting",
}


def _said(outcome: object) -> Reply:
    match outcome:
        case Opened(blob):
            return Reply(Answer.DONE, blob=blob)
        case Composed() | Submitted() | Acknowledged() | Burned():
            return Reply(Answer.DONE)
        case Gone(reason):
            return Reply(Answer.REFUSED, reason.value)
        case other:
            kind = type(other)
            return Reply(Answer.REFUSED, _REASONS.get(kind, kind.__name__))


class HttpDoor:
    """A web process, as a browser reaches it."""

    def __init__(self, url: str, client: ClientSession) -> None:
        self.url = url
        self._client = client

    async def create(self, subject: Subject, session: Session, cookie: str) -> Reply:
        """Store what a composer's page has encrypted."""
        del session
        body: dict[str, object] = {
            "id": subject.id.value,
            "link_proof": b64u(subject.link.expose()),
            "blob": b64u(subject.blob),
            "label": "ACME, ticket 4711",
            "lifetime": HOUR.seconds,
            "single_use": subject.single_use,
        }
        if subject.guess:
            body |= {"passphrase_proof": b64u(subject.guess.expose()), "passphrase": _ARGON2}
        return await self._ask("/api/secrets", body, cookie)

    async def submit(self, subject: Subject, nonce: Nonce) -> Reply:
        """Send a request's answer."""
        assert subject.submit
        body: dict[str, object] = {
            "submit_proof": b64u(subject.submit.expose()),
            "nonce": b64u(nonce.expose()),
            "blob": b64u(subject.blob),
        }
        return await self._ask(f"/api/requests/{subject.id.value}/submit", body, "")

    async def open(self, subject: Subject, nonce: Nonce, guess: Proof | None) -> Reply:
        """Click."""
        body = _proven(subject, nonce)
        if guess:
            body["passphrase_proof"] = b64u(guess.expose())
        return await self._ask(f"/api/secrets/{subject.id.value}/reveal", body, subject.cookie)

    async def ack(self, subject: Subject, nonce: Nonce) -> Reply:
        """Say that it was decrypted."""
        return await self._ask(
            f"/api/secrets/{subject.id.value}/ack", _proven(subject, nonce), subject.cookie
        )

    async def _ask(self, path: str, body: dict[str, object], cookie: str) -> Reply:
        headers = {**OWN_PAGE, **({"Cookie": f"session={cookie}"} if cookie else {})}
        try:
            ok, told = await self._post(path, body, headers)
        except (ClientError, TimeoutError, OSError):
            return UNKNOWN
        if ok:
            return Reply(Answer.DONE, blob=unb64u(told["blob"]) if "blob" in told else b"")
        error = told["error"]
        if error["code"] == "try_again":
            return UNKNOWN
        return Reply(Answer.REFUSED, error.get("reason", error["code"]))

    async def _post(
        self, path: str, body: dict[str, object], headers: dict[str, str]
    ) -> tuple[bool, Any]:
        async with self._client.post(
            self.url + path, json=body, headers=headers, timeout=ClientTimeout(PATIENCE)
        ) as answer:
            return answer.ok, await answer.json()


class ProxyDoor(HttpDoor):
    """Several web processes behind a proxy: each gets a request in turn.

    One that refuses the connection is passed over, since nothing was sent to it. Nothing else is
    tried again: a proxy must not send a reveal twice.
    """

    def __init__(self, urls: Sequence[str], client: ClientSession) -> None:
        super().__init__(urls[0], client)
        self._urls = deque(urls)

    async def _post(
        self, path: str, body: dict[str, object], headers: dict[str, str]
    ) -> tuple[bool, Any]:
        self._urls.rotate()
        *others, last = self._urls
        for self.url in others:
            try:
                return await super()._post(path, body, headers)
            except ClientConnectorError:
                continue
        self.url = last
        return await super()._post(path, body, headers)


def _proven(subject: Subject, nonce: Nonce) -> dict[str, object]:
    return {"link_proof": b64u(subject.link.expose()), "nonce": b64u(nonce.expose())}
