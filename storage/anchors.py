"""The last checkpoint that this machine knows of, in DATA_DIR: what a store that went back lacks."""

import os
from pathlib import Path

from storage.checkpoints import SealedCheckpoint
from storage.errors import IntegrityError
from storage.files import write_durably

_SUFFIX = ".anchor"
_SIZE_MAX = 4096


class Anchors:
    """``audit/<tag>.anchor`` below DATA_DIR, one for each trail: lp(part), lp(mac)."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "audit"

    def tags(self) -> set[str]:
        """Which trails this machine has sealed. Raises OSError."""
        if not self._folder.is_dir():
            return set()
        return {path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}")}

    def read(self, tag: str) -> SealedCheckpoint | None:
        """Give it unbelieved, or None when there is none. Raises IntegrityError, OSError."""
        try:
            handle = os.open(self._path(tag), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            data = file.read(_SIZE_MAX + 1)
        if len(data) > _SIZE_MAX:
            raise IntegrityError("not an anchor")
        return SealedCheckpoint.of(data)

    def write(self, tag: str, sealed: SealedCheckpoint) -> None:
        """Keep it, durably. Raises OSError."""
        write_durably(self._path(tag), bytes(sealed))

    def _path(self, tag: str) -> Path:
        return self._folder / f"{tag}{_SUFFIX}"
