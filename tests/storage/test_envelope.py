"""The envelope against the shared vectors, and the properties that make it one."""

import json
import pickle
import secrets
import string
from typing import Any

import pytest

from storage import envelope
from storage.errors import DamagedContent, DamagedLink, DecodingError
from storage.model import Argon2, Content, Kind, LinkKey, Passphrase, SecretId, Token, WorkspaceId
from storage.wire import b64u, unb64u
from tests.numbers import n
from tests.vectors import make

VECTORS: dict[str, Any] = json.loads(make.FILE.read_text())


def test_the_vectors_are_what_the_code_makes() -> None:
    """v1.json has not drifted from the protocol in storage, nor the protocol from it."""
    assert make.vectors() == VECTORS


@pytest.mark.parametrize("vector", VECTORS["links"], ids=lambda v: v["id"])
def test_links_and_keys_follow_the_vectors(vector: dict[str, str]) -> None:
    """Token, checksum and every derived value, to the byte."""
    sid, key = SecretId(vector["id"]), LinkKey(bytes.fromhex(vector["key_hex"]))
    kind = Kind(vector["kind"])
    assert envelope.decode_token(kind, sid, Token(vector["token"].encode())) == key
    assert envelope.link_proof(key, sid).expose().hex() == vector["link_proof_hex"]
    assert envelope.content_key(key, sid).hex() == vector["content_key_hex"]
    assert envelope.passphrase_salt(key, sid).hex() == vector["passphrase_salt_hex"]
    assert envelope.submit_proof(key, sid).expose().hex() == vector["submit_proof_hex"]


@pytest.mark.parametrize("vector", VECTORS["damaged_links"], ids=lambda v: v["why"])
def test_damaged_links_are_refused(vector: dict[str, str]) -> None:
    """Nothing is sent to the server for any of these."""
    with pytest.raises(DamagedLink):
        envelope.decode_token(
            Kind(vector["kind"]), SecretId(vector["id"]), Token(vector["token"].encode())
        )


@pytest.mark.parametrize("vector", VECTORS["contents"], ids=lambda v: v["blob_hex"][:8])
def test_contents_open(vector: dict[str, Any]) -> None:
    """Blob to content and back."""
    sid, key = SecretId(vector["id"]), LinkKey(bytes.fromhex(vector["key_hex"]))
    content = envelope.unseal(bytes.fromhex(vector["blob_hex"]), key, sid)
    assert json.loads(envelope.encode_content(content)) == vector["content"]


@pytest.mark.parametrize("vector", VECTORS["damaged_blobs"], ids=lambda v: v["why"])
def test_damaged_blobs_do_not_open(vector: dict[str, str]) -> None:
    """Altered ciphertext, and plaintext that is not content version 1."""
    sid, key = SecretId(vector["id"]), LinkKey(bytes.fromhex(vector["key_hex"]))
    with pytest.raises(DamagedContent):
        envelope.unseal(bytes.fromhex(vector["blob_hex"]), key, sid)


@pytest.mark.parametrize("vector", VECTORS["passphrases"], ids=lambda v: v["id"])
def test_c4_passphrases_follow_the_vectors(vector: dict[str, Any]) -> None:
    """C4: normalisation, Argon2id and what follows from it; D4: nothing opens without it."""
    sid, key = SecretId(vector["id"]), LinkKey(bytes.fromhex(vector["key_hex"]))
    passphrase = Passphrase.of(vector["passphrase"])
    assert passphrase.expose().hex() == vector["normalised_hex"]
    cost = Argon2(vector["m"], vector["t"], vector["p"])
    stretched = envelope.stretch(passphrase, key, sid, cost)
    assert stretched.expose().hex() == vector["stretched_hex"]
    blob = bytes.fromhex(vector["blob_hex"])
    content = envelope.unseal(blob, key, sid, stretched=stretched)
    assert json.loads(envelope.encode_content(content)) == vector["content"]
    for wrong in (None, envelope.Stretched(bytes(32))):
        with pytest.raises(DamagedContent):
            envelope.unseal(blob, key, sid, stretched=wrong)


