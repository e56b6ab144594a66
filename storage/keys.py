"""One function per key in the store. All keys of a script carry the tag as their hash tag."""

import base64
import hashlib
from functools import lru_cache

from storage.model import SecretId, UserId, WorkspaceId, tag_of

PREFIX = "ss:"
# String: nothing, for two seconds; written at a start to see whether durability shows.
PROBE = f"{PREFIX}probe"


def record(sid: SecretId) -> str:
    """Hash: immutable part, mac and what changes."""
    return f"{PREFIX}{{{sid.tag}}}:record:{sid.value}"


def blob(sid: SecretId) -> str:
    """String: the sealed ciphertext, alone so that it can end before its record does."""
    return f"{PREFIX}{{{sid.tag}}}:blob:{sid.value}"


def audit(tag: str) -> str:
    """Stream: every change, append-only."""
    return f"{PREFIX}{{{tag}}}:audit"


def seals(tag: str) -> str:
    """Stream: the audit stream's checkpoints, each named ``number-0``."""
    return f"{PREFIX}{{{tag}}}:seals"


def sealer(tag: str) -> str:
    """Hash: which process seals the audit stream, and until when (ms)."""
    return f"{PREFIX}{{{tag}}}:sealer"


def index(tag: str) -> str:
    """Sorted set: id by creation time in ms, for the history."""
    return f"{PREFIX}{{{tag}}}:index"


def due(tag: str) -> str:
    """Sorted set: id by the time in ms at which the sweeper must look at it."""
    return f"{PREFIX}{{{tag}}}:due"


def generation(tag: str) -> str:
    """Hash: how many claims, burns and replacements there were, and the quarantine after a restore."""
    return f"{PREFIX}{{{tag}}}:generation"


def tag_in(name: str) -> str:
    """Find the tag of any key of ours."""
    return name[len(PREFIX) + 1 :].partition("}")[0]


def notice(sid: SecretId) -> str:
    """Hash: where the message to the creator is, and what it has told."""
    return f"{PREFIX}{{{sid.tag}}}:notice:{sid.value}"


def ticket(workspace: WorkspaceId, mark: str) -> str:
    """String: a ticket that was used."""
    return f"{PREFIX}{{{tag_of(workspace)}}}:ticket:{mark}"


def fading(tag: str) -> str:
    """Sorted set: names of what is remembered for a while, by the time in ms at which it goes.

    For a store that may drop what has a TTL; see ``_memory.lua``.
    """
    return f"{PREFIX}{{{tag}}}:fading"


def may_fade(tag: str, name: str) -> bool:
    """Whether such a name is one of ours."""
    return name.startswith(tuple(f"{PREFIX}{{{tag}}}:{kind}:" for kind in ("ticket", "submission")))


def presets(tag: str) -> str:
    """Hash: ``workspace|user`` to the lifetime and access that the agent chose last."""
    return f"{PREFIX}{{{tag}}}:presets"


def templates(tag: str) -> str:
    """Hash: ``workspace|occasion|outlet`` to a message template of the team's own, sealed."""
    return f"{PREFIX}{{{tag}}}:templates"


def outlets(tag: str) -> str:
    """Hash: ``workspace|user`` to where the agent pasted last."""
    return f"{PREFIX}{{{tag}}}:outlets"


def languages(tag: str) -> str:
    """Hash: ``workspace|user`` to the language that the agent chose last for a customer."""
    return f"{PREFIX}{{{tag}}}:languages"


def creates(workspace: WorkspaceId, user: UserId) -> str:
    """String: the moment in ms at which what this agent has made is worked off (CREATES_PER_HOUR)."""
    return f"{PREFIX}{{{tag_of(workspace)}}}:creates:{_short(f'{workspace}|{user}')}"


def submission(workspace: WorkspaceId, view: str) -> str:
    """Hash: which secret a Slack view has made, and by which press of Submit."""
    return f"{PREFIX}{{{tag_of(workspace)}}}:submission:{_short(f'{workspace}|{view}')}"


@lru_cache(1024)
def _short(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()[:16]
    return base64.b32encode(digest).decode().rstrip("=")
