"""A secret's warning before its time runs out, and its longer life: who may, how far, and never twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from storage import keys, seal
from storage.errors import NoRoom
from storage.languages import Language
from storage.model import (
    DAY,
    HOUR,
    Event,
    Lifetime,
    Nonce,
    Passphrase,
    Proof,
    Record,
    Seconds,
    SecretId,
    State,
)
from storage.notices import Noticed
from storage.outcomes import (
    AgainstPolicy,
    Burned,
    Extended,
    Full,
    Gone,
    Look,
    NotAllowed,
    NotUntouched,
    Opened,
    RequestLook,
    Rule,
    Submitted,
    Unavailable,
)
from storage.policy import HistoryScope, Policy
from storage.replies import Changed
from storage.request_scripts import RequestScripts
from storage.scripts import Scripts
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests import meddling
from tests.asking import answer, answered, ask, collect, session
from tests.links import READER, Holder, reveal, share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore

TENTH = HOUR // 10
GERMAN = Language("de")


async def record_of(vault: Vault, sid: SecretId) -> Record:
    """What the server believes."""
    found = await vault.noticed(ANNA.workspace, sid)
    assert isinstance(found, Noticed)
    assert found.summary.record
    return found.summary.record


async def ends(vault: Vault, sid: SecretId) -> Seconds:
    """Until when it lives."""
    return (await record_of(vault, sid)).expires


async def trail(vault: Vault, sid: SecretId) -> list[Event]:
    """What is on record."""
    found = await vault.noticed(ANNA.workspace, sid)
    assert isinstance(found, Noticed)
    return [entry.event for _, entry in found.trail]


async def extend(vault: Vault, sid: SecretId) -> object:
    """Press Extend on a message that is up to date."""
    return await vault.extend(ANNA, sid, await ends(vault, sid))


async def test_it_lives_its_lifetime_once_more(vault: Vault, store_client: RawStore) -> None:
    """Each press adds the lifetime it was made with; page, history, TTL and trail follow."""
    holder = await share(vault, lifetime=Lifetime(DAY), passphrase=Passphrase.of("horse"))
    made = await record_of(vault, holder.id)
    for times in (2, 3):
        done = await extend(vault, holder.id)
        assert isinstance(done, Extended)
        assert done.summary.record
        until = made.created + times * DAY
        assert done.summary.record.expires == await ends(vault, holder.id) == until
        look = await vault.look(holder.id, holder.proof, READER)
        assert isinstance(look, Look)
        assert look.record.expires == until
        assert await store_client.pexpiretime(keys.blob(holder.id)) == until * 1000
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert [(e.event, e.by) for e in details.trail] == [
        (Event.CREATED, ANNA.user),
        (Event.EXTENDED, ANNA.user),
        (Event.EXTENDED, ANNA.user),
    ]
    assert details.summary.status.lifetime == DAY
    assert holder.read(await reveal(vault, holder)) == "hunter2"


async def test_the_customers_language_outlives_an_extension(vault: Vault) -> None:
    """The record is made anew, and what the agent chose stands beside it: page and texts follow."""
    holder, question = await share(vault), await ask(vault)
    for sid in (holder.id, question.id):
        await vault.speak(ANNA, sid, GERMAN)
        done = await extend(vault, sid)
        assert isinstance(done, Extended)
        assert done.summary.language == GERMAN
        found = await vault.noticed(ANNA.workspace, sid)
        assert isinstance(found, Noticed)
        assert found.summary.language == GERMAN
    look = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(look, Look)
    receipt = await vault.request_status(question.id, question.submit)
    assert isinstance(receipt, RequestLook)
    assert (look.language, receipt.language) == (GERMAN, GERMAN)


async def test_a_request_waits_longer(vault: Vault) -> None:
    """Its page and its receipt say the new end; it is answered and collected as ever."""
    question = await ask(vault)
    made = await record_of(vault, question.id)
    assert isinstance(await extend(vault, question.id), Extended)
    look = await vault.request_status(question.id, question.submit)
    assert isinstance(look, RequestLook)
    assert look.record.expires == made.created + 2 * HOUR
    assert isinstance(await answer(vault, question), Submitted)
    anna = await session(vault, ANNA, request=question.id)
    assert isinstance(await collect(vault, question, anna), Opened)


async def test_never_beyond_what_the_policy_allows_from_its_creation(
    vault: Vault, store_client: RawStore
) -> None:
    """The last step is as long as there is room; then it is refused, and that is on record."""
    vault.policy = Policy(max_lifetime=Lifetime(HOUR * 5 // 2))
    holder = await share(vault)
    made = await record_of(vault, holder.id)
    for seconds in (2 * HOUR, HOUR * 5 // 2):
        assert isinstance(await extend(vault, holder.id), Extended)
        assert await ends(vault, holder.id) == made.created + seconds
    assert await extend(vault, holder.id) == AgainstPolicy(Rule.MAX_LIFETIME)
    assert await ends(vault, holder.id) == made.created + HOUR * 5 // 2
    ((_, last),) = await store_client.xrevrange(keys.audit(holder.id.tag), count=1)
    assert (last[b"event"], last[b"rule"]) == (b"refused_by_policy", b"max_lifetime")
    found = await vault.noticed(ANNA.workspace, holder.id)
    assert isinstance(found, Noticed)
    assert found.longer is None


async def test_a_maximum_that_was_lowered_shortens_nothing(vault: Vault) -> None:
    """What lives longer than the policy allows by now keeps its life, and gets no more."""
    holder = await share(vault, lifetime=Lifetime(3 * DAY))
    before = await ends(vault, holder.id)
    vault.policy = Policy(max_lifetime=Lifetime(DAY))
    assert await extend(vault, holder.id) == AgainstPolicy(Rule.MAX_LIFETIME)
    assert await ends(vault, holder.id) == before


async def test_one_button_adds_once(vault: Vault) -> None:
    """A second press of the same button, also at the same time, and a colleague's late one: the same."""
    vault.policy = Policy(admins=frozenset({BEN.user}))
    holder = await share(vault, lifetime=Lifetime(DAY))
    seen = await ends(vault, holder.id)
    presses = [vault.extend(who, holder.id, seen) for who in (ANNA, ANNA, BEN, ANNA)]
    done = await asyncio.gather(*presses, vault.extend(BEN, holder.id, seen))
    assert all(isinstance(one, Extended) for one in done)
    assert await ends(vault, holder.id) == seen + DAY
    assert (await trail(vault, holder.id)).count(Event.EXTENDED) == 1


