"""A1, A7, A9, A12: what a single-use secret promises, on a real store."""

import asyncio
import hashlib
import time

import pytest

from storage import keys, store
from storage.model import Content, Details, Event, Nonce, Proof, Seconds, State, Submission
from storage.outcomes import Acknowledged, Burned, Duplicate, Gone, Opened, Unavailable
from storage.scripts import Script
from storage.seal import KeyRing
from storage.vault import Vault
from storage.wire import split
from tests.links import HOUR, READER, Holder, reveal, share
from tests.meddling import expire_in
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore, snapshot

READERS = 64


async def _race(vaults: list[Vault], secrets: int) -> int:
    """Of each secret, let 64 pages with their own nonces reveal at once. Count the answers."""
    answers = 0
    for _ in range(secrets):
        holder = await share(vaults[0])
        outcomes = await asyncio.gather(
            *(reveal(vaults[i % len(vaults)], holder) for i in range(READERS))
        )
        opened = [outcome for outcome in outcomes if isinstance(outcome, Opened)]
        answers += len(opened)
        assert all(holder.read(one) == "hunter2" for one in opened)
    return answers


async def test_a1_exactly_one_nonce_gets_ciphertext(
    vault: Vault, store_url: str, ring: KeyRing
) -> None:
    """A1: secrets x 64 parallel reveals, through two processes' worth of vaults."""
    other = store.connect(store_url)
    try:
        secrets = n("A1", everyday=40, full=500)
        assert await _race([vault, Vault(other, ring)], secrets) == secrets
    finally:
        await other.aclose()


class GetThenDelete:
    """How five of seven peers did it: read the secret, then delete it. Two calls, no claim."""

    async def __call__(
        self, redis: RawStore, names: list[str], _args: list[object]
    ) -> list[object]:
        """Answer as open.lua does."""
        stored = await redis.get(names[1])
        await redis.delete(names[1])
        part, mac, key = await redis.hmget(names[0], "part", "mac", "key")
        if stored is None:
            return [b"gone", part, mac, key, b"viewed", b"0", b""]
        return [b"opened", part, mac, key, stored, b"1", b"0"]


async def test_a1_control_get_then_delete_shows_it_twice(
    vault: Vault, store_client: RawStore
) -> None:
    """The same test fails when the claim is a GET and a DEL."""
    vault._scripts._open = GetThenDelete()  # type: ignore[assignment]
    assert await _race([vault], 5) > 5


async def test_a7_the_same_page_may_retry_and_nobody_else(vault: Vault) -> None:
    """A7: the same nonce gets the same bytes, at most 3 more times; another nonce never."""
    for _ in range(n("A7", everyday=40, full=200)):
        holder, nonce = await share(vault), Nonce.random()
        first = await reveal(vault, holder, nonce)
        assert isinstance(first, Opened)
        for _ in range(3):
            again = await reveal(vault, holder, nonce)
            assert isinstance(again, Opened)
            assert again.blob == first.blob
            assert isinstance(await reveal(vault, holder), Gone)
        assert isinstance(await reveal(vault, holder, nonce), Gone)
        details = await vault.details(ANNA.workspace, holder.id)
        assert isinstance(details, Details)
        assert [entry.event for entry in details.trail].count(Event.RETRIED) == 3


async def test_a7_after_an_ack_nobody(vault: Vault, store_client: RawStore) -> None:
    """A7: the ack ends the window at once and takes the ciphertext with it."""
    holder, nonce = await share(vault), Nonce.random()
    await reveal(vault, holder, nonce)
    assert isinstance(await vault.ack(holder.id, holder.proof, Nonce.random()), Gone)
    assert isinstance(await vault.ack(holder.id, holder.proof, nonce), Acknowledged)
    assert isinstance(await vault.ack(holder.id, holder.proof, nonce), Acknowledged)
    assert isinstance(await reveal(vault, holder, nonce), Gone)
    assert await store_client.exists(keys.blob(holder.id)) == 0


async def test_a7_the_store_ends_the_window(vault: Vault, store_client: RawStore) -> None:
    """A7: with every process of ours dead, the ciphertext goes by its own TTL, 30 seconds after."""
    holder = await share(vault)
    await reveal(vault, holder)
    assert 20_000 < await store_client.pttl(keys.blob(holder.id)) <= 30_000


async def test_a7_the_record_ends_the_window_too(vault: Vault, store_client: RawStore) -> None:
    """A7: ciphertext that is still there after 31 seconds is not handed out again."""
    holder, nonce = await share(vault), Nonce.random()
    await reveal(vault, holder, nonce)
    claimed = int(await store_client.hget(keys.record(holder.id), "claimed"))
    await store_client.hset(keys.record(holder.id), "claimed", claimed - 31_000)
    assert isinstance(await reveal(vault, holder, nonce), Gone)


