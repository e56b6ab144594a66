"""Alarms: what an operator must hear of, as one log line at ERROR with ``event=alarm``."""

from collections import Counter
from typing import Literal, get_args

import structlog

from storage.model import SecretId

AlarmKind = Literal[
    "audit_altered",
    "audit_key_missing",
    "audit_went_back",
    "evicting",
    "foreign_entry",
    "lost",
    "memory",
    "policy",
    "rollback",
    "tampered",
    "unreadable",
    "withheld",
]
KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)

# How many of each kind this process has raised, for /metrics.
raised: Counter[AlarmKind] = Counter()
_log = structlog.get_logger("alarm")


def alarm(kind: AlarmKind, sid: SecretId | None = None) -> None:
    """Raise an alarm of a kind that docs/operators.md explains; a secret is named by its ref."""
    raised[kind] += 1
    _log.error("alarm", kind=kind, **({"ref": sid.ref} if sid else {}))
