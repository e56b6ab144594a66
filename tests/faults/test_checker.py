"""The checker itself: silent about honest histories, and it bites on each planted defect."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from storage import keys
from storage.model import Nonce, Proof, SecretId
from storage.scripts import Script
from storage.vault import Vault
from tests.faults.checker import violations
from tests.faults.doors import VaultDoor
from tests.faults.found import found
from tests.faults.history import Answer, Deed, Found, History, Reply, Subject, now
from tests.faults.load import SCENES, Load
from tests.people import ANNA
from tests.raw import RawStore

BLOB = b"sealed"


def _subject(**changed: object) -> Subject:
    made = Subject(SecretId.new(ANNA.workspace), Proof.random(), BLOB)
    return replace(made, **changed)  # type: ignore[arg-type]


def _told(subject: Subject, *deeds: tuple[Deed, Reply, Nonce | None]) -> History:
    history = History()
    for deed, reply, page in [(Deed.CREATE, Reply(Answer.DONE), None), *deeds]:
        history.note(subject, deed, now(), reply, page=page)
    return history


def _opened(page: Nonce | None = None, blob: bytes = BLOB) -> tuple[Deed, Reply, Nonce]:
    return Deed.OPEN, Reply(Answer.DONE, blob=blob), page or Nonce.random()


def _refused(reason: str) -> tuple[Deed, Reply, Nonce]:
    return Deed.OPEN, Reply(Answer.REFUSED, reason), Nonce.random()


_BURNED = (Deed.BURN, Reply(Answer.DONE), None)
_PAGE = Nonce.random()

PLANTED: dict[str, Callable[[Subject], History]] = {
    "2 nonces got the ciphertext": lambda s: _told(s, _opened(), _opened()),
    "more often than it may retry": lambda s: _told(s, *[_opened(_PAGE)] * 5),
    "other bytes than were stored": lambda s: _told(s, _opened(blob=b"another's")),
    "readable after an acknowledged burn": lambda s: _told(s, _BURNED, _opened()),
    "of what had been handed out": lambda s: _told(s, _opened(), _BURNED),
    "readable after the page's ack": lambda s: _told(
        s, _opened(_PAGE), (Deed.ACK, Reply(Answer.DONE), _PAGE), _opened(_PAGE)
    ),
    "readable after its expiry": lambda s: _told(replace(s, expires=now() - 1), _opened()),
    "readable after it was said to be expired": lambda s: _told(
        replace(s, single_use=False), _refused("expired"), _opened()
    ),
    "refused as viewed, and nothing": lambda s: _told(s, _refused("viewed")),
    "refused as burned, and nothing": lambda s: _told(s, _refused("burned")),
    "refused as expired, and nothing": lambda s: _told(s, _refused("expired")),
    "refused as lost, and nothing": lambda s: _told(s, _refused("lost")),
    "refused as unavailable, and nothing": lambda s: _told(s, _refused("unavailable")),
    "refused as internal, and nothing": lambda s: _told(s, _refused("internal")),
    "two submissions were accepted": lambda s: _told(
        replace(s, submit=Proof.random()),
        (Deed.SUBMIT, Reply(Answer.DONE), Nonce.random()),
        (Deed.SUBMIT, Reply(Answer.DONE), Nonce.random()),
    ),
    "left no record": _told,
}


@pytest.mark.parametrize("sentence", PLANTED)
def test_what_people_saw_is_held_against_the_promises(sentence: str) -> None:
    """Each planted history is found out, by the rule that is meant for it."""
    broken = violations(PLANTED[sentence](_subject()), {})
    assert any(sentence in one for one in broken), broken


def test_what_was_cut_off_explains_and_accuses_nobody() -> None:
    """A reveal and a burn without an answer may have happened, or not."""
    unknown = Reply(Answer.UNKNOWN)
    subject = _subject()
    for deed, reason in ((Deed.OPEN, "viewed"), (Deed.BURN, "burned")):
        history = _told(subject, (deed, unknown, Nonce.random()), _refused(reason))
        assert violations(history, {subject.id: _kept(reason, deed)}) == []


def _kept(state: str, deed: Deed) -> Found:
    event = "opened" if deed is Deed.OPEN else "burned"
    return Found(
        state=state,
        views=int(deed is Deed.OPEN),
        retries=0,
        confirmed=False,
        guesses=0,
        refused=1,
        blob_ttl_ms=-2,
        trail=("1-0", "2-0", "3-0"),
        entries={"1-0": "created", "2-0": event, "3-0": "refused"},
    )


@pytest.fixture
async def load(vault: Vault) -> Load:
    """People at the vault's door."""
    made = Load(vault, [VaultDoor(vault)], Random(4711))
    await made.enter()
    return made


async def _checked(load: Load, redis: RawStore) -> list[str]:
    return violations(load.history, await found(redis, load.history.facts))


async def test_an_undisturbed_run_keeps_every_promise(load: Load, store_client: RawStore) -> None:
    """Every scene, and nothing to say about any of them."""
    for scene in SCENES * 4:
        await load.play(scene)
    await load.read_back()
    assert await _checked(load, store_client) == []
    assert load.history.count(Answer.UNKNOWN) == 0


async def test_a11_control_a_change_without_its_entry_is_found(
    load: Load, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that is not put on record, as when the entry were a call of its own."""
    script = Script("open")
    before = "note(r, KEYS[3], id, r.fixed.is_request and 'collected' or 'opened', by, reader)"
    assert before in script.text
    script.text = script.text.replace(before, "")
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    monkeypatch.setattr(load.vault._scripts, "_open", script)
    await load.race()
    broken = await _checked(load, store_client)
    assert any("views: 1 in the record, 0 in the audit trail" in one for one in broken)


async def test_a11_control_an_entry_without_its_change_is_found(
    load: Load, store_client: RawStore
) -> None:
    """An entry that no script has written."""
    await load.kept()
    (sid,) = load.history.facts
    entry = {"workspace": ANNA.workspace, "id": sid.value, "event": "burned", "by": ""}
    await store_client.xadd(keys.audit(sid.tag), entry)
    broken = await _checked(load, store_client)
    assert any("name other entries" in one for one in broken)
    assert any("burns: 1 on record, 0 to 0 happened" in one for one in broken)


async def test_ciphertext_that_outlives_its_end_is_found(
    load: Load, store_client: RawStore
) -> None:
    """A claim whose ciphertext no clock ends: half claimed for good."""
    subject = await load.create()
    assert subject
    blob = await store_client.get(keys.blob(subject.id))
    await load.click(subject)
    assert await _checked(load, store_client) == []
    await store_client.set(keys.blob(subject.id), blob)
    assert any("outlives" in one for one in await _checked(load, store_client))
