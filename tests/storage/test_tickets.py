"""Tickets and sessions: one use, one person, a short life, and nothing more than was granted."""

import dataclasses

import pytest

from storage.model import Event
from storage.outcomes import Gone, Unavailable
from storage.seal import KeyRing, MasterKey
from storage.tickets import (
    LIFE,
    SESSION_LIFE,
    Purpose,
    Redeemed,
    Session,
    Ticket,
    TicketExpired,
    Tickets,
    TicketUsed,
)
from storage.vault import Vault
from tests.links import READER, reveal, share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore


class Clock:
    """Time that a test moves."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def tickets(store_client: RawStore, ring: KeyRing, clock: Clock) -> Tickets:
    """Tickets on an empty store."""
    return Tickets(store_client, ring, clock)


async def test_a_ticket_becomes_a_session_once(tickets: Tickets) -> None:
    """The first browser gets the session, a second one is told that it was used."""
    ticket = tickets.issue(ANNA, Purpose.VISIT)
    done = await tickets.redeem(ticket, None)
    assert isinstance(done, Redeemed)
    assert tickets.session(done.cookie) == done.session
    assert (done.session.user, done.session.workspace) == (ANNA.user, ANNA.workspace)
    assert isinstance(await tickets.redeem(ticket, None), TicketUsed)


async def test_a_reload_answers_as_the_first_time(tickets: Tickets) -> None:
    """A used ticket with a live session of the same person and purpose; not with another's."""
    ticket = tickets.issue(ANNA, Purpose.VISIT)
    done = await tickets.redeem(ticket, None)
    assert isinstance(done, Redeemed)
    assert isinstance(await tickets.redeem(ticket, done.session), Redeemed)
    bens = await tickets.redeem(tickets.issue(BEN, Purpose.VISIT), None)
    assert isinstance(bens, Redeemed)
    assert isinstance(await tickets.redeem(ticket, bens.session), TicketUsed)
    ungranted = dataclasses.replace(done.session, grants=frozenset())
    assert isinstance(await tickets.redeem(ticket, ungranted), TicketUsed)


async def test_old_tickets_and_sessions_are_over(tickets: Tickets, clock: Clock) -> None:
    """Ten minutes for a visit, twelve hours for a session."""
    ticket = tickets.issue(ANNA, Purpose.VISIT)
    done = await tickets.redeem(tickets.issue(ANNA, Purpose.VISIT), None)
    assert isinstance(done, Redeemed)
    clock.now += LIFE[Purpose.VISIT]
    assert isinstance(await tickets.redeem(ticket, None), TicketExpired)
    assert tickets.session(done.cookie)
    clock.now += SESSION_LIFE
    assert tickets.session(done.cookie) is None


async def test_forged_altered_and_foreign_ones_are_refused(
    tickets: Tickets, store_client: RawStore, clock: Clock
) -> None:
    """No byte can be changed; another server's ticket, or a ticket as a cookie, is nothing."""
    text = tickets.issue(ANNA, Purpose.VISIT).expose()
    for at in range(0, len(text), 7):
        other = b"A" if text[at : at + 1] != b"A" else b"B"
        forged = Ticket(text[:at] + other + text[at + 1 :])
        assert isinstance(await tickets.redeem(forged, None), TicketExpired)
    for nonsense in (b"", b"x", b"\xff", b"A" * 5000):
        assert isinstance(await tickets.redeem(Ticket(nonsense), None), TicketExpired)
    assert tickets.session(text.decode()) is None
    elsewhere = Tickets(store_client, KeyRing([MasterKey.random()]), clock)
    assert isinstance(await elsewhere.redeem(Ticket(text), None), TicketExpired)


async def test_a_ticket_says_nothing_to_whoever_sees_it(tickets: Tickets) -> None:
    """Opaque: neither user nor workspace can be read, and it does not print."""
    ticket = tickets.issue(ANNA, Purpose.VISIT)
    assert ANNA.user.encode() not in ticket.expose()
    assert ticket.expose().decode() not in repr(ticket)


async def test_the_creators_own_look_after_the_end_is_no_refused_opening(vault: Vault) -> None:
    """Everybody else's is recorded; a colleague's session or a stranger's is nobody's."""
    holder = await share(vault)
    await reveal(vault, holder)

    async def looked(agent_is: Session | None) -> int:
        outcome = await vault.look(holder.id, holder.proof, READER, agent_is)
        assert isinstance(outcome, Gone)
        details = await vault.details(ANNA.workspace, holder.id)
        assert not isinstance(details, Unavailable)
        return sum(entry.event is Event.REFUSED for entry in details.trail)

    sessions = {}
    for agent in (ANNA, BEN, STRANGER):
        done = await vault.tickets.redeem(vault.tickets.issue(agent, Purpose.VISIT), None)
        assert isinstance(done, Redeemed)
        sessions[agent.user, agent.workspace] = done.session
    assert await looked(sessions[ANNA.user, ANNA.workspace]) == 0
    assert await looked(sessions[BEN.user, BEN.workspace]) == 1
    assert await looked(None) == 1  # one client address and hour counts once