@pytest.mark.parametrize("bad", VECTORS["bad_passphrases"])
def test_passphrases_of_nothing_and_endless_ones_are_refused(bad: str) -> None:
    """White space only, and more than 256 characters."""
    with pytest.raises(DecodingError):
        Passphrase.of(bad)


@pytest.mark.parametrize("good", VECTORS["base64url"]["good"])
def test_base64url_vectors(good: list[str]) -> None:
    """Good texts decode to their bytes."""
    assert unb64u(good[1]) == bytes.fromhex(good[0])


@pytest.mark.parametrize("bad", VECTORS["base64url"]["bad"])
def test_base64url_refusals(bad: str) -> None:
    """Padding, white space, other alphabets and non-canonical bits."""
    with pytest.raises(DecodingError):
        unb64u(bad)


def test_c5_every_info_is_distinct_and_every_value_hangs_on_the_id() -> None:
    """C5: no derived value equals another, and a changed id changes them all."""
    infos = [value for name, value in vars(envelope).items() if isinstance(value, bytes)]
    assert len(infos) == len(set(infos)) == 6
    key = LinkKey.random()

    def values(sid: SecretId) -> set[bytes]:
        return {
            envelope.link_proof(key, sid).expose(),
            envelope.submit_proof(key, sid).expose(),
            envelope.content_key(key, sid),
            envelope.passphrase_salt(key, sid),
        }

    one, other = (values(SecretId.new(WorkspaceId("T1"))) for _ in range(2))
    assert len(one | other) == 8


def test_c6_edited_links_are_refused_before_any_request() -> None:
    """C6: of random one-character edits and truncations, path's id included, 99.9 % are caught."""
    runs = n("C6", everyday=1000, full=20_000)
    alphabet = string.ascii_letters + string.digits + "-_"
    missed = 0
    for _ in range(runs):
        sid = SecretId.new(WorkspaceId("T1"))
        _, token = envelope.new_link_key(Kind.SHARE, sid)
        link = sid.value + "#" + token.expose().decode()
        at = secrets.randbelow(len(link))
        edit = secrets.choice([link[:at], link[:at] + secrets.choice(alphabet) + link[at + 1 :]])
        if edit == link:
            continue
        path, _, fragment = edit.partition("#")
        try:
            envelope.decode_token(Kind.SHARE, SecretId(path), Token(fragment.encode()))
            missed += 1
        except DecodingError:
            continue
    assert missed <= runs / 1000


def test_no_token_ends_where_a_mail_client_would_cut_it() -> None:
    """The last character is a letter or a digit."""
    sid = SecretId.new(WorkspaceId("T1"))
    for _ in range(500):
        _, token = envelope.new_link_key(Kind.SHARE, sid)
        text = token.expose().decode()
        assert len(text) == 48
        assert text[-1].isalnum()


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 257, 5000])
def test_padding_hides_the_length(size: int) -> None:
    """Every padded length is a multiple of 256 and at least one byte longer."""
    padded = envelope.pad(b"x" * size)
    assert len(padded) % 256 == 0
    assert len(padded) > size
    assert envelope.unpad(padded) == b"x" * size


def test_the_size_limit_is_on_the_contents() -> None:
    """65,536 newlines fit although JSON writes two bytes for each; one byte more does not."""
    sid, key = SecretId.new(WorkspaceId("T1")), LinkKey.random()
    most = Content(text="\n" * 65_536)
    assert envelope.unseal(envelope.seal(most, key, sid), key, sid) == most
    with pytest.raises(DamagedContent):
        envelope.seal(Content(text="\n" * 65_537), key, sid)


def test_keys_cannot_be_printed_pickled_or_compared_by_accident() -> None:
    """A key in a log line or a traceback would be the end of the promise."""
    key = LinkKey(b"k" * 32)
    sid = SecretId.new(WorkspaceId("T1"))
    assert "k" * 8 not in repr(key) + str(key) + f"{key}"
    assert sid.value not in repr(sid) + str(sid) + f"{sid}"
    assert repr(Content(text="hunter2")) == "Content(hidden)"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(DecodingError):
        SecretId(b64u(b"too short"))
