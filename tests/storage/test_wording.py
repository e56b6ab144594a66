"""Message templates: sealed to their place and workspace, written by admins, on record."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from storage import keys
from storage.model import Event, UserId, WorkspaceId, tag_of
from storage.outcomes import NotAllowed
from storage.policy import Policy
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from storage.wording import Occasion, Outlet, Reworded
from tests.people import ANNA
from tests.raw import RawStore

TEXT = "Hello, canary-template: {link} {date}"
TAG = tag_of(ANNA.workspace)
BEN = replace(ANNA, user=UserId("U0BEN"))


@pytest.fixture
def admins(own_client: Redis, ring: KeyRing) -> Vault:
    """A vault in which Anna is an admin."""
    return Vault(own_client, ring, policy=Policy(admins=frozenset({ANNA.user})))


async def _written(vault: Vault, text: str = TEXT) -> None:
    done = await vault.reword(ANNA, Occasion.ONCE, {Outlet.EMAIL: text, Outlet.CHAT: ""})
    assert done == Reworded()


async def test_what_admins_write_is_what_everybody_gets(
    admins: Vault, store_client: RawStore
) -> None:
    """One text where one was written; emptied, the built-in text is back."""
    await _written(admins)
    assert await admins.templates(ANNA.workspace) == {(Occasion.ONCE, Outlet.EMAIL): TEXT}
    await _written(admins, "")
    assert await admins.templates(ANNA.workspace) == {}
    assert await store_client.exists(keys.templates(TAG)) == 0


async def test_a_change_is_on_record_and_only_an_admin_makes_one(
    admins: Vault, store_client: RawStore
) -> None:
    """Who and when, without the words; a refused one changes nothing and leaves nothing."""
    assert await admins.reword(BEN, Occasion.ONCE, {Outlet.EMAIL: TEXT}) == NotAllowed()
    assert await store_client.exists(keys.templates(TAG), keys.audit(TAG)) == 0
    await _written(admins)
    ((_, entry),) = await store_client.xrange(keys.audit(TAG))
    assert entry[b"event"].decode() == Event.TEMPLATES_CHANGED
    assert (entry[b"by"].decode(), entry[b"id"]) == (ANNA.user, b"")
    assert b"canary" not in repr(entry).encode()


async def test_a_stolen_store_does_not_tell_them(admins: Vault, store_client: RawStore) -> None:
    """At rest they are sealed under a key that is not in the store."""
    await _written(admins)
    assert b"canary" not in repr(await store_client.hgetall(keys.templates(TAG))).encode()


@pytest.mark.parametrize("how", ["flipped", "another place", "plain", "another workspace"])
async def test_c3_whoever_writes_to_the_store_can_put_no_text_in(
    admins: Vault, store_client: RawStore, how: str
) -> None:
    """Altered, moved from another place or workspace, made up: then the built-in text holds."""
    await _written(admins)
    name = keys.templates(TAG)
    ((field, sealed),) = (await store_client.hgetall(name)).items()
    forged, place = sealed, field
    match how:
        case "flipped":
            forged = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "another place":
            place = field.replace(b"email", b"chat")
        case "plain":
            forged = sealed[:8] + TEXT.encode()
        case _:
            place = field.replace(ANNA.workspace.encode(), b"T0OTHER")
    await store_client.delete(name)
    await store_client.hset(name, place, forged)
    for workspace in (ANNA.workspace, WorkspaceId("T0OTHER")):
        assert await admins.templates(workspace) == {}
    # The control: as it was written it is believed.
    await store_client.hset(name, field, sealed)
    assert (await admins.templates(ANNA.workspace))[Occasion.ONCE, Outlet.EMAIL] == TEXT


async def test_c7_a_rotated_key_reads_them_and_a_removed_one_does_not(
    admins: Vault, own_client: Redis, ring: KeyRing
) -> None:
    """Old texts stay readable while their key is there; without it, the built-in text."""
    await _written(admins)
    fresh = MasterKey.random()
    for masters, count in (([fresh, ring.current], 1), ([fresh], 0)):
        found = await Vault(own_client, KeyRing(masters)).templates(ANNA.workspace)
        assert len(found) == count


async def test_f5_each_workspace_has_its_own(admins: Vault) -> None:
    """Also where two share a tag."""
    await _written(admins)
    await admins.keep_outlet(ANNA, Outlet.CHAT)
    assert await admins.templates(WorkspaceId("T0OTHER")) == {}
    assert await admins.outlets(WorkspaceId("T0OTHER")) == {}
    assert await admins.outlets(ANNA.workspace) == {ANNA.user: Outlet.CHAT}
