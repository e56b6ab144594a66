"""A5: what a promoted replica never heard of was never handed out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storage import durable
from storage.durable import NOTHING, Wait
from storage.errors import NotDurable, StoreUnavailable
from storage.model import Event, Nonce, State
from storage.outcomes import AlreadyEnded, Burned, Gone, Opened
from storage.seal import KeyRing
from storage.vault import Vault
from tests.links import Holder, reveal, share
from tests.meddling import shorten_window
from tests.numbers import n
from tests.people import ANNA
from tests.replicas import Group, group

SECRETS = 2
WINDOW_MS = 1500


async def _asked(vault: Vault, holder: Holder, nonce: Nonce | None = None) -> object:
    try:
        return await reveal(vault, holder, nonce)
    except StoreUnavailable as error:
        return error


async def _promoted(
    found: Group, ring: KeyRing, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> tuple[Vault, list[Holder], int]:
    """Reveal while the last replica hears nothing, then let it take the primary's place.

    Gives the vault there, the secrets, and how many were handed out before.
    """
    vault = Vault(found.client, ring, wait=wait)
    shorten_window(vault, WINDOW_MS)
    monkeypatch.setattr(durable, "REPLICAS_MS", 4000)  # a busy machine makes no difference
    holders = [await share(vault) for _ in range(SECRETS)]
    async with asyncio.timeout(10):  # without a wait, the replica may still be on its way
        while await found.replicas[-1].client.dbsize() < await found.primary.client.dbsize():
            await asyncio.sleep(0.02)
    found.relays[-1].freeze()
    monkeypatch.setattr(durable, "REPLICAS_MS", 200)
    nonce = Nonce.random()
    asked = await asyncio.gather(*(_asked(vault, holder, nonce) for holder in holders))
    asked += await asyncio.gather(*(_asked(vault, holder, nonce) for holder in holders))
    await found.promote(-1)
    return vault, holders, sum(isinstance(one, Opened) for one in asked[:SECRETS])


async def _settled(vault: Vault, holder: Holder) -> State:
    """The state once its window is over, and what the process knows has been said."""
    state = State.ACTIVE
    for _ in range(100):
        row = await vault.details(ANNA.workspace, holder.id)
        state = row.summary.status.state  # type: ignore[union-attr]
        if state is State.LOST:
            break
        await asyncio.sleep(0.1)
    return state


@asynccontextmanager
async def _followed(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Group, Vault]]:
    """A store with one replica, and a vault that waits for it, as long as a busy machine takes."""
    async with group(1) as found:
        monkeypatch.setattr(durable, "REPLICAS_MS", 4000)
        vault = Vault(found.client, ring, wait=Wait(replicas=1))
        yield found, vault
        await vault.aclose()


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a5_ciphertext_is_withheld_from_a_promotion(
    replicas: int, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A5: withheld in all, then Lost where the claim was never heard of, and told why."""
    for _ in range(n("A5", everyday=1, full=50)):
        async with group(replicas) as found:
            wait = Wait(replicas=replicas)
            vault, holders, handed_out = await _promoted(found, ring, wait, monkeypatch)
            assert handed_out == 0
            for holder in holders:
                assert await _settled(vault, holder) is State.LOST
                details = await vault.details(ANNA.workspace, holder.id)
                assert details.trail[-1].event is Event.WITHHELD  # type: ignore[union-attr]
                ended = await _asked(vault, holder)
                assert isinstance(ended, Gone)
                assert ended.reason is State.LOST
            await vault.aclose()


@pytest.mark.parametrize(("replicas", "wait"), [(1, NOTHING), (2, Wait(replicas=1))])
async def test_a5_control_without_the_wait_it_is_shown_twice(
    replicas: int, wait: Wait, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same test fails with no WAIT, and with a WAIT for one of two."""
    async with group(replicas) as found:
        vault, holders, handed_out = await _promoted(found, ring, wait, monkeypatch)
        assert handed_out == SECRETS
        vault.durable.follow(NOTHING)
        again = [await reveal(vault, holder) for holder in holders]
        assert all(isinstance(one, Opened) for one in again)


async def test_a_page_may_ask_again_behind_a_new_wait(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that hangs for a while costs one 503: the same nonce then gets its bytes.

    Nobody else does, and the creator's history doesn't say Lost.
    """
    async with _followed(ring, monkeypatch) as (found, vault):
        holder, nonce = await share(vault), Nonce.random()
        monkeypatch.setattr(durable, "REPLICAS_MS", 200)
        found.replicas[0].freeze()
        for _ in range(5):  # more often than an answer may be repeated: these were none
            assert isinstance(await _asked(vault, holder, nonce), StoreUnavailable)
            await asyncio.sleep(0.1)
        found.replicas[0].thaw()
        monkeypatch.setattr(durable, "REPLICAS_MS", 4000)
        assert isinstance(await _asked(vault, holder), Gone)
        opened = await _asked(vault, holder, nonce)
        assert holder.read(opened) == "hunter2"
        details = await vault.details(ANNA.workspace, holder.id)
        assert details.summary.status.state is State.VIEWED  # type: ignore[union-attr]


async def test_b4_who_was_not_run_is_not_refused_with_who_was(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a change that is not shown durable, a script that the store has forgotten is run."""
    async with _followed(ring, monkeypatch) as (found, vault):
        viewed = await share(vault)
        await reveal(vault, viewed)
        await found.primary.client.script_flush()
        await share(vault)  # from here on the store knows this one again
        found.replicas[0].freeze()
        monkeypatch.setattr(durable, "REPLICAS_MS", 200)
        made, shown = await asyncio.gather(
            share(vault), reveal(vault, viewed), return_exceptions=True
        )
        assert isinstance(made, NotDurable)
        assert isinstance(shown, Gone)
        found.replicas[0].thaw()


async def test_a3_an_acknowledged_burn_survives_a_promotion(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A3 with a replica: a burn that was not shown durable is no Burned, also when asked twice."""
    async with _followed(ring, monkeypatch) as (found, vault):
        kept, doubtful = await share(vault), await share(vault)
        assert isinstance(await vault.burn(ANNA, kept.id), Burned)
        monkeypatch.setattr(durable, "REPLICAS_MS", 200)
        found.relays[0].freeze()
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await vault.burn(ANNA, doubtful.id)
        await found.promote(0)
        vault.durable.follow(NOTHING)
        assert isinstance(await vault.burn(ANNA, kept.id), AlreadyEnded)
        assert isinstance(await vault.burn(ANNA, doubtful.id), Burned)
