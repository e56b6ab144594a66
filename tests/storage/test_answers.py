"""Requests' keys and answers against the shared vectors, and what makes them an envelope."""

import json
from typing import Any

import pytest

from storage import answers, envelope
from storage.answers import RequestSeed
from storage.errors import DamagedContent, DamagedLink, DecodingError
from storage.model import Content, Kind, LinkKey, SecretId, Token, WorkspaceId
from tests.vectors import requests

VECTORS: dict[str, Any] = json.loads(requests.FILE.read_text())


def seed_of(vector: dict[str, Any]) -> RequestSeed:
    """K of kind c."""
    return RequestSeed(bytes.fromhex(vector["seed_hex"]))


def test_the_vectors_are_what_the_code_makes() -> None:
    """v1-request.json has not drifted from the protocol in storage, nor the protocol from it."""
    assert requests.vectors() == VECTORS


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=lambda v: v["id"])
def test_keys_tokens_code_and_proofs_follow_the_vectors(vector: dict[str, str]) -> None:
    """Everything that is made of a seed, to the byte."""
    sid, seed = SecretId(vector["id"]), seed_of(vector)
    public_key = answers.public_key_of(seed)
    key = LinkKey(bytes.fromhex(vector["request_key_hex"]))
    assert public_key.hex() == vector["public_key_hex"]
    assert answers.request_key(public_key) == key
    assert answers.read_aloud_code(public_key) == vector["code"]
    request, collect = (Token(vector[n].encode()) for n in ("request_token", "collect_token"))
    assert envelope.decode_token(Kind.REQUEST, sid, request) == key
    assert envelope.decode_token(Kind.COLLECT, sid, collect).expose() == seed.expose()
    assert envelope.submit_proof(key, sid).expose().hex() == vector["submit_proof_hex"]
    assert envelope.link_proof(seed, sid).expose().hex() == vector["link_proof_hex"]


@pytest.mark.parametrize("vector", VECTORS["damaged_links"], ids=lambda v: v["why"])
def test_damaged_links_are_refused(vector: dict[str, str]) -> None:
    """Nor does one of a request's two links pass as the other."""
    with pytest.raises(DamagedLink):
        envelope.decode_token(
            Kind(vector["kind"]), SecretId(vector["id"]), Token(vector["token"].encode())
        )


@pytest.mark.parametrize("vector", VECTORS["answers"], ids=lambda v: v["id"])
def test_answers_open(vector: dict[str, Any]) -> None:
    """Blob to content."""
    blob = bytes.fromhex(vector["blob_hex"])
    content = answers.open_answer(seed_of(vector), SecretId(vector["id"]), blob)
    assert json.loads(envelope.encode_content(content)) == vector["content"]


@pytest.mark.parametrize("vector", VECTORS["damaged_answers"], ids=lambda v: v["why"])
def test_damaged_answers_do_not_open(vector: dict[str, str]) -> None:
    """Altered, moved to another request, or with another seed; and plaintext that is no content."""
    blob = bytes.fromhex(vector["blob_hex"])
    with pytest.raises(DamagedContent):
        answers.open_answer(seed_of(vector), SecretId(vector["id"]), blob)


@pytest.mark.parametrize("vector", VECTORS["foreign_keys"], ids=lambda v: v["why"])
def test_no_other_public_key_fits_a_link(vector: dict[str, str]) -> None:
    """A swapped key has another fingerprint, and another code to read aloud."""
    (first, *_), key = VECTORS["requests"], bytes.fromhex(vector["public_key_hex"])
    assert answers.request_key(key).expose().hex() != first["request_key_hex"]
    assert answers.read_aloud_code(key) != first["code"]


@pytest.mark.parametrize("vector", VECTORS["bad_public_keys"], ids=lambda v: v["why"])
def test_nothing_is_sealed_to_what_is_no_public_key(vector: dict[str, str]) -> None:
    """A fault, not a blob that nobody can open."""
    with pytest.raises(DecodingError):
        answers.seal_answer(
            bytes.fromhex(vector["public_key_hex"]),
            SecretId.new(WorkspaceId("T1")),
            Content(text="hunter2"),
        )


def test_an_answer_with_any_byte_changed_does_not_open() -> None:
    """Not one byte of enc, ciphertext or tag is left out of account."""
    keys = answers.new_request_keys(sid := SecretId.new(WorkspaceId("T1")))
    blob = answers.seal_answer(keys.public_key, sid, Content(text="hunter2"))
    assert len(blob) == 1120 + 256 + 16
    for at in range(len(blob)):
        changed = bytearray(blob)
        changed[at] ^= 1
        with pytest.raises(DamagedContent):
            answers.open_answer(keys.seed, sid, bytes(changed))
    # The control: unchanged, it opens.
    assert answers.open_answer(keys.seed, sid, blob) == Content(text="hunter2")


def test_both_tokens_of_a_request_survive_the_end_of_a_line() -> None:
    """The last characters are letters or digits, the links share the id, and open as their kind."""
    for _ in range(100):
        keys = answers.new_request_keys(sid := SecretId.new(WorkspaceId("T1")))
        for link in (keys.request_link, keys.collect_link):
            assert link.id == sid
            assert link.token.expose()[-1:].isalnum()
        request, collect = (
            envelope.decode_token(link.kind, sid, link.token)
            for link in (keys.request_link, keys.collect_link)
        )
        assert request == answers.request_key(keys.public_key)
        assert collect.expose() == keys.seed.expose()
        assert answers.public_key_of(keys.seed) == keys.public_key


def test_the_size_limit_is_on_the_contents() -> None:
    """65,536 newlines fit; one byte more is refused before it is encrypted."""
    keys = answers.new_request_keys(sid := SecretId.new(WorkspaceId("T1")))
    most = Content(text="\n" * 65_536)
    assert answers.open_answer(keys.seed, sid, answers.seal_answer(keys.public_key, sid, most)) == (
        most
    )
    with pytest.raises(DamagedContent):
        answers.seal_answer(keys.public_key, sid, Content(text="\n" * 65_537))


def test_the_same_answer_twice_is_two_blobs() -> None:
    """Each is sealed under a key of its own."""
    keys = answers.new_request_keys(sid := SecretId.new(WorkspaceId("T1")))
    content = Content(text="hunter2")
    assert len({answers.seal_answer(keys.public_key, sid, content)[:32] for _ in range(50)}) == 50


def test_new_keys_cannot_be_printed() -> None:
    """Neither the seed nor a token, nor the public key, which the store keeps sealed."""
    keys = answers.new_request_keys(SecretId.new(WorkspaceId("T1")))
    shown = repr(keys)
    assert "hidden" in shown
    assert repr(keys.public_key) not in shown
    assert keys.seed.expose().hex() not in shown
    assert keys.collect_link.token.expose().decode() not in shown
