"""Secrets to create and reveal, with real ids, proofs and ciphertext, made before anything is timed."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage import envelope
from storage.model import Agent, Content, Kind, Nonce, SecretId
from storage.wire import b64u
from tests.bench.generator import request
from tests.people import ANNA

TEXT_SIZE = 1000  # characters; padded and sealed 1,052 bytes
# What the bare server and ours are sent alike; a browser sends some more.
HEADERS = {
    "Host": "localhost",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br",
    "Sec-Fetch-Site": "same-origin",
}
_JSON = {**HEADERS, "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Pair:
    """How one secret is created and revealed."""

    create: bytes
    reveal: bytes


def pairs(count: int, cookie: str, agent: Agent = ANNA) -> list[Pair]:
    """So many secrets nobody has seen. ``cookie`` holds the session of the agent's browser."""
    session = {**_JSON, "Cookie": f"session={cookie}"}
    return [_pair(session, agent) for _ in range(count)]


def _pair(session: Mapping[str, str], agent: Agent) -> Pair:
    sid = SecretId.new(agent.workspace)
    key, _ = envelope.new_link_key(Kind.SHARE, sid)
    proof = b64u(envelope.link_proof(key, sid).expose())
    blob = envelope.seal(Content(text=secrets.token_hex(TEXT_SIZE // 2)), key, sid)
    made = {
        "id": sid.value,
        "link_proof": proof,
        "blob": b64u(blob),
        "label": "ACME, ticket 4711",
        "lifetime": 86_400,
        "single_use": True,
    }
    opened = {"link_proof": proof, "nonce": b64u(Nonce.random().expose())}
    return Pair(
        request("POST", "/api/secrets", dict(session), json.dumps(made).encode()),
        request(
            "POST", f"/api/secrets/{sid.value}/reveal", _JSON, json.dumps(opened).encode()
        ),
    )  # fmt: skip


def pages(count: int, agent: Agent = ANNA) -> Sequence[bytes]:
    """So many customers who open a link of their own."""
    names = [SecretId.new(agent.workspace).value for _ in range(count)]
    return [request("GET", f"/s/{name}", HEADERS) for name in names]
