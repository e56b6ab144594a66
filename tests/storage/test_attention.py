"""What needs attention is found by a bounded look, and only what its viewer may see."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from storage import attention
from storage.attention import Reason
from storage.model import DAY, HOUR, Lifetime, Nonce, Passphrase, Proof, UserId, Wanted, WorkspaceId
from storage.policy import HistoryScope, Policy
from storage.seal import KeyRing
from storage.vault import Vault
from tests.asking import answer, ask
from tests.links import READER, reveal, share
from tests.people import ANNA

BEN = replace(ANNA, user=UserId("U0BEN"))
LONG = Lifetime(7 * DAY)


async def reasons(vault: Vault, **how: object) -> list[tuple[str, Reason]]:
    """Label or question, and why."""
    found = await vault.attention(ANNA.workspace, viewer=ANNA.user, **how)  # type: ignore[arg-type]
    return [(one.summary.record.label, one.reason) for one in found if one.summary.record]


async def test_each_reason(vault: Vault) -> None:
    """Tried again, destroyed, expiring, uncollected, in this order; a calm one is not there."""
    await share(vault, label="calm", lifetime=LONG)
    seen = await share(vault, label="seen")
    await reveal(vault, seen)
    await answer(vault, await ask(vault))
    await share(vault, label="soon", lifetime=Lifetime(HOUR))
    guessed = await share(vault, label="guessed", passphrase=Passphrase.of("x"), lifetime=LONG)
    for _ in range(5):
        await vault.open(guessed.id, guessed.proof, Nonce.random(), READER, Proof.random())
    twice = await share(vault, label="twice")
    await reveal(vault, twice)
    await reveal(vault, twice)
    assert await reasons(vault) == [
        ("twice", Reason.TRIED_AGAIN),
        ("guessed", Reason.DESTROYED),
        ("soon", Reason.EXPIRING),
        ("canary-label: ACME", Reason.UNCOLLECTED),
    ]


async def test_whoever_looks_sees_theirs(store_client: Redis, ring: KeyRing) -> None:
    """HISTORY_SCOPE and Mine hold here too; another workspace's is not there at all."""
    vault = Vault(store_client, ring)
    await share(vault, label="mine")
    await share(vault, agent=BEN, label="ben's")
    await share(vault, agent=replace(ANNA, workspace=WorkspaceId("T0OTHER")), label="foreign")
    assert {label for label, _ in await reasons(vault)} == {"mine", "ben's"}
    assert await reasons(vault, wanted=Wanted(ANNA.user)) == [("mine", Reason.EXPIRING)]
    own = Vault(store_client, ring, policy=Policy(history_scope=HistoryScope.OWN))
    assert await reasons(own) == [("mine", Reason.EXPIRING)]


async def test_it_looks_at_no_more_than_it_says(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many that live, those that end first; of many entries, the newest."""
    monkeypatch.setattr(attention, "LIVING_LOOKED", 3)  # the claim of the fourth is due first
    monkeypatch.setattr(attention, "ENTRIES_LOOKED", 1)
    for label in ("first", "second", "third"):
        await share(vault, label=label)
    twice = await share(vault, label="twice", lifetime=LONG)
    await reveal(vault, twice)
    await reveal(vault, twice)
    found = await reasons(vault)
    assert found[0] == ("twice", Reason.TRIED_AGAIN)
    assert len(found) == 3
