"""Keys that are weak, gone or not the same are found, and so is a bot process that does not run."""

import pytest

from bot.doctor import keyring
from bot.doctor.finding import Level
from storage import keys
from storage.model import DAY
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.bot.doctor.ward import KEY, Ward, the_one
from tests.links import share
from tests.raw import RawStore
from tests.trails import TAG, note

ERROR, WARNING, UNCHECKED = Level.ERROR, Level.WARNING, Level.UNCHECKED
OTHER_KEY = KEY[::-1]


async def test_a_derived_key(ward: Ward) -> None:
    """SECRETS_HMAC_KEY unset: whoever changes the signing secret loses everything."""
    more = {"SECRETS_HMAC_KEY": ""}
    async with ward.running(**more):
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (WARNING, "key source")


@pytest.mark.parametrize(
    "key",
    [
        "0123456789abcdef" * 4,
        bytes(range(32)).hex(),
        b"correct horse battery staple now".hex(),
        bytes(range(0, 96, 3)).hex(),
    ],
)
def test_a_key_that_a_person_made(ward: Ward, key: str) -> None:
    """Patterns and words, also in second place; the finding says nothing of them."""
    for keys_set in (key, f"{KEY},{key}"):
        ring, _ = ward.config(SECRETS_HMAC_KEY=keys_set).key_ring()
        found = keyring.strength(ring)
        assert (found.level, found.name) == (ERROR, "key strength")
        assert key not in str(found)


def test_random_keys_are_believed() -> None:
    """No key of the kind that the docs tell to make is called weak."""
    for _ in range(2000):
        assert keyring.strength(KeyRing([MasterKey.random()])).level is Level.OK


async def test_records_whose_key_is_gone(ward: Ward, store_client: RawStore) -> None:
    """A rotation that went too fast; with the key back, all is well and the rest is told."""
    await share(Vault(store_client, KeyRing([MasterKey(bytes.fromhex(OTHER_KEY))])))
    async with ward.running():
        found = the_one(await ward.examine())
        assert (found.level, found.name) == (ERROR, "key rotation")
        assert await ward.examine(SECRETS_HMAC_KEY=f"{KEY},{OTHER_KEY}") == []


async def test_processes_with_other_keys(ward: Ward) -> None:
    """The web process was started with another key than this environment has."""
    async with ward.running(SECRETS_HMAC_KEY=OTHER_KEY):
        found = await ward.examine()
    assert {(one.level, one.name) for one in found} == {
        (ERROR, "key agreement"),
        (UNCHECKED, "proxies"),
    }


async def test_no_bot_process(ward: Ward, store_client: RawStore) -> None:
    """Entries wait for their seal, and what was due was not looked at."""
    ms = int((await store_client.time())[0]) * 1000
    await note(store_client, 2, at_ms=ms - 2 * 3600 * 1000)
    found = await ward.examine()
    assert [(one.level, one.name) for one in found if one.level is not UNCHECKED] == [
        (ERROR, "audit trail")
    ]
    await store_client.zadd(keys.due(TAG), {"x": ms - DAY * 1000})
    found = await ward.examine()
    assert {(one.level, one.name) for one in found if one.level is not UNCHECKED} == {
        (ERROR, "audit trail"),
        (ERROR, "bot process"),
    }