async def test_a7_after_the_window_nobody(
    vault: Vault, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A7: past the window the same nonce is refused; without any ack the ciphertext is gone.

    The store itself has deleted it: no sweeper is running.
    """
    _with_window(vault, monkeypatch, ms=400)
    holder, nonce = await share(vault), Nonce.random()
    assert isinstance(await reveal(vault, holder, nonce), Opened)
    assert isinstance(await reveal(vault, holder, nonce), Opened)
    await asyncio.sleep(0.45)
    assert isinstance(await reveal(vault, holder, nonce), Gone)
    assert await store_client.exists(keys.blob(holder.id)) == 0


async def test_a7_control_without_the_bound_a_page_may_retry_for_ever(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same nonce would open it a fifth time if retries were not counted."""
    _edit_script(vault, monkeypatch, "_open", "r.retries < RETRIES_MAX", "true")
    holder, nonce = await share(vault), Nonce.random()
    outcomes = [await reveal(vault, holder, nonce) for _ in range(5)]
    assert all(isinstance(outcome, Opened) for outcome in outcomes)


def _edit_script(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str
) -> None:
    script = Script(name.removeprefix("_"))
    assert old in script.text
    script.text = script.text.replace(old, new)
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    monkeypatch.setattr(vault._scripts, name, script)


def _with_window(vault: Vault, monkeypatch: pytest.MonkeyPatch, ms: int) -> None:
    old = "local RETRY_WINDOW_MS = 30000"
    _edit_script(vault, monkeypatch, "_open", old, f"local RETRY_WINDOW_MS = {ms}")


async def test_a9_expiry_refuses_at_once_with_the_sweeper_stopped(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """A9: at +0 ms by the store's clock nothing is shown, whatever keys still exist."""
    runs = n("A9", everyday=20, full=100)
    holders = []
    for _ in range(runs):
        holder = await share(vault)
        await expire_in(store_client, ring, holder.id, seconds=1)
        holders.append(holder)
    expires = {await _expires(store_client, holder) for holder in holders}
    seconds, micros = await store_client.time()
    await asyncio.sleep(max(0, max(expires) - (seconds + micros / 1e6)))
    while (await store_client.time())[0] < max(expires):
        await asyncio.sleep(0.0005)
    for holder in holders:
        outcome = await reveal(vault, holder)
        assert isinstance(outcome, Gone)
        assert outcome.reason is State.EXPIRED


async def _expires(redis: RawStore, holder: Holder) -> int:
    part = await redis.hget(keys.record(holder.id), "part")
    assert part
    return int.from_bytes(split(part)[12], "big")


async def test_a9_no_retry_outlives_the_hard_expiry(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """A9: a claim in the last second leaves that second for retries, not thirty."""
    holder, nonce = await share(vault), Nonce.random()
    await expire_in(store_client, ring, holder.id, seconds=2)
    await store_client.expire(keys.blob(holder.id), 60)
    opened = await reveal(vault, holder, nonce)
    assert isinstance(opened, Opened)
    assert opened.retry_until == await _expires(store_client, holder)
    assert 0 < await store_client.pttl(keys.blob(holder.id)) <= 2000
    await asyncio.sleep(2.05)
    assert isinstance(await reveal(vault, holder, nonce), Gone)


async def test_a12_pressing_submit_again_leaves_one_secret_alive(vault: Vault) -> None:
    """A12: the answer got lost; the new link works, the first secret is destroyed, "replaced"."""
    first = await share(vault, submission=Submission("V1", "trigger-1"))
    second = await share(vault, "again", submission=Submission("V1", "trigger-2"))
    gone = await vault.look(first.id, first.proof, READER)
    assert gone == Gone(State.BURNED, gone.at if isinstance(gone, Gone) else Seconds(0))
    assert second.read(await reveal(vault, second)) == "again"
    details = await vault.details(ANNA.workspace, first.id)
    assert not isinstance(details, Unavailable)
    assert [e.event for e in details.trail][:2] == [Event.CREATED, Event.REPLACED]


async def test_a12_an_older_press_never_destroys_the_link_the_agent_has(vault: Vault) -> None:
    """A12: a press that is delivered again, or for the first time but late, changes nothing."""
    first = Submission("V1", "trigger-1", Seconds(1000))
    second = Submission("V1", "trigger-2", Seconds(1005))
    await share(vault, submission=first)
    holder = await share(vault, "again", submission=second)
    assert await _share_or_none(vault, first) is None
    assert await _share_or_none(vault, second) is None
    assert await _share_or_none(vault, Submission("V1", "trigger-0", Seconds(999))) is None
    assert holder.read(await reveal(vault, holder)) == "again"
    alive = [row.status.state for row in (await vault.history(ANNA.workspace)).rows]
    assert alive == [State.VIEWED, State.BURNED]


async def test_f2_the_same_press_makes_one_secret(vault: Vault) -> None:
    """F2: delivered twice in parallel, or again later, one press of Submit is one secret."""
    press = Submission("V1", "trigger-1")
    for _ in range(n("F2", everyday=20, full=200)):
        before = len((await vault.history(ANNA.workspace)).rows)
        made = await asyncio.gather(*(_share_or_none(vault, press) for _ in range(2)))
        assert sum(one is not None for one in made) <= 1
        after = len((await vault.history(ANNA.workspace)).rows)
        assert after <= before + 1
    assert await _share_or_none(vault, press) is None


async def _share_or_none(vault: Vault, press: Submission) -> Holder | None:
    made = await vault.share(
        ANNA, Content(text="x"), label="", lifetime=HOUR, single_use=True, submission=press
    )
    return None if isinstance(made, Duplicate) else Holder.of(made.link)  # type: ignore[union-attr]


@pytest.mark.one_server  # MONITOR is
async def test_p5_one_store_call_for_each_share_reveal_and_ack(
    vault: Vault, store_client: RawStore, store_url: str
) -> None:
    """P5: proof, state change and audit entry ride in one call; the store's MONITOR counts."""
    warm, nonce = await share(vault), Nonce.random()
    await reveal(vault, warm, nonce)
    await vault.ack(warm.id, warm.proof, nonce)
    await vault.look(warm.id, warm.proof, READER)
    watcher = store.connect(store_url)
    sent: list[str] = []
    async with watcher.monitor() as monitor:
        holder = await share(vault)
        await reveal(vault, holder, nonce)
        await vault.ack(holder.id, holder.proof, nonce)
        await vault.look(holder.id, holder.proof, READER)
        await store_client.echo("done")
        while True:
            command = await monitor.next_command()
            if command["client_type"] != "lua":
                sent.append(command["command"].split()[0])
            if sent and sent[-1] == "ECHO":
                break
    await watcher.aclose()
    assert sent == ["EVALSHA"] * 4 + ["ECHO"]


async def test_b4_a_flushed_script_cache_is_no_error(vault: Vault, store_client: RawStore) -> None:
    """B4: SCRIPT FLUSH between all calls shows nothing to anybody."""
    holder, nonce = await share(vault), Nonce.random()
    await store_client.script_flush()
    assert isinstance(await reveal(vault, holder, nonce), Opened)
    await store_client.script_flush()
    assert isinstance(await vault.ack(holder.id, holder.proof, nonce), Acknowledged)


async def test_d1_a_path_without_its_fragment_does_nothing(
    vault: Vault, store_client: RawStore
) -> None:
    """D1: a wrong proof gives no byte, burns nothing and leaves no trace in the record."""
    holder = await share(vault)
    before = await snapshot(store_client)
    for _ in range(n("D1", everyday=100, full=1000)):
        assert isinstance(
            await vault.open(holder.id, Proof.random(), Nonce.random(), READER), Unavailable
        )
    assert await snapshot(store_client) == before
    assert isinstance(await reveal(vault, holder), Opened)


async def test_d1_control_without_the_proof_the_path_burns_it(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same call empties the secret when the script does not ask for the proof."""
    old = "if ARGV[i + 1] ~= r.fixed.link then return nil end"
    _edit_script(vault, monkeypatch, "_open", old, "")
    holder = await share(vault)
    assert isinstance(await vault.open(holder.id, Proof.random(), Nonce.random(), READER), Opened)


async def test_a_race_between_burn_and_reveal_has_one_winner(vault: Vault) -> None:
    """Either the reader got it and it is Viewed, or it was burned and nobody did."""
    for _ in range(30):
        holder = await share(vault)
        burned, opened = await asyncio.gather(vault.burn(ANNA, holder.id), reveal(vault, holder))
        assert isinstance(burned, Burned) != isinstance(opened, Opened)


async def test_the_retry_window_ends_with_a_burn(vault: Vault) -> None:
    """Burning a viewed secret leaves it Viewed and takes the retries away."""
    holder, nonce = await share(vault), Nonce.random()
    await reveal(vault, holder, nonce)
    ended = await vault.burn(ANNA, holder.id)
    assert ended.summary.status.state is State.VIEWED  # type: ignore[union-attr]
    assert isinstance(await reveal(vault, holder, nonce), Gone)


async def test_times_are_the_stores(store_client: RawStore, ring: KeyRing) -> None:
    """A process whose clock is a day off still makes secrets that live as long as they should."""
    vault = Vault(store_client, ring, clock=lambda: time.time() - 86_400)
    holder = await share(vault)
    assert holder.read(await reveal(vault, holder)) == "hunter2"
