"""base64url and length prefixes, as docs/protocol.md defines them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import DecodingError
from storage.wire import b64u, join, split, unb64u


@given(st.binary(max_size=300))
def test_base64url_gives_back_what_it_was_given(data: bytes) -> None:
    """Encoding is reversible and has no padding."""
    assert unb64u(b64u(data)) == data
    assert "=" not in b64u(data)


@given(st.text(alphabet="ABab01-_+/= \n", max_size=12))
def test_every_value_has_one_text(text: str) -> None:
    """What decodes at all encodes to the very same text: an altered link can't pass."""
    try:
        data = unb64u(text)
    except DecodingError:
        return
    assert b64u(data) == text


@pytest.mark.parametrize(
    "text",
    ["A", "AAAAA", "AA==", "AA=", "AB", "AAB", "++++", "AA//", "AA AA", "AAAA\n", "é", "\ud800"],
)
def test_what_is_not_base64url_is_refused(text: str) -> None:
    """A length that none has, padding, the other alphabet, white space, trailing bits, other letters."""
    with pytest.raises(DecodingError):
        unb64u(text)


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_fields_have_one_reading(fields: list[bytes]) -> None:
    """Joined fields split into the same fields."""
    assert split(join(fields)) == fields


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\5abc", b"\0\0\0\1ab", b"\xff\xff\xff\xff"])
def test_lengths_that_do_not_add_up_are_refused(data: bytes) -> None:
    """A length that points past the end, or bytes left over."""
    with pytest.raises(DecodingError):
        split(data)