async def test_only_the_creator_or_an_admin(vault: Vault) -> None:
    """A colleague may not; F5: for another workspace, or who may not see it, it does not exist."""
    holder, question = await share(vault), await ask(vault)
    for sid in (holder.id, question.id):
        seen = await ends(vault, sid)
        assert isinstance(await vault.extend(BEN, sid, seen), NotAllowed)
        assert isinstance(await vault.extend(STRANGER, sid, seen), Unavailable)
        vault.policy = Policy(history_scope=HistoryScope.OWN)
        assert isinstance(await vault.extend(BEN, sid, seen), Unavailable)
        vault.policy = Policy()
        assert await ends(vault, sid) == seen
    vault.policy = Policy(admins=frozenset({BEN.user}))
    assert isinstance(await vault.extend(BEN, holder.id, await ends(vault, holder.id)), Extended)


async def opened(vault: Vault, holder: Holder) -> None:
    """A reader gets it."""
    assert isinstance(await reveal(vault, holder), Opened)


async def burned(vault: Vault, holder: Holder) -> None:
    """Its creator destroys it."""
    assert isinstance(await vault.burn(ANNA, holder.id), Burned)


async def lost(vault: Vault, holder: Holder) -> None:
    """The store drops its ciphertext."""
    await vault._redis.delete(keys.blob(holder.id))


@pytest.mark.parametrize("single_use", [True, False])
@pytest.mark.parametrize(
    ("happens", "state"),
    [(opened, None), (burned, State.BURNED), (lost, State.LOST)],
)
@pytest.mark.parametrize("between", [False, True])
async def test_what_was_opened_or_is_over_gets_no_longer_life(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Vault, Holder], Awaitable[None]],
    state: State | None,
    *,
    single_use: bool,
    between: bool,
) -> None:
    """Refused, and said how it is: also when it happens between the look and the script."""
    holder = await share(vault, single_use=single_use)
    seen, plain = await ends(vault, holder.id), Scripts.extend
    if between:

        async def late(self: Scripts, *args: object, **more: object) -> object:
            await happens(vault, holder)
            return await plain(self, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Scripts, "extend", late)
    else:
        await happens(vault, holder)
    done = await vault.extend(ANNA, holder.id, seen)
    assert isinstance(done, NotUntouched)
    expected = state or (State.VIEWED if single_use else State.ACTIVE)
    assert done.summary.status.state is expected
    assert await ends(vault, holder.id) == seen
    assert Event.EXTENDED not in await trail(vault, holder.id)


