"""Alarms: what an operator must hear of, as one log line at ERROR with ``event=alarm``."""

import structlog

from storage.model import SecretId

_log = structlog.get_logger("alarm")


def alarm(kind: str, sid: SecretId | None = None) -> None:
    """Raise an alarm of that kind: lost, tampered. Names the secret by its short ref only."""
    _log.error("alarm", kind=kind, **({"ref": sid.ref} if sid else {}))
