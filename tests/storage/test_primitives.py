"""C4: HKDF and AES-GCM against the vectors of their standards."""

import pytest

from storage.primitives import IV_SIZE, Box, hkdf
from tests.vectors.published import Derivation, Message, Vectors, falsified, published


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Parsed once: the files have 16,000 cases."""
    return published()


def derives(case: Derivation) -> bool:
    """Whether we derive what is published."""
    return hkdf(case.ikm, salt=case.salt, info=case.info, length=len(case.okm)) == case.okm


def encrypts(case: Message) -> bool:
    """Whether we seal to what is published."""
    assert case.plaintext is not None
    iv = case.sealed[:IV_SIZE]
    return Box(case.key).seal(case.plaintext, case.aad, iv=iv) == case.sealed


def decrypts(case: Message) -> bool:
    """Whether we open, or refuse, what is published."""
    return Box(case.key).open(case.sealed, case.aad) == case.plaintext


def test_c4_the_published_vectors_hold(vectors: Vectors) -> None:
    """C4: RFC 5869's cases; NIST's with 96-bit ivs, both ways, and those that must not open."""
    assert len(vectors.hkdf) == 4
    assert len(vectors.encrypt) == len(vectors.decrypt) == 375
    assert sum(case.plaintext is None for case in vectors.decrypt) == 191
    assert [case for case in vectors.hkdf if not derives(case)] == []
    assert [case for case in vectors.encrypt if not encrypts(case)] == []
    assert [case for case in vectors.decrypt if not decrypts(case)] == []


def test_c4_control_one_flipped_bit_and_no_vector_holds(vectors: Vectors) -> None:
    """A check that passes anything would pass these too."""
    false = falsified(vectors)
    assert len(false.hkdf) == 8
    assert len(false.encrypt) == 750
    assert len(false.decrypt) == 890
    assert [case for case in false.hkdf if derives(case)] == []
    assert [case for case in false.encrypt if encrypts(case)] == []
    assert [case for case in false.decrypt if decrypts(case)] == []


@pytest.mark.parametrize("size", [0, 1, 11, 12, 27])
def test_what_is_too_short_does_not_open(size: int) -> None:
    """Neither an iv nor a tag is completed."""
    assert Box(bytes(32)).open(bytes(size), b"") is None


def test_ivs_are_made_anew() -> None:
    """The same text twice under one key is two ivs: one used twice would give the key away."""
    box = Box(bytes(32))
    assert len({box.seal(b"x", b"")[:IV_SIZE] for _ in range(1000)}) == 1000
