"""The notes in DATA_DIR: what is torn, forged, old or another's does not count, and keys rotate."""

from pathlib import Path

import pytest

from storage.journal import TAIL, Entry, Journal, Mark
from storage.seal import KeyRing, MasterKey

TAG = "Ab-_"


def entry(number: int, *, at: int = 1000, name: str | None = None) -> Entry:
    """Something noted."""
    return Entry(Mark(number, f"{number:016x}"), at, name or f"{TAG}{number:022d}")


@pytest.fixture
def journal(ring: KeyRing, tmp_path: Path) -> Journal:
    """A journal with three entries."""
    made = Journal(ring, tmp_path, TAG)
    made.append([entry(1), entry(2)])
    made.append([entry(3)])
    return made


def file_of(folder: Path) -> Path:
    """Where it is."""
    return folder / f"{TAG}.journal"


def test_what_was_noted_is_read(journal: Journal, ring: KeyRing, tmp_path: Path) -> None:
    """By this process, by another, and by one that looked before it was written."""
    other = Journal(ring, tmp_path, TAG)
    assert list(other.entries()) == [entry(1), entry(2), entry(3)]
    assert other.newest() == journal.newest() == entry(3).mark
    journal.append([entry(4)])
    assert other.newest() == entry(4).mark
    assert Journal(ring, tmp_path, "none").newest() is None


def test_a_torn_write_loses_only_itself(journal: Journal, ring: KeyRing, tmp_path: Path) -> None:
    """Cut anywhere in the last line: the ones before count, and what is added after does too."""
    path = file_of(tmp_path)
    whole = path.read_bytes()
    last = len(whole) - whole[:-1].rfind(b"\n") - 1
    for cut in range(1, last, 7):
        path.write_bytes(whole[:-cut])
        reader = Journal(ring, tmp_path, TAG)
        # Without its line end alone it may be believed or not: it is whole.
        assert reader.newest() == entry(2).mark
        journal.append([entry(9)])
        assert reader.newest() == entry(9).mark
        assert entry(9) in list(reader.entries())


def test_a_forged_line_does_not_count(journal: Journal, ring: KeyRing, tmp_path: Path) -> None:
    """Any character altered, another tag's line, another server's: neither number nor id."""
    path = file_of(tmp_path)
    line = path.read_bytes().splitlines()[0]
    for place in range(len(line)):
        altered = bytearray(line)
        altered[place] = ord("1") if altered[place] != ord("1") else ord("2")
        path.write_bytes(bytes(altered) + b"\n")
        assert list(journal.entries()) == [], place
        assert Journal(ring, tmp_path, TAG).newest() is None
    path.write_bytes(line + b"\n")
    assert list(journal.entries()) == [entry(1)]
    path.rename(tmp_path / "Zz00.journal")
    assert Journal(ring, tmp_path, "Zz00").newest() is None


def test_another_servers_key_opens_nothing(journal: Journal, tmp_path: Path) -> None:
    """A wrong key reads none of it, and does not destroy it either."""
    stranger = Journal(KeyRing([MasterKey.random()]), tmp_path, TAG)
    assert stranger.newest() is None
    assert list(stranger.entries()) == []
    stranger.compact(before=0)
    assert len(list(journal.entries())) == 3


def test_keys_rotate(journal: Journal, ring: KeyRing, tmp_path: Path) -> None:
    """Compacting writes old keys' lines under the new one, so that the old ones may go."""
    new = MasterKey.random()
    both = Journal(KeyRing([new, *ring]), tmp_path, TAG)
    assert both.newest() == journal.newest()
    both.compact(before=0)
    only_new = Journal(KeyRing([new]), tmp_path, TAG)
    assert list(only_new.entries()) == [entry(1), entry(2), entry(3)]
    assert only_new.newest() == entry(3).mark


def test_what_is_old_goes_and_the_newest_number_stays(
    journal: Journal, ring: KeyRing, tmp_path: Path
) -> None:
    """By age. A process that had read the file before goes on reading the new one."""
    assert journal.newest() == entry(3).mark
    journal.compact(before=2000)
    assert list(journal.entries()) == [entry(3)]
    journal.append([entry(4, at=3000)])
    assert journal.newest() == entry(4).mark
    assert Journal(ring, tmp_path, TAG).newest() == entry(4).mark
    with file_of(tmp_path).open("ab") as file:
        file.write(b"garbage\n")
    journal.compact(before=2000)
    assert b"garbage" not in file_of(tmp_path).read_bytes()


def test_a_long_journal_is_begun_at_its_end(ring: KeyRing, tmp_path: Path) -> None:
    """The newest number costs the tail, not the file."""
    journal = Journal(ring, tmp_path, TAG)
    journal.append(entry(number) for number in range(1, 2001))
    assert file_of(tmp_path).stat().st_size > 2 * TAIL
    assert Journal(ring, tmp_path, TAG).newest() == entry(2000).mark


def test_a_file_that_cannot_be_read_says_what_it_said(journal: Journal, tmp_path: Path) -> None:
    """DATA_DIR away for a moment: what was noted is not forgotten."""
    assert journal.newest() == entry(3).mark
    file_of(tmp_path).unlink()
    assert journal.newest() == entry(3).mark


def _large(ring: KeyRing, folder: Path, *, old: int, new: int) -> Journal:
    """So many entries from before and from after second 2000, more than a file's tail."""
    made = Journal(ring, folder, TAG)
    made.append(entry(number, at=1000) for number in range(1, old + 1))
    made.append(entry(number, at=3000) for number in range(old + 1, old + new + 1))
    assert file_of(folder).stat().st_size > TAIL
    return made


def test_a_large_journal_is_copied_when_half_of_it_is_old(ring: KeyRing, tmp_path: Path) -> None:
    """What is kept is not read again and again for the sake of a few lines that may go."""
    made = _large(ring, tmp_path, old=300, new=400)
    before = file_of(tmp_path).stat()
    made.compact(before=2000)
    after = file_of(tmp_path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    made = _large(ring, tmp_path / "more", old=500, new=400)
    made.compact(before=2000)
    assert [one.mark.number for one in made.entries()] == list(range(501, 901))
    assert made.newest() == entry(900).mark


def test_a_large_journal_lets_an_old_key_go_at_once(ring: KeyRing, tmp_path: Path) -> None:
    """However little is old: a key that was rotated away must not be needed any more."""
    _large(ring, tmp_path, old=1, new=700)
    fresh = MasterKey.random()
    Journal(KeyRing([fresh, ring.current]), tmp_path, TAG).compact(before=0)
    assert len(list(Journal(KeyRing([fresh]), tmp_path, TAG).entries())) == 701


def test_what_is_added_during_compaction_stays(
    ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process's claim neither waits for the copy nor is left out of it."""
    made, other = _large(ring, tmp_path, old=700, new=10), Journal(ring, tmp_path, TAG)
    kept = Journal._kept

    def slowly(self: Journal, data: bytes, before: int) -> list[bytes]:
        found = list(kept(self, data, before))
        other.append([entry(999, at=3000)])
        return found

    monkeypatch.setattr(Journal, "_kept", slowly)
    made.compact(before=2000)
    assert [one.mark.number for one in other.entries()] == [*range(701, 711), 999]
