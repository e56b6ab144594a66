"""One function per key in the store. All keys of a script carry the tag as their hash tag."""

import base64
import hashlib

from storage.model import SecretId, WorkspaceId, tag_of

PREFIX = "ss:"


def record(sid: SecretId) -> str:
    """Hash: immutable part, mac and what changes."""
    return f"{PREFIX}{{{sid.tag}}}:record:{sid.value}"


def blob(sid: SecretId) -> str:
    """String: the sealed ciphertext, alone so that it can end before its record does."""
    return f"{PREFIX}{{{sid.tag}}}:blob:{sid.value}"


def audit(tag: str) -> str:
    """Stream: every change, append-only."""
    return f"{PREFIX}{{{tag}}}:audit"


def index(tag: str) -> str:
    """Sorted set: id by creation time in ms, for the history."""
    return f"{PREFIX}{{{tag}}}:index"


def due(tag: str) -> str:
    """Sorted set: id by the time in ms at which the sweeper must look at it."""
    return f"{PREFIX}{{{tag}}}:due"


def ticket(workspace: WorkspaceId, mark: str) -> str:
    """String: a ticket that was used."""
    return f"{PREFIX}{{{tag_of(workspace)}}}:ticket:{mark}"


def submission(workspace: WorkspaceId, view: str) -> str:
    """Hash: which secret a Slack view has made, and by which press of Submit."""
    name = hashlib.sha256(f"{workspace}|{view}".encode()).digest()[:16]
    return f"{PREFIX}{{{tag_of(workspace)}}}:submission:" + base64.b32encode(name).decode().rstrip(
        "="
    )
