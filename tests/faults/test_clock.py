"""A9: the store's clock is wrong or jumps. What was said to have ended stays ended."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from storage import keys
from storage.scripts import Script
from storage.seal import KeyRing
from storage.vault import Vault
from tests.faults.checker import violations
from tests.faults.doors import VaultDoor
from tests.faults.found import found
from tests.faults.history import Answer, now
from tests.faults.load import SCENES, Load
from tests.faults.stores import OwnStore, own_store
from tests.people import ANNA

_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")
_FAKETIME = "libfaketimeMT.so.1"


def _faketime() -> Path | None:
    found = (path for folder in _LIBRARIES for path in Path(folder).rglob(_FAKETIME))
    return next(found, None)


LIBRARY = _faketime()
pytestmark = pytest.mark.skipif(
    LIBRARY is None,
    reason="CLOCK JUMPS ARE NOT TESTED: libfaketime is not installed (apt install libfaketime)",
)


class Clock:
    """What the store believes, beside the truth."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.environ = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.jump(0)

    def jump(self, hours: int) -> None:
        """So many hours ahead of the truth from now on, or behind it."""
        self._file.write_text(f"{hours:+d}h")


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the store that a test starts."""
    return Clock(tmp_path / "clock")


@pytest.fixture
async def own(tmp_path: Path, clock: Clock) -> AsyncIterator[OwnStore]:
    """A store that looks at that clock."""
    async with own_store(tmp_path / "store", environ=clock.environ) as running:
        yield running


@pytest.fixture
async def load(own: OwnStore, ring: KeyRing) -> Load:
    """People whose own clocks are right."""
    vault = Vault(own.redis, ring)
    made = Load(vault, [VaultDoor(vault)], Random(9))
    await made.enter()
    return made


@pytest.mark.parametrize("hours", [-72, 72])
async def test_a9_a_store_whose_clock_is_days_off_serves_as_any_other(
    load: Load, own: OwnStore, clock: Clock, hours: int
) -> None:
    """A9: lifetimes are counted by one clock only, so that it may be wrong."""
    clock.jump(hours)
    seconds, _ = await own.client.time()
    assert abs(seconds - now()) > 71 * 3600
    for scene in SCENES * 2:
        await load.play(scene)
    await load.read_back()
    assert violations(load.history, await found(own.client, load.history.facts)) == []
    assert load.history.count(Answer.UNKNOWN) == 0


@pytest.mark.parametrize("swept", [True, False])
async def test_a9_what_a_jump_has_ended_does_not_revive(
    load: Load, own: OwnStore, clock: Clock, *, swept: bool
) -> None:
    """A9: ahead past the expiry and back again: whoever was told "expired" was told the truth.

    Also where the store ends no key by itself, so that only the record stands in the way.
    """
    subjects = [await load.create(single_use=one % 2 == 0) for one in range(20)]
    for subject in filter(None, subjects):
        await own.client.persist(keys.blob(subject.id))
    clock.jump(2)
    if swept:
        await load.vault.sweep(ANNA.workspace)
    for subject in filter(None, subjects):
        assert (await load.click(subject)).reason == "expired"
    clock.jump(0)
    await load.read_back()
    kept = await found(own.client, load.history.facts)
    broken = violations(load.history, kept)
    assert [one for one in broken if "nothing had ended it" not in one] == []
    assert {one.state for one in kept.values()} == {"expired"}


async def test_a9_control_an_end_that_is_not_written_down_revives(
    load: Load, own: OwnStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same jump, when "expired" is only said."""
    written = "finish(r, blob, due, id, 'expired', r.fixed.expires)"
    said = "r.state, r.ended = 'expired', r.fixed.expires do return r.state end"
    for name in ("_open", "_look"):
        script = Script(name.removeprefix("_"))
        assert written in script.text
        script.text = script.text.replace(written, said)
        script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
        monkeypatch.setattr(load.vault._scripts, name, script)
    subject = await load.create()
    assert subject
    await own.client.persist(keys.blob(subject.id))
    clock.jump(2)
    assert (await load.click(subject)).reason == "expired"
    clock.jump(0)
    assert (await load.click(subject)).answer is Answer.DONE
