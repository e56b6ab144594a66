"""A store that went back, and a trail whose seal lags behind, are found, and nothing else is."""

from pathlib import Path

import pytest

from bot.doctor.finding import Finding, Level
from storage import keys
from storage.anchors import Anchors
from storage.guard import Guard
from storage.model import HOUR, tag_of
from storage.outcomes import Burned
from storage.vault import Vault
from tests.bot.doctor.ward import Ward, the_one
from tests.links import share
from tests.people import ANNA
from tests.raw import RawStore
from tests.trails import note, sealer

ERROR, WARNING, UNCHECKED = Level.ERROR, Level.WARNING, Level.UNCHECKED


async def checked(ward: Ward) -> list[Finding]:
    """What it finds while nothing runs, save what needs a process."""
    return [one for one in await ward.examine() if one.level is not UNCHECKED]


async def burned(ward: Ward, redis: RawStore) -> Guard:
    """A machine that has noted a burn in its DATA_DIR."""
    ring, _ = ward.config().key_ring()
    guard = Guard(redis, ring, Path(ward.environ["DATA_DIR"]), 0)
    vault = Vault(redis, ring, watch=guard)
    holder = await share(vault)
    assert isinstance(await vault.burn(ANNA, holder.id), Burned)
    return guard


async def test_a_store_that_went_back(ward: Ward, store_client: RawStore) -> None:
    """Before a process has acted on it, it is an error; then a warning, until it is accepted."""
    guard = await burned(ward, store_client)
    assert await checked(ward) == []
    generation = keys.generation(tag_of(ANNA.workspace))
    await store_client.delete(generation)
    (found,) = await checked(ward)
    assert (found.level, found.name) == (ERROR, "restore")
    # The look itself has changed nothing.
    assert not await store_client.exists(generation)
    await guard.look()
    (found,) = await checked(ward)
    assert (found.level, found.name) == (WARNING, "restore")
    assert "held back" in found.found
    assert "--accept-restore" in found.remedy
    async with ward.running():
        assert the_one(await ward.examine()).name == "restore"
    await guard.accept_restore()
    assert await checked(ward) == []


async def test_a_store_with_another_history(ward: Ward, store_client: RawStore) -> None:
    """As far as it was noted, and on another way: its mark tells."""
    await burned(ward, store_client)
    generation = keys.generation(tag_of(ANNA.workspace))
    number = (await store_client.hget(generation, "number")).decode()
    await store_client.hset(generation, number, f"{number}:other")
    (found,) = await checked(ward)
    assert (found.level, found.name) == (ERROR, "restore")


@pytest.mark.parametrize(("minutes", "level"), [(10, WARNING), (70, ERROR)])
async def test_a_seal_that_lags_behind_the_stream(
    ward: Ward, store_client: RawStore, tmp_path: Path, minutes: int, level: Level
) -> None:
    """There is a checkpoint, and an entry after it waits: a warning, and an error after an hour."""
    ring, _ = ward.config().key_ring()
    now = int((await store_client.time())[0]) * 1000
    await note(store_client, 1, at_ms=now - 3 * HOUR * 1000)
    assert await sealer(store_client, ring, Anchors(tmp_path)).seal() == 1
    assert await checked(ward) == []
    await note(store_client, 1, at_ms=now - minutes * 60_000)
    (found,) = await checked(ward)
    assert (found.level, found.name) == (level, "audit trail")
    assert "sealed" in found.found
