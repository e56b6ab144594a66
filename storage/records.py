"""Reads records as the team sees them, and says honestly what became of each secret."""

from storage.audit import readable
from storage.errors import IntegrityError, Unreadable
from storage.model import HOUR, LIVING, Record, Seconds, SecretId, State, Status, Summary, UserId
from storage.replies import Stored
from storage.seal import KeyRing, open_blob, open_record


def summarise(ring: KeyRing, sid: SecretId, created_ms: int, stored: Stored | None) -> Summary:
    """Believe what verifies, and name what does not: Tampered, or Lost with its key."""
    created = Seconds(created_ms // 1000)
    if stored is None:
        return Summary(sid, created, Status(State.LOST, single_use=True), None, None)
    try:
        record = open_record(ring, sid, stored.sealed)
        state = _state(ring, record, stored)
    except Unreadable:
        status = Status(State.LOST, single_use=True, key_missing=True)
        return Summary(sid, created, status, None, None)
    except IntegrityError:
        return Summary(sid, created, Status(State.TAMPERED, single_use=True), None, None)
    status = Status(
        state=state,
        single_use=record.single_use,
        views=stored.views,
        confirmed=stored.confirmed,
        at=_end(record, state, stored),
        went_back=state is State.LOST and _is_held_back(record, stored),
        last_opened=Seconds(stored.last_ms // 1000) if stored.last_ms else None,
        is_request=record.is_request,
        received=Seconds(stored.received_ms // 1000) if stored.received_ms else None,
        collector=UserId(stored.collector) if stored.collector else None,
        lifetime=_lifetime(record, stored),
    )
    reader = readable(ring, sid, stored.reader)
    return Summary(sid, record.created, status, record, reader, stored.language)


def _state(ring: KeyRing, record: Record, stored: Stored) -> State:
    """Compute the state. Raises IntegrityError when the blob or the state's word was altered."""
    try:
        state = State(stored.state)
    except ValueError:
        raise IntegrityError("the record's state is not a state") from None
    if state not in LIVING:
        return state
    if stored.now_ms >= record.expires * 1000:
        return State.EXPIRED
    if _is_held_back(record, stored):
        return State.LOST
    if state is State.WAITING:
        return state
    if stored.blob is None:
        return State.LOST
    open_blob(ring.named(record.key_name), record.id, stored.sealed.mac, stored.blob)
    return state


def _lifetime(record: Record, stored: Stored) -> int:
    """What it was made with, in seconds.

    Of an extended one the store says it, unauthenticated: whoever can write there can have an agent's
    Extend add another length, within the policy, and nothing is longer by that alone.
    """
    whole = record.expires - record.created
    first = stored.lifetime
    return first if first is not None and HOUR <= first <= whole else whole


def _is_held_back(record: Record, stored: Stored) -> bool:
    """Alive as the store has it, and perhaps shown or burned since: lua/_record.lua says the same."""
    held = record.single_use and stored.back_since_ms is not None
    return held and stored.state in LIVING


def _end(record: Record, state: State, stored: Stored) -> Seconds | None:
    if state in LIVING:
        return None
    if state is State.EXPIRED:
        return record.expires
    if stored.back_since_ms and _is_held_back(record, stored):
        return Seconds(stored.back_since_ms // 1000)
    at_ms = stored.ended_ms or stored.claimed_ms
    return Seconds(at_ms // 1000) if at_ms else None
