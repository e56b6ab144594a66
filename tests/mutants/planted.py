"""A pytest plugin: the tests run with one script changed, as PLANTED says."""

import hashlib
import json
import os

from storage.scripts import Script, Watch

PLANTED = "SLASH_SECRET_PLANTED"


def plant(script: Script, old: str, new: str) -> None:
    """Change a script where ``old`` stands; AssertionError unless that is exactly one place."""
    assert script.text.count(old) == 1, (script.text.count(old), old)
    script.text = script.text.replace(old, new)
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()


def _plant_all(where: str, old: str, new: str) -> None:
    """Have every script of this process made with the defect."""
    sound = Script.__init__

    def made(self: Script, name: str, watch: Watch | None = None) -> None:
        sound(self, name, watch)
        # What they share is in front of each.
        if where in {name, "_record"}:
            plant(self, old, new)

    Script.__init__ = made  # type: ignore[method-assign]


# On import, and so before any module that makes its scripts when it is imported.
if PLANTED in os.environ:
    _plant_all(*json.loads(os.environ[PLANTED]))
