"""G2, A1, A9 for requests: one answer, one collector, on a real store."""

import asyncio
import hashlib

import pytest

from storage import keys, store
from storage.model import Event, Nonce, State
from storage.outcomes import (
    AlreadySubmitted,
    Gone,
    Opened,
    Submitted,
    Withdrawn,
)
from storage.request_scripts import RequestScripts
from storage.scripts import Script
from storage.seal import KeyRing
from storage.vault import Vault
from storage.wire import split
from tests.asking import BLOB, answer, answered, ask, collect, session
from tests.links import READER
from tests.meddling import expire_in
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore

COLLECTORS = 32


async def _pairs(vaults: list[Vault], count: int) -> int:
    """Let two pages answer each request at once. Count the pairs that ended as they must."""
    right = 0
    for _ in range(count):
        question = await ask(vaults[0])
        nonces = [Nonce.random(), Nonce.random()]
        outcomes = await asyncio.gather(
            *(answer(vaults[i % len(vaults)], question, nonce) for i, nonce in enumerate(nonces))
        )
        won = [n for n, one in zip(nonces, outcomes, strict=True) if isinstance(one, Submitted)]
        lost = [n for n, one in zip(nonces, outcomes, strict=True) if one == AlreadySubmitted()]
        again = await asyncio.gather(*(answer(vaults[0], question, nonce) for nonce in won + lost))
        right += (len(won), len(lost)) == (1, 1) and again == [Submitted(), AlreadySubmitted()]
    return right


async def test_g2_one_of_two_parallel_answers_counts(
    vault: Vault, store_url: str, ring: KeyRing
) -> None:
    """G2: one is taken, one refused, through two processes' worth of vaults; the same nonce again."""
    other = store.connect(store_url)
    try:
        pairs = n("G2", everyday=60, full=500)
        assert await _pairs([vault, Vault(other, ring)], pairs) == pairs
    finally:
        await other.aclose()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if state == 'waiting' then", "if LIVING[state] then"),
        ("if r.sent == ARGV[4] then return vouched('submitted', r) end", ""),
    ],
    ids=["the last one counts", "no nonce is bound"],
)
async def test_g2_control(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """G2's negative control: the same pairs go wrong without either half of the rule."""
    script = Script("submit")
    assert old in script.text
    script.text = script.text.replace(old, new)
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    monkeypatch.setattr(vault._request_scripts, "_submit", script)
    assert await _pairs([vault], 3) == 0


async def test_a1_exactly_one_page_collects(vault: Vault, store_url: str, ring: KeyRing) -> None:
    """A1: many pages of the same allowed session, and one of them gets the answer."""
    other = store.connect(store_url)
    vaults = [vault, Vault(other, ring)]
    try:
        for _ in range(n("A1", everyday=20, full=500)):
            question = await answered(vault)
            anna = await session(vault, ANNA, request=question.id)
            outcomes = await asyncio.gather(
                *(collect(vaults[i % 2], question, anna) for i in range(COLLECTORS))
            )
            opened = [one for one in outcomes if isinstance(one, Opened)]
            assert [one.blob for one in opened] == [BLOB]
    finally:
        await other.aclose()


async def test_withdraw_and_collect_have_one_winner(vault: Vault) -> None:
    """Either the customer took it back and nobody has it, or it is collected and they are told."""
    for _ in range(n("G2", everyday=30, full=300)):
        question = await answered(vault)
        anna = await session(vault, ANNA, request=question.id)
        taken_back, opened = await asyncio.gather(
            vault.withdraw(question.id, question.submit, READER), collect(vault, question, anna)
        )
        assert isinstance(taken_back, Withdrawn) != isinstance(opened, Opened)
        assert isinstance(taken_back, Withdrawn | AlreadySubmitted)


async def test_a9_no_answer_goes_in_at_the_last_moment(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """A9: at +0 ms by the store's clock, whatever keys still exist and no sweeper runs."""
    waiting = [await ask(vault) for _ in range(n("A9", everyday=20, full=100))]
    received = [await answered(vault) for _ in waiting]
    anna = {one.id: await session(vault, ANNA, request=one.id) for one in received}
    for question in waiting + received:
        await expire_in(store_client, ring, question.id, seconds=1)
    parts = [await store_client.hget(keys.record(one.id), "part") for one in waiting + received]
    end = max(int.from_bytes(split(part)[12], "big") for part in parts)
    while (await store_client.time())[0] < end:
        await asyncio.sleep(0.0005)
    for question in waiting:
        late = await answer(vault, question)
        assert isinstance(late, Gone)
        assert late.reason is State.EXPIRED
    for question in received:
        late = await collect(vault, question, anna[question.id])
        assert isinstance(late, Gone)
        assert late.reason is State.EXPIRED


async def test_p5_two_calls_for_an_answer_and_one_for_all_else(
    vault: Vault, store_client: RawStore, store_url: str
) -> None:
    """P5: a submission reads and verifies, then stores; every other step is one script."""

    async def all_steps() -> None:
        question = await ask(vault)
        await vault.request_status(question.id, question.submit)
        await answer(vault, question)
        await vault.look(question.id, question.link, READER, anna)
        await collect(vault, question, anna)
        await vault.withdraw(question.id, question.submit, READER)

    anna = await session(vault, ANNA, request=(await ask(vault)).id)
    await all_steps()
    watcher = store.connect(store_url)
    sent: list[str] = []
    async with watcher.monitor() as monitor:
        await all_steps()
        await store_client.echo("done")
        while not sent or sent[-1] != "ECHO":
            command = await monitor.next_command()
            if command["client_type"] != "lua":
                sent.append(command["command"].split()[0])
    await watcher.aclose()
    assert sent == ["EVALSHA", "EVALSHA", "HMGET", *["EVALSHA"] * 4, "ECHO"]


async def test_a_record_that_changes_under_an_answer_takes_none(
    vault: Vault, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was verified is what is written to: an altered mac between the two calls is a stranger's."""
    question = await ask(vault)
    submit = RequestScripts.submit

    async def meddled(self: RequestScripts, *args: object) -> object:
        await store_client.hset(keys.record(question.id), "mac", b"x" * 32)
        return await submit(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(RequestScripts, "submit", meddled)
    assert not isinstance(await answer(vault, question), Submitted)
    assert await store_client.exists(keys.blob(question.id)) == 0
    entries = await store_client.xrange(keys.audit(question.id.tag))
    events = [fields[b"event"].decode() for _, fields in entries]
    assert events == [Event.CREATED, Event.TAMPERED]


async def test_b4_a_flushed_script_cache_costs_no_answer(
    vault: Vault, store_client: RawStore
) -> None:
    """B4: SCRIPT FLUSH between all calls shows nothing to anybody, and a ticket is used once."""
    await store_client.script_flush()
    question, nonce = await ask(vault), Nonce.random()
    for _ in range(2):
        await store_client.script_flush()
        assert isinstance(await answer(vault, question, nonce), Submitted)
    await store_client.script_flush()
    anna = await session(vault, ANNA, request=question.id)
    await store_client.script_flush()
    assert isinstance(await collect(vault, question, anna), Opened)
