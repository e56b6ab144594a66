"""What the holder of a request's own link may do: look, answer, take it back."""

import msgspec
from aiohttp import web

from storage.outcomes import RequestLook, Submitted, Unavailable, Withdrawn
from storage.wire import b64u
from web.api import VAULT, body_of, bytes_of, id_of, nonce_of, proof_of, refused
from web.client import READER
from web.errors import answer


class ProofBody(msgspec.Struct):
    """Body of ``status``, ``withdraw`` and ``unexpected``."""

    submit_proof: str


class SubmitBody(msgspec.Struct):
    """Body of ``submit``."""

    submit_proof: str
    nonce: str
    blob: str


async def status(request: web.Request) -> web.Response:
    """The form, or the receipt: as long as history lasts."""
    body = await body_of(request, ProofBody)
    proof = proof_of(body.submit_proof)
    match await request.app[VAULT].request_status(id_of(request), proof):
        case RequestLook(record, state, received, collected, language):
            return answer(
                {
                    "state": state.value,
                    "public_key": b64u(record.public_key),
                    "what": record.what,
                    "fields": record.fields,
                    "expires_at": record.expires,
                    "received_at": received,
                    "collected_at": collected,
                    "workspace": record.workspace_name,
                    "agent": record.agent_name,
                    "language": language,
                }
            )
        case Unavailable() as refusal:
            return refused(refusal)


async def submit(request: web.Request) -> web.Response:
    """The customer's answer, sealed for whoever asked."""
    body = await body_of(request, SubmitBody)
    proof, nonce, blob = proof_of(body.submit_proof), nonce_of(body.nonce), bytes_of(body.blob)
    reader = request[READER]
    match await request.app[VAULT].submit(id_of(request), proof, nonce, blob, reader):
        case Submitted():
            return answer({}, 201)
        case refusal:
            return refused(refusal)


async def withdraw(request: web.Request) -> web.Response:
    """The customer takes the answer back, or gives none."""
    body = await body_of(request, ProofBody)
    proof = proof_of(body.submit_proof)
    match await request.app[VAULT].withdraw(id_of(request), proof, request[READER]):
        case Withdrawn():
            return answer({})
        case refusal:
            return refused(refusal)


async def unexpected(request: web.Request) -> web.Response:
    """The customer did not expect to be asked."""
    body = await body_of(request, ProofBody)
    proof = proof_of(body.submit_proof)
    match await request.app[VAULT].unexpected(id_of(request), proof, request[READER]):
        case Withdrawn():
            return answer({})
        case refusal:
            return refused(refusal)
