"""What the team reads of its requests, and who reads it."""

import pytest
from structlog.testing import capture_logs

from storage import keys
from storage.model import Details, Event, SecretId, State, Summary, UserId, Wanted, WorkspaceId
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Opened, Unavailable
from storage.policy import HistoryScope, Policy
from storage.replies import Stored
from storage.scripts import Scripts
from storage.seal import KeyRing
from storage.vault import Vault
from tests.asking import IN_CHANNEL, Question, answer, answered, ask, collect, session
from tests.links import share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore


async def collected(vault: Vault) -> Question:
    """A request of Anna's whose answer Ben has collected."""
    question = await answered(vault, collect_by=IN_CHANNEL)
    by = await session(vault, BEN, request=question.id)
    assert isinstance(await collect(vault, question, by), Opened)
    return question


async def rows(vault: Vault, **asked_for: object) -> list[Summary]:
    """A page of Anna's workspace."""
    return list((await vault.history(ANNA.workspace, **asked_for)).rows)  # type: ignore[arg-type]


async def test_a_row_tells_when_the_answer_came_and_who_has_it(vault: Vault) -> None:
    """Waiting: neither. Received: since when. Collected: by whom, whoever asked."""
    waiting, received = await ask(vault), await answered(vault)
    done = await collected(vault)
    read = {row.id: row.status for row in await rows(vault)}
    assert (read[waiting.id].received, read[waiting.id].collector) == (None, None)
    assert read[received.id].received
    assert read[received.id].collector is None
    assert read[done.id].received
    assert read[done.id].collector == BEN.user
    details = await vault.details(ANNA.workspace, done.id)
    assert isinstance(details, Details)
    assert details.summary.status == read[done.id]


async def test_each_status_of_a_request_can_be_asked_for(vault: Vault) -> None:
    """Narrowed to one status, the page has that one's rows and no other, shares among them."""
    await share(vault)
    made = {
        State.WAITING: await ask(vault),
        State.RECEIVED: await answered(vault),
        State.COLLECTED: await collected(vault),
        State.BURNED: await ask(vault),
    }
    await vault.burn(ANNA, made[State.BURNED].id)
    for state, question in made.items():
        assert [row.id for row in await rows(vault, wanted=Wanted(state=state))] == [question.id]


async def test_a_page_of_requests_is_read_at_once(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten rows cost one read, whatever they tell; no row is asked for by itself."""
    for _ in range(5):
        await collected(vault)
        await answered(vault)
    reads: list[int] = []
    read = Scripts.read

    async def counted(self: Scripts, ids: list[SecretId]) -> list[Stored | None]:
        reads.append(len(ids))
        return await read(self, ids)

    monkeypatch.setattr(Scripts, "read", counted)
    assert len(await rows(vault)) == 10
    assert reads == [10]


async def test_own_rows_only_holds_for_requests(store_client: RawStore, ring: KeyRing) -> None:
    """HISTORY_SCOPE=own: a colleague sees nothing of it, an admin everything, also to collect."""
    ada = UserId("U0ADMIN")
    policy = Policy(history_scope=HistoryScope.OWN, admins=frozenset({ada}))
    vault = Vault(store_client, ring, policy=policy)
    for question in (await ask(vault), await answered(vault, collect_by=IN_CHANNEL)):
        for viewer, sees in ((ANNA.user, True), (BEN.user, False), (ada, True)):
            there = [row.id for row in await rows(vault, viewer=viewer)]
            assert (question.id in there) == sees
            found = await vault.details(ANNA.workspace, question.id, viewer=viewer)
            assert isinstance(found, Details) == sees
        assert isinstance(await vault.burn(BEN, question.id), Unavailable)


async def test_own_rows_control_a_policy_that_shows_all(
    store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without the policy's word a colleague reads along."""
    monkeypatch.setattr(Policy, "may_see", lambda _self, _user, _creator: True)
    with pytest.raises(AssertionError):
        await test_own_rows_only_holds_for_requests(store_client, ring)


async def test_only_the_creator_burns_a_request(vault: Vault) -> None:
    """Not even a colleague who may collect it, and nobody of another workspace."""
    for question in (await ask(vault, collect_by=IN_CHANNEL), await answered(vault)):
        assert isinstance(await vault.burn(BEN, question.id), NotAllowed)
        assert isinstance(await vault.burn(STRANGER, question.id), Unavailable)
        assert isinstance(await vault.burn(ANNA, question.id), Burned)
        assert isinstance(await vault.burn(ANNA, question.id), AlreadyEnded)


async def test_who_burns_hears_whether_an_answer_went_with_it(
    vault: Vault, store_client: RawStore
) -> None:
    """Also of one that comes between the reading and the burning: the store's own step says it."""
    waiting = await ask(vault)
    unanswered = await vault.burn(ANNA, waiting.id)
    assert isinstance(unanswered, Burned)
    assert unanswered.summary.status.received is None
    cancelled = await vault.details(ANNA.workspace, waiting.id)
    assert isinstance(cancelled, Details)
    assert cancelled.trail[-1].event is Event.CANCELLED
    question = await ask(vault)
    burn = vault._scripts.burn

    async def overtaken(*args: object) -> object:
        await answer(vault, question)
        return await burn(*args)  # type: ignore[arg-type]

    vault._scripts.burn = overtaken  # type: ignore[assignment]
    burned = await vault.burn(ANNA, question.id)
    assert isinstance(burned, Burned)
    assert burned.summary.status.received
    details = await vault.details(ANNA.workspace, question.id)
    assert isinstance(details, Details)
    assert [entry.event for entry in details.trail][1:] == [Event.SUBMITTED, Event.BURNED]
    assert await store_client.exists(keys.blob(question.id)) == 0


async def test_an_altered_collector_is_only_a_word(vault: Vault, store_client: RawStore) -> None:
    """It is as believable as the states beside it, and no rubbish there breaks the page."""
    question = await collected(vault)
    for odd in (b"", b"\xff\xfe", b"<!channel>", b"x" * 4000):
        await store_client.hset(keys.record(question.id), "collector", odd)
        with capture_logs():
            (row,) = await rows(vault)
        assert row.status.state is State.COLLECTED


async def test_f5_no_row_of_another_workspace(vault: Vault) -> None:
    """F5: requests in every state, every way to look, and burning: as if they did not exist."""
    elsewhere: WorkspaceId = STRANGER.workspace
    for question in (await ask(vault), await answered(vault), await collected(vault)):
        for viewer in (None, STRANGER.user):
            assert (await vault.history(elsewhere, viewer=viewer)).rows == ()
            for state in State:
                page = await vault.history(elsewhere, viewer=viewer, wanted=Wanted(state=state))
                assert page.rows == ()
            found = await vault.details(elsewhere, question.id, viewer=viewer)
            assert isinstance(found, Unavailable)
        assert isinstance(await vault.noticed(elsewhere, question.id), Unavailable)
        assert isinstance(await vault.burn(STRANGER, question.id), Unavailable)
    assert [row.status.state for row in await rows(vault)].count(State.BURNED) == 0
