"""Links as mail programs, people and attackers leave them: both languages read the same."""

import json
import random
import re
import string
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from storage.envelope import decode_token, encode_token
from storage.errors import DamagedLink, DecodingError
from storage.model import Kind, LinkKey, SecretId, Token, WorkspaceId
from tests.fuzz.dice import garbled, rounds

NODE = Path(__file__).resolve().parents[2] / ".ci" / "node.py"
LETTERS = string.ascii_letters + string.digits + "-_.#%/=+ ~\u00e9\u0660\0\n"
Address = dict[str, str]


def address(dice: random.Random) -> Address:
    """Where a whole link of some kind leads."""
    kind, sid = dice.choice(list(Kind)), SecretId.new(WorkspaceId(f"T{dice.randrange(9)}"))
    token = encode_token(kind, sid, LinkKey(dice.randbytes(32))).expose().decode()
    return {"kind": kind.value, "pathname": f"/{kind.value}/{sid.value}", "hash": f"#{token}"}


def damaged(dice: random.Random) -> Address:
    """The same, and most often something is wrong with it."""
    one, other = address(dice), address(dice)
    match dice.randrange(6):
        case 0:
            return one
        case 1:
            return one | {"hash": other["hash"]}
        case 2:
            return one | {"kind": other["kind"]}
        case 3:
            return one | {"pathname": garbled(dice, one["pathname"], LETTERS)}
        case _:
            return one | {"hash": "#" + garbled(dice, one["hash"][1:], LETTERS)}


def ours(one: Address) -> str | None:
    """K in hexadecimal as Python reads it, None where anything is damaged."""
    # As aiohttp splits a path; the page's name for it is its kind.
    found = re.fullmatch(r"/([src])/([^/]*)", one["pathname"], re.DOTALL)
    if not found or found[1] != one["kind"]:
        return None
    try:
        sid = SecretId(found[2])
        return decode_token(Kind(one["kind"]), sid, Token(one["hash"][1:].encode())).expose().hex()
    except (DamagedLink, DecodingError):
        return None


def theirs(addresses: list[Address]) -> list[str | None]:
    """The same by the pages' own parser."""
    command = [sys.executable, str(NODE), "node", "../../tests/frontend/links.js"]
    told = subprocess.run(
        command, input=json.dumps(addresses).encode(), capture_output=True, check=True
    )
    read: list[str | None] = json.loads(told.stdout)
    return read


def test_both_languages_read_the_same() -> None:
    """What the page would open is what Python made, and neither accepts what the other refuses."""
    batch = 4000
    dice = iter(rounds("fuzz links"))
    whole = broken = 0
    while addresses := [damaged(one) for one, _ in zip(dice, range(batch), strict=False)]:
        read = [ours(one) for one in addresses]
        assert theirs(addresses) == read
        whole += sum(key is not None for key in read)
        broken += sum(key is None for key in read)
    # Both kinds came up, or the agreement would say nothing.
    assert whole > 0 < broken


def test_control_a_parser_without_the_checksum_would_read_more() -> None:
    """The negative control: such damage is not refused for its letters and length alone."""
    dice = random.Random(1)
    mixed = [address(dice) | {"hash": address(dice)["hash"]} for _ in range(20)]
    assert theirs(mixed) == [ours(one) for one in mixed] == [None] * 20
    assert all(re.fullmatch(r"#[\w-]{48}", one["hash"]) for one in mixed)


@given(st.sampled_from(Kind), st.text(max_size=60), st.binary(max_size=60))
def test_no_text_is_an_exception(kind: Kind, sid: str, token: bytes) -> None:
    """Any id and any fragment: refused as damaged, or the one that makes the same token again."""
    try:
        parsed = SecretId(sid)
    except DecodingError:
        parsed = SecretId.new(WorkspaceId("T1"))
    try:
        key = decode_token(kind, parsed, Token(token))
    except DamagedLink:
        return
    assert encode_token(kind, parsed, key).expose() == token
