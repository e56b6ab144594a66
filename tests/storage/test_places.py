"""Where a request's message is: kept once, and found again after the end."""

from storage import keys
from storage.composer import NewKeys
from storage.model import Details, Event, Lifetime, Proof, SecretId
from storage.notices import Busy, Held, News, Place, Said
from storage.outcomes import Asked, Burned
from storage.tickets import Purpose
from storage.vault import Vault
from tests.asking import ask, session
from tests.links import share
from tests.people import ANNA, STRANGER
from tests.raw import RawStore

FIRST, SECOND = Place("C0SUPPORT", "1.000001"), Place("C0SUPPORT", "2.000002")


async def held(vault: Vault, sid: SecretId) -> Held:
    """What a courier learns of it, which lets go again."""
    journal = vault.notice_log(ANNA.workspace)
    found = await journal.hold(sid)
    assert isinstance(found, Held)
    await journal.keep(sid)
    return found


async def test_one_courier_at_a_time_speaks_of_a_secret(vault: Vault) -> None:
    """Whoever holds it keeps it until they let go; another is told for how long to wait."""
    question = await ask(vault)
    one, other = (vault.notice_log(ANNA.workspace) for _ in range(2))
    assert one.courier != other.courier
    assert isinstance(await one.hold(question.id), Held)
    assert isinstance(await other.hold(question.id), Busy)
    assert isinstance(await one.hold(question.id), Held)
    await one.keep(question.id)
    assert isinstance(await other.hold(question.id), Held)


async def trail(vault: Vault, sid: SecretId) -> list[Event]:
    """What is on record."""
    found = await vault.details(ANNA.workspace, sid)
    assert isinstance(found, Details)
    return [entry.event for entry in found.trail]


async def test_the_first_place_stays_while_the_request_lives(vault: Vault) -> None:
    """A second message that a crash made is not the one that news goes below."""
    question = await ask(vault)
    assert (await held(vault, question.id)).asked is None
    for place in (FIRST, FIRST, SECOND):
        await vault.places.posted(ANNA.workspace, question.id, place)
    found = await held(vault, question.id)
    assert (found.asked, found.gone, found.place) == (FIRST, False, None)
    assert await trail(vault, question.id) == [Event.CREATED]


async def test_a_message_found_after_the_end_is_on_record_once(vault: Vault) -> None:
    """Its seed has to go, so the courier hears of it; of the same one only once."""
    question = await ask(vault)
    assert isinstance(await vault.burn(ANNA, question.id), Burned)
    for _ in range(3):
        await vault.places.posted(ANNA.workspace, question.id, FIRST)
    assert await trail(vault, question.id) == [Event.CREATED, Event.CANCELLED, Event.POSTED]
    news = await _read(vault)
    assert [one.event for one in news] == ["created", "cancelled", "posted"]
    journal = vault.notice_log(ANNA.workspace)
    assert await journal.hold(question.id)
    await journal.keep(question.id, (), Said(gone=FIRST))
    await vault.places.posted(ANNA.workspace, question.id, FIRST)
    assert (await held(vault, question.id)).gone
    await vault.places.posted(ANNA.workspace, question.id, SECOND)
    found = await held(vault, question.id)
    assert (found.asked, found.gone) == (SECOND, False)
    assert (await trail(vault, question.id)).count(Event.POSTED) == 2


async def test_what_is_gone_is_that_message_and_no_later_one(vault: Vault) -> None:
    """One that turned up while the first was being deleted is still to be taken away."""
    question = await ask(vault)
    await vault.places.posted(ANNA.workspace, question.id, FIRST)
    await vault.burn(ANNA, question.id)
    journal = vault.notice_log(ANNA.workspace)
    assert await journal.hold(question.id)
    await vault.places.posted(ANNA.workspace, question.id, SECOND)
    await journal.keep(question.id, (), Said(gone=FIRST))
    found = await held(vault, question.id)
    assert (found.asked, found.gone) == (SECOND, False)


async def test_no_record_is_made_by_a_place(vault: Vault, store_client: RawStore) -> None:
    """An unknown id stays unknown."""
    stranger = SecretId.new(ANNA.workspace)
    await vault.places.posted(ANNA.workspace, stranger, FIRST)
    assert not await store_client.exists(keys.record(stranger), keys.notice(stranger))


async def test_f5_no_other_workspace_and_no_secret_has_such_a_place(vault: Vault) -> None:
    """F5: what another workspace says changes nothing, nor what is said of a share."""
    question, secret = await ask(vault), await share(vault, agent=ANNA)
    await vault.places.posted(STRANGER.workspace, question.id, FIRST)
    await vault.places.posted(ANNA.workspace, secret.id, FIRST)
    for sid in (question.id, secret.id):
        assert (await held(vault, sid)).asked is None
    await vault.places.posted(ANNA.workspace, question.id, FIRST)
    assert (await held(vault, question.id)).asked == FIRST


async def test_an_altered_record_still_takes_a_place(vault: Vault, store_client: RawStore) -> None:
    """Whose request it was cannot be read any more; its message has to go all the same."""
    question = await ask(vault)
    await vault.burn(ANNA, question.id)
    await store_client.hset(keys.record(question.id), "part", "altered")
    await vault.places.posted(ANNA.workspace, question.id, FIRST)
    assert (await held(vault, question.id)).asked == FIRST


async def test_the_store_says_who_posts_the_message(vault: Vault) -> None:
    """A page's request is the courier's to post, by its first entry and its record."""
    modal = await ask(vault)
    secret = await share(vault, agent=ANNA)
    page = SecretId.new(ANNA.workspace)
    asked = await vault.compose_request(
        await session(vault, ANNA, Purpose.COMPOSE),
        NewKeys(page, bytes(1216), Proof.random(), Proof.random()),
        what="the admin login",
        label="ACME",
        fields=(),
        lifetime=Lifetime(3600),
        by_channel=False,
    )
    assert isinstance(asked, Asked)
    for sid, composed in ((modal.id, False), (secret.id, False), (page, True)):
        assert (await held(vault, sid)).composed is composed
    assert [one.composed for one in await _read(vault)] == [False, False, True]


async def _read(vault: Vault) -> list[News]:
    """All news, by a courier of its own."""
    journal = vault.notice_log(ANNA.workspace)
    await journal.forget_the_dead()
    return await journal.read()
