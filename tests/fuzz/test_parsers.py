"""Everything that reads bytes or text from outside: a value, or its own refusal; no other exception."""

import json
import random
from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from storage import settings
from storage.answers import RequestSeed, open_answer
from storage.envelope import decode_content, encode_content
from storage.errors import DamagedContent, DecodingError, IntegrityError, KeyMissing, SettingsError
from storage.model import CollectBy, Content, Lifetime, SecretId, TextFile, WorkspaceId
from storage.seal import KeyRing, MasterKey, SealedRecord, open_blob, open_reader, open_record
from storage.wire import join, split
from tests.fuzz.dice import bent, garbled, rounds
from web.client_ip import ClientAddress

HEADER_LETTERS = '0123456789abcdef.:,[]% \t"=;_-\u00e9\u0660for'
SID = SecretId.new(WorkspaceId("T0001"))
RING = KeyRing([MasterKey.random()])
_texts = st.text(max_size=40)
_contents = st.builds(
    Content, text=_texts, file=st.none() | st.builds(TextFile, _texts, _texts)
) | st.builds(Content, fields=st.lists(st.tuples(_texts, _texts), max_size=4).map(tuple))


@given(_contents)
def test_contents_come_back_as_they_were(content: Content) -> None:
    """What is encoded is read as the same."""
    assert decode_content(encode_content(content)) == content


@given(st.binary(max_size=300))
def test_no_plaintext_is_an_exception(data: bytes) -> None:
    """Bytes that are no content are refused as damaged."""
    with suppress(DamagedContent):
        decode_content(data)


def test_no_json_is_an_exception() -> None:
    """Contents with parts missing, mistyped, doubled or foreign: refused, or read as what they say."""
    sound = [
        {"v": 1, "text": "hunter2", "file": {"name": "a.txt", "text": "b"}},
        {"v": 1, "fields": [{"name": "Username", "value": "a"}, {"name": "P", "value": "b"}]},
    ]
    for dice in rounds("fuzz JSON", full=100):
        raw = json.dumps(bent(dice, dice.choice(sound)))
        if dice.random() < 0.3:
            raw = garbled(dice, raw, '{}[]",:\\u0d8n1e9 \x00')
        with suppress(DamagedContent):
            read = decode_content(raw.encode("utf-8", "surrogatepass"))
            assert decode_content(encode_content(read)) == read


@given(st.binary(max_size=400))
def test_one_reading_of_fields_or_none(data: bytes) -> None:
    """Length-prefixed fields: what is read joins to the same bytes."""
    with suppress(DecodingError):
        assert join(split(data)) == data


@given(st.lists(st.binary(max_size=40), min_size=18, max_size=22), st.binary(max_size=40))
def test_no_record_is_an_exception(fields: list[bytes], mac: bytes) -> None:
    """Whatever stands in the store: a record of this server's making, or not to be believed."""
    for part in (join(fields), join(fields)[:-1], b"".join(fields)):
        with suppress(IntegrityError, KeyMissing):
            open_record(RING, SID, SealedRecord(part, mac, RING.current.name))


@given(st.binary(max_size=120))
def test_no_sealed_bytes_are_an_exception(data: bytes) -> None:
    """A blob, a reader and an answer that nobody sealed."""
    with suppress(IntegrityError):
        open_blob(RING.current, SID, b"m" * 32, data)
    with suppress(IntegrityError):
        open_reader(RING, SID, data)
    with suppress(DamagedContent):
        open_answer(RequestSeed(b"s" * 32), SID, data)


@given(st.text(max_size=80))
def test_words_of_the_store(text: str) -> None:
    """Who may collect: exactly the words that are written, or refused."""
    with suppress(DecodingError):
        assert str(CollectBy.of(text)) == text


@given(st.integers())
def test_lifetimes(seconds: int) -> None:
    """An hour to thirty days, or refused."""
    with suppress(DecodingError):
        assert 3600 <= Lifetime(seconds).seconds <= 30 * 86_400


_NAMES = sorted(name.upper() for name in settings.Settings.model_fields)


@pytest.mark.parametrize("name", _NAMES)
@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_no_setting_is_an_exception(name: str, value: str) -> None:
    """Every variable, with any text: a setting, or refused as one."""
    with suppress(SettingsError):
        settings.load({name: value})


def test_no_header_is_an_exception() -> None:
    """Forwarded headers garbled at random: what comes out is an address in its one form."""
    addresses = ClientAddress(
        [*settings.load({"TRUSTED_PROXIES": "10.0.0.0/8,::1"}).trusted_proxies]
    )
    sound = [
        "203.0.113.7, 10.0.0.2",
        "[2001:db8::1]:443, ::ffff:10.0.0.1",
        '"198.51.100.1"',
        "unknown",
    ]
    for dice in rounds("fuzz headers"):
        text = garbled(dice, dice.choice(sound), HEADER_LETTERS)
        name = dice.choice(["X-Forwarded-For", "CF-Connecting-IP", "Forwarded"])
        found = addresses.of(ip_address("10.0.0.9"), CIMultiDict([(name, text)]))
        assert str(ip_address(found)) == found


def test_control_the_fuzzers_reach_what_they_damage() -> None:
    """The negative control: damage leaves enough in its place that parsers go on."""
    dice = random.Random(7)
    values = [bent(dice, {"v": 1, "text": "x"}) for _ in range(200)]
    assert sum(isinstance(one, dict) and one.get("v") == 1 for one in values) > 20
    with pytest.raises(ZeroDivisionError), suppress(DecodingError):
        _ = 1 / 0
