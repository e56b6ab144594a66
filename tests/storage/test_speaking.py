"""The customer's language beside a secret: kept for its agent, told to whoever has the link."""

from dataclasses import replace

from storage import keys
from storage.languages import Language, known
from storage.model import Details, UserId, WorkspaceId
from storage.outcomes import Look, Spoken, Unavailable
from storage.vault import Vault
from tests.links import READER, Holder, share
from tests.people import ANNA, BEN
from tests.raw import RawStore

GERMAN = Language("de")


async def told(vault: Vault, holder: Holder) -> Language | None:
    """What a page learns."""
    found = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(found, Look)
    return found.language


async def test_the_page_and_the_team_learn_what_the_agent_chose(vault: Vault) -> None:
    """Of this secret alone, until it is taken back; and it is what they begin with next time."""
    holder, other = await share(vault), await share(vault)
    assert await told(vault, holder) is None
    spoken = await vault.speak(ANNA, holder.id, GERMAN)
    assert isinstance(spoken, Spoken)
    assert spoken.record.id == holder.id
    assert (await told(vault, holder), await told(vault, other)) == (GERMAN, None)
    found = await vault.details(ANNA.workspace, holder.id)
    assert isinstance(found, Details)
    assert found.summary.language == GERMAN
    assert (await vault.language(ANNA), await vault.language(BEN)) == (GERMAN, None)
    assert await vault.languages(ANNA.workspace) == {ANNA.user: GERMAN}
    assert await vault.languages(WorkspaceId("T0NOBODY")) == {}
    await vault.speak(ANNA, holder.id, None)
    assert await told(vault, holder) is None
    assert await vault.language(ANNA) is None


async def test_nobody_else_chooses(vault: Vault) -> None:
    """Not a colleague, not the same user id of another workspace, not for what is not there."""
    holder = await share(vault)
    for agent in (BEN, replace(ANNA, workspace=WorkspaceId("T0OTHER"))):
        assert await vault.speak(agent, holder.id, GERMAN) == Unavailable()
    gone = replace(holder.id, value=holder.id.value[:4] + "A" * 22)
    assert await vault.speak(ANNA, gone, GERMAN) == Unavailable()
    assert await told(vault, holder) is None
    assert await vault.languages(ANNA.workspace) == {}


async def test_a_store_that_says_another_word_says_nothing(
    vault: Vault, store_client: RawStore
) -> None:
    """It is not authenticated: whatever stands there is a language of ours, or none."""
    holder = await share(vault)
    for word in (b"../../x", b"<script>", b"\xff\xfe", b"EN", b""):
        await store_client.hset(keys.record(holder.id), "language", word)
        assert await told(vault, holder) is None
        await store_client.hset(
            keys.languages(holder.id.tag), f"{ANNA.workspace}|{ANNA.user}", word.strip(b"\xff\xfe")
        )
        assert await vault.language(ANNA) is None
    assert known("de") == GERMAN
    assert UserId("x") not in await vault.languages(ANNA.workspace)