async def test_an_answered_request_gets_no_longer_life(vault: Vault) -> None:
    """Whoever waits for nothing extends nothing."""
    question = await answered(vault)
    done = await extend(vault, question.id)
    assert isinstance(done, NotUntouched)
    assert done.summary.status.state is State.RECEIVED


@pytest.mark.parametrize("is_request", [False, True])
async def test_a9_what_has_expired_does_not_revive(
    vault: Vault, store_client: RawStore, ring: KeyRing, *, is_request: bool
) -> None:
    """A9: with the sweeper stopped, by the store's clock, also when it ends under the press."""
    sid = (await ask(vault)).id if is_request else (await share(vault)).id
    await meddling.expire_in(store_client, ring, sid, seconds=0)
    done = await vault.extend(ANNA, sid, await ends(vault, sid))
    assert isinstance(done, NotUntouched)
    assert done.summary.status.state is State.EXPIRED


async def test_a9_nor_what_expires_between_the_look_and_the_script(
    vault: Vault, store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: the script asks the store's clock once more; it alone decides."""
    holder = await share(vault)
    await meddling.expire_in(store_client, ring, holder.id, seconds=1)
    plain = Scripts.extend

    async def late(self: Scripts, *args: object, **more: object) -> object:
        await asyncio.sleep(1.1)
        return await plain(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Scripts, "extend", late)
    done = await extend(vault, holder.id)
    assert isinstance(done, NotUntouched)
    assert done.summary.status.state is State.EXPIRED
    gone = await reveal(vault, holder)
    assert isinstance(gone, Gone)
    assert gone.reason is State.EXPIRED


async def test_c3_only_the_server_prolongs(vault: Vault, store_client: RawStore) -> None:
    """C3: who can write to the store, and has seen records before and after, gets Tampered.

    Each part with the other mac, and the older ciphertext below the newer record. The whole older
    record with its ciphertext is authentic, and only ends sooner.
    """
    for moved in (("part",), ("mac",), ("blob",)):
        holder = await share(vault)
        before = await _everything(store_client, holder.id)
        assert isinstance(await extend(vault, holder.id), Extended)
        await _put_back(store_client, holder.id, before, moved)
        assert not isinstance(await reveal(vault, holder), Opened)
        details = await vault.details(ANNA.workspace, holder.id)
        assert not isinstance(details, Unavailable)
        assert details.summary.status.state is State.TAMPERED
    holder = await share(vault)
    before, seen = await _everything(store_client, holder.id), await ends(vault, holder.id)
    assert isinstance(await extend(vault, holder.id), Extended)
    await _put_back(store_client, holder.id, before, ("part", "mac", "blob"))
    assert await ends(vault, holder.id) == seen


async def _everything(store: RawStore, sid: SecretId) -> dict[str, bytes]:
    part, mac = await store.hmget(keys.record(sid), ["part", "mac"])
    return {"part": part or b"", "mac": mac or b"", "blob": await store.get(keys.blob(sid)) or b""}


async def _put_back(
    store: RawStore, sid: SecretId, old: dict[str, bytes], names: tuple[str, ...]
) -> None:
    for name in names:
        if name == "blob":
            await store.set(keys.blob(sid), old[name])
        else:
            await store.hset(keys.record(sid), name, old[name])


async def test_c3_control_whoever_has_the_key_prolongs(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """The negative control: a record that is made anew with the server's key is believed."""
    holder = await share(vault)
    await meddling.expire_in(store_client, ring, holder.id, seconds=20 * DAY)
    assert await ends(vault, holder.id) > time.time() + 19 * DAY
    assert isinstance(await reveal(vault, holder), Opened)


@pytest.mark.parametrize("forged", ["1", str(10 * DAY), "9" * 13])
async def test_a_forged_first_lifetime_adds_no_more_than_it_has(
    vault: Vault, store_client: RawStore, forged: str
) -> None:
    """What the store says of the first lifetime is believed within an hour and its whole life."""
    holder = await share(vault, lifetime=Lifetime(DAY))
    assert isinstance(await extend(vault, holder.id), Extended)
    before = await ends(vault, holder.id)
    await store_client.hset(keys.record(holder.id), "lifetime", forged)
    assert isinstance(await extend(vault, holder.id), Extended)
    assert await ends(vault, holder.id) == before + 2 * DAY


async def test_c7_it_stays_under_its_own_key(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """C7: verifiers cannot be remade, so a newer key does not take over; without its key, nothing."""
    holder = await share(vault)
    seen, newer = await ends(vault, holder.id), MasterKey.random()
    rotated = Vault(store_client, KeyRing([newer, ring.current]))
    assert isinstance(await rotated.extend(ANNA, holder.id, seen), Extended)
    assert (await record_of(vault, holder.id)).key_name == ring.current.name
    bare = Vault(store_client, KeyRing([newer]))
    assert isinstance(await bare.extend(ANNA, holder.id, seen), Unavailable)
    assert holder.read(await reveal(rotated, holder)) == "hunter2"


async def test_an_altered_record_is_not_made_anew(vault: Vault, store_client: RawStore) -> None:
    """Nothing that does not verify gets a right mac by it."""
    holder = await share(vault)
    seen = await ends(vault, holder.id)
    part = await store_client.hget(keys.record(holder.id), "part")
    assert part
    await store_client.hset(keys.record(holder.id), "part", part[:-1] + b"x")
    assert isinstance(await vault.extend(ANNA, holder.id, seen), Unavailable)
    assert not isinstance(await reveal(vault, holder), Opened)


async def test_an_extension_is_of_the_record_that_was_verified(vault: Vault, ring: KeyRing) -> None:
    """The script compares macs: what another process extended meanwhile is looked at again."""
    holder = await share(vault)
    record = await record_of(vault, holder.id)
    sealed = seal.seal_record(ring.current, record)
    done = await vault._scripts.extend(
        holder.id, b"x" * 32, sealed, b"", user=ANNA.user, lifetime=HOUR
    )
    assert done == Changed()
    assert Event.EXTENDED not in await trail(vault, holder.id)


async def test_an_answer_or_a_burn_under_an_extension_counts(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Extended between their look and their script: they are not told that there is nothing."""
    question, holder = await ask(vault), await share(vault)
    submit, burn = RequestScripts.submit, Scripts.burn
    before = {sid: await ends(vault, sid) for sid in (question.id, holder.id)}

    async def submitted(self: RequestScripts, *args: object) -> object:
        await vault.extend(ANNA, question.id, before[question.id])
        return await submit(self, *args)  # type: ignore[arg-type]

    async def burnt(self: Scripts, *args: object) -> object:
        await vault.extend(ANNA, holder.id, before[holder.id])
        return await burn(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(RequestScripts, "submit", submitted)
    monkeypatch.setattr(Scripts, "burn", burnt)
    assert isinstance(await answer(vault, question), Submitted)
    assert isinstance(await vault.burn(ANNA, holder.id), Burned)
    for sid in (question.id, holder.id):
        assert Event.EXTENDED in await trail(vault, sid)
    anna = await session(vault, ANNA, request=question.id)
    assert isinstance(await collect(vault, question, anna), Opened)


async def test_a_full_store_extends_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said, and it lives as long as before."""
    holder = await share(vault)
    seen = await ends(vault, holder.id)

    async def refused(*_args: object, **_more: object) -> object:
        raise NoRoom

    monkeypatch.setattr(Scripts, "extend", refused)
    assert await vault.extend(ANNA, holder.id, seen) == Full()
    assert await ends(vault, holder.id) == seen


async def test_a1_readers_and_extensions_at_once(vault: Vault) -> None:
    """A1: whatever the order, one reader gets it, whole, and the trail agrees."""
    for _ in range(5):
        holder = await share(vault)
        seen = await ends(vault, holder.id)
        presses = [vault.extend(ANNA, holder.id, seen) for _ in range(3)]
        readers = [vault.open(holder.id, holder.proof, Nonce.random(), READER) for _ in range(8)]
        done = await asyncio.gather(*presses, *readers)
        assert [holder.read(one) for one in done if isinstance(one, Opened)] == ["hunter2"]
        events = await trail(vault, holder.id)
        assert events.count(Event.OPENED) == 1
        assert events.count(Event.EXTENDED) <= 1


# The warning


async def nudges(vault: Vault, sid: SecretId) -> int:
    """How often its creator was to be warned."""
    return (await trail(vault, sid)).count(Event.NUDGED)


async def due_at(store: RawStore, sid: SecretId) -> int:
    """When the sweeper looks next, in ms."""
    return int(await store.zscore(keys.due(sid.tag), sid.value) or 0)


@pytest.mark.parametrize("is_request", [False, True])
async def test_the_sweeper_looks_when_nine_tenths_are_over(
    vault: Vault, store_client: RawStore, *, is_request: bool
) -> None:
    """Its cost grows with what is due: the moment of the warning is known from the beginning."""
    sid = (await ask(vault)).id if is_request else (await share(vault)).id
    record = await record_of(vault, sid)
    assert await due_at(store_client, sid) == (record.expires - TENTH) * 1000
    assert isinstance(await extend(vault, sid), Extended)
    assert await due_at(store_client, sid) == (record.expires + HOUR - 2 * TENTH) * 1000


@pytest.mark.parametrize("is_request", [False, True])
async def test_it_warns_once_for_each_end(
    vault: Vault, store_client: RawStore, ring: KeyRing, *, is_request: bool
) -> None:
    """Not before its time, once whoever sweeps and how often, and again once it was extended."""
    sid = (await ask(vault)).id if is_request else (await share(vault)).id
    await meddling.age(store_client, ring, sid, HOUR - TENTH - 30)
    assert await vault.sweep(ANNA.workspace) == 0
    assert await due_at(store_client, sid) == (await ends(vault, sid) - TENTH) * 1000
    await meddling.age(store_client, ring, sid, 31)
    await asyncio.gather(*(vault.sweep(ANNA.workspace) for _ in range(5)))
    await meddling.age(store_client, ring, sid, 0)
    await vault.sweep(ANNA.workspace)
    assert await nudges(vault, sid) == 1
    assert await due_at(store_client, sid) == await ends(vault, sid) * 1000

    assert isinstance(await extend(vault, sid), Extended)
    await meddling.age(store_client, ring, sid, HOUR - 60)
    assert await vault.sweep(ANNA.workspace) == 1
    assert await nudges(vault, sid) == 2


@pytest.mark.parametrize("happens", [opened, burned, lost])
@pytest.mark.parametrize("single_use", [True, False])
async def test_no_warning_of_what_was_opened_or_is_over(
    vault: Vault,
    store_client: RawStore,
    ring: KeyRing,
    happens: Callable[[Vault, Holder], Awaitable[None]],
    *,
    single_use: bool,
) -> None:
    """It is decided in the step that puts it on record."""
    holder = await share(vault, single_use=single_use)
    await meddling.age(store_client, ring, holder.id, HOUR - TENTH + 1)
    await happens(vault, holder)
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    await vault.sweep(ANNA.workspace)
    assert await nudges(vault, holder.id) == 0


async def test_no_warning_of_what_has_expired(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """A bot that was away for long does not say of a dead link that it ends soon."""
    holder, question = await share(vault), await ask(vault)
    for sid in (holder.id, question.id):
        await meddling.age(store_client, ring, sid, HOUR)
    assert await vault.sweep(ANNA.workspace) == 2
    for sid in (holder.id, question.id):
        assert (await trail(vault, sid))[-1] is Event.EXPIRED
        assert await nudges(vault, sid) == 0


async def test_no_warning_of_an_answered_request(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """What came in is news of its own."""
    question = await answered(vault)
    await meddling.age(store_client, ring, question.id, HOUR - TENTH + 1)
    await vault.sweep(ANNA.workspace)
    assert await nudges(vault, question.id) == 0


async def test_a_wrong_passphrase_is_no_opening(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """Whoever has only tried has nothing: its creator is warned, and may extend it. Tries stay."""
    holder = await share(vault, passphrase=Passphrase.of("horse"))
    await vault.open(holder.id, holder.proof, Nonce.random(), READER, Proof.random())
    await meddling.age(store_client, ring, holder.id, HOUR - TENTH + 1)
    await vault.sweep(ANNA.workspace)
    assert await nudges(vault, holder.id) == 1
    assert isinstance(await extend(vault, holder.id), Extended)
    look = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(look, Look)
    assert look.tries_left == 4
