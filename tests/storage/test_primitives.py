"""C4: HKDF, AES-GCM and HPKE with X-Wing against the vectors of their standards."""

from dataclasses import replace

import pytest

from storage.primitives import IV_SIZE, PUBLIC_KEY_SIZE, Box, XWing, hkdf, hpke_seal
from tests.vectors import hpke
from tests.vectors.published import (
    Answer,
    Derivation,
    KeyPair,
    Message,
    Vectors,
    encapsulations,
    falsified,
    published,
    schedules,
)


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


def generates(case: KeyPair) -> bool:
    """Whether the seed gives the public key that is published."""
    return XWing(case.seed).public_key == case.public_key


def opens(case: Answer) -> bool:
    """Whether we open, or refuse, what was sealed under a published encapsulation."""
    return XWing(case.seed).open(case.sealed, case.info) == case.plaintext


def seals(case: Answer, expected: Answer) -> bool:
    """Whether what we seal is, under its own random encapsulation, what the texts make of it."""
    assert case.plaintext is not None
    assert expected.plaintext is not None
    sealed = hpke_seal(case.public_key, case.plaintext, case.info)
    assert sealed is not None
    shared = hpke.decapsulate(expected.seed, sealed[: hpke.ENC_SIZE])
    return sealed[hpke.ENC_SIZE :] == hpke.seal(shared, expected.info, expected.plaintext)


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


def test_c4_what_judges_hpke_is_right_by_the_published_vectors() -> None:
    """RFC 9180's key schedules and the working group's; X-Wing's shared secrets."""
    assert len(schedules()) == 8
    assert sum(case.suite.kem == hpke.XWING for case in schedules()) == 1
    for case in schedules():
        derived = case.suite.schedule(case.shared_secret, case.info)
        assert derived == (case.key, case.base_nonce)
        other = replace(case.suite, kem=case.suite.kem ^ 1)
        assert other.schedule(case.shared_secret, case.info) != derived
    assert len(encapsulations()) == 2
    for one in encapsulations():
        assert hpke.decapsulate(one.seed, one.enc) == one.shared_secret


def test_c4_hpke_with_x_wing_holds(vectors: Vectors) -> None:
    """C4: keys from seeds; what was sealed under published encapsulations opens; what we seal."""
    assert len(vectors.x_wing) == 2
    assert len(vectors.hpke_seal) == 4
    assert len(vectors.hpke_open) == 36
    assert [case for case in vectors.x_wing if not generates(case)] == []
    assert [case for case in vectors.hpke_open if not opens(case)] == []
    assert [case for case in vectors.hpke_seal if not seals(case, case)] == []


def test_c4_control_one_flipped_bit_and_no_hpke_vector_holds(vectors: Vectors) -> None:
    """A check that passes anything would pass these too."""
    false = falsified(vectors)
    assert len(false.x_wing) == 4
    assert len(false.hpke_open) == 54
    assert [case for case in false.x_wing if generates(case)] == []
    assert [case for case in false.hpke_open if opens(case)] == []
    for case in vectors.hpke_seal:
        others = {"seed": bytes(32), "info": b"another", "plaintext": b"another"}
        for name, value in others.items():
            assert not seals(case, replace(case, **{name: value})), name


@pytest.mark.parametrize("size", [0, 1, 1119, 1120, 1135])
def test_what_is_too_short_for_hpke_does_not_open(size: int) -> None:
    """Neither an encapsulation nor a tag is completed."""
    assert XWing(bytes(32)).open(bytes(size), b"") is None


def test_no_public_key_no_sealing() -> None:
    """Another length, a coefficient outside ML-KEM's field, a point of low order."""
    good = XWing(bytes(32)).public_key
    assert len(good) == PUBLIC_KEY_SIZE
    assert hpke_seal(good, b"x", b"")
    bad = (b"", good[:-1], good + b"\x00", b"\xff\xff" + good[2:], good[:-32] + bytes(32))
    assert [hpke_seal(key, b"x", b"") for key in bad] == [None] * len(bad)


@pytest.mark.parametrize("size", [0, 1, 11, 12, 27])
def test_what_is_too_short_does_not_open(size: int) -> None:
    """Neither an iv nor a tag is completed."""
    assert Box(bytes(32)).open(bytes(size), b"") is None


def test_ivs_are_made_anew() -> None:
    """The same text twice under one key is two ivs: one used twice would give the key away."""
    box = Box(bytes(32))
    assert len({box.seal(b"x", b"")[:IV_SIZE] for _ in range(1000)}) == 1000
