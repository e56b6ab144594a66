"""What a session may do is what its tickets granted, and nothing that another's did."""

import json
import time
from dataclasses import replace

import pytest

from storage.model import Kind, SecretId
from storage.outcomes import Opened, SessionRequired
from storage.seal import KeyRing, seal_token
from storage.tickets import (
    LIFE,
    MAX_LENGTH,
    MOST_GRANTED,
    Errand,
    Purpose,
    Redeemed,
    Session,
    Ticket,
    TicketExpired,
    Tickets,
    TicketUsed,
)
from storage.vault import Vault
from storage.wire import b64u
from tests.asking import IN_CHANNEL, answered, ask, collect, session
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore

COLLECT, COMPOSE, VISIT = Purpose.COLLECT, Purpose.COMPOSE, Purpose.VISIT


def an_id() -> SecretId:
    """Some request of Anna's workspace."""
    return SecretId.new(ANNA.workspace)


async def redeem(tickets: Tickets, ticket: Ticket, present: Session | None = None) -> Redeemed:
    """Open the page; the cookie must say what the session says."""
    done = await tickets.redeem(ticket, present)
    assert isinstance(done, Redeemed)
    assert tickets.session(done.cookie) == done.session
    return done


async def test_a_session_carries_only_what_its_tickets_granted(vault: Vault) -> None:
    """Visit is no compose, compose no collect, and collect is for the one request it names."""
    question, other = await ask(vault), await ask(vault)
    visiting = await session(vault, ANNA, VISIT)
    composing = await session(vault, ANNA, COMPOSE)
    collecting = await session(vault, ANNA, COLLECT, question.id)
    record, others = [
        summary.record
        for sid in (question.id, other.id)
        if (summary := (await vault.details(ANNA.workspace, sid)).summary)  # type: ignore[union-attr]
    ]
    assert record
    assert others
    assert [one.may_compose for one in (visiting, composing, collecting)] == [False, True, False]
    assert [one.created(record) for one in (visiting, composing, collecting)] == [
        True,
        False,
        False,
    ]
    can = [one.may_collect(record) for one in (visiting, composing, collecting)]
    assert can == [False, False, True]
    assert not collecting.may_collect(others)


async def test_tickets_redeemed_later_add(vault: Vault) -> None:
    """The same person's; another person's begins anew, and lends nothing to the first."""
    tickets, first, second = vault.tickets, an_id(), an_id()
    done = await redeem(tickets, tickets.issue(ANNA, COMPOSE, Errand(channel="C1")))
    for errand in (Errand(first), Errand(second), Errand(first)):
        done = await redeem(tickets, tickets.issue(ANNA, COLLECT, errand), done.session)
    anna = done.session
    assert anna.grants == {COMPOSE, COLLECT}
    assert (anna.requests, anna.channels) == ((second, first), ("C1",))
    for agent in (BEN, STRANGER):
        theirs = (await redeem(tickets, tickets.issue(agent, VISIT), anna)).session
        assert theirs.grants == {VISIT}
        assert not theirs.requests + theirs.channels


async def test_a_reload_answers_as_the_first_time_for_the_same_errand_only(vault: Vault) -> None:
    """A used ticket adds nothing to a session that has not got what it names."""
    tickets, request = vault.tickets, an_id()
    cases = (
        (COLLECT, Errand(request), Errand(an_id())),
        (COMPOSE, Errand(channel="C1"), Errand(channel="C2")),
    )
    for purpose, errand, other in cases:
        ticket = tickets.issue(ANNA, purpose, errand)
        done = await redeem(tickets, ticket)
        again = await redeem(tickets, ticket, done.session)
        assert (again.purpose, again.errand) == (purpose, errand)
        elsewhere = await redeem(tickets, tickets.issue(ANNA, purpose, other))
        visiting = await redeem(tickets, tickets.issue(ANNA, VISIT))
        bens = await redeem(tickets, tickets.issue(BEN, purpose, errand))
        for present in (None, elsewhere.session, visiting.session, bens.session):
            assert isinstance(await tickets.redeem(ticket, present), TicketUsed)


async def test_how_long_tickets_live(store_client: RawStore, ring: KeyRing) -> None:
    """An hour to compose, ten minutes to collect."""
    assert {purpose: LIFE[purpose] for purpose in (COLLECT, COMPOSE)} == {
        COLLECT: 600,
        COMPOSE: 3600,
    }
    now = 1_800_000_000.0
    tickets = Tickets(store_client, ring, lambda: now)
    for purpose, errand in ((COLLECT, Errand(an_id())), (COMPOSE, Errand())):
        early, late = (tickets.issue(ANNA, purpose, errand) for _ in range(2))
        now += LIFE[purpose] - 1
        await redeem(tickets, early)
        now += 1
        assert isinstance(await tickets.redeem(late, None), TicketExpired)


async def test_a_ticket_to_collect_names_its_request(vault: Vault) -> None:
    """A defect of ours would else grant all or nothing."""
    with pytest.raises(ValueError, match="names its request"):
        vault.tickets.issue(ANNA, COLLECT)
    with pytest.raises(ValueError, match="names its request"):
        vault.tickets.issue(ANNA, COMPOSE, Errand(an_id()))


async def test_a_cookie_stays_small(store_client: RawStore, ring: KeyRing) -> None:
    """The newest requests and channels are remembered, whatever a person's name is written in."""
    tickets = Tickets(store_client, ring, time.time)
    long = ANNA.__class__(ANNA.workspace, "\U0001f984" * 80, ANNA.user, "\U0001f984" * 80)
    present, ids = None, [an_id() for _ in range(MOST_GRANTED + 5)]
    for number, sid in enumerate(ids):
        done = await redeem(tickets, tickets.issue(long, COLLECT, Errand(sid)), present)
        errand = Errand(channel=f"C0123456{number:03}")
        done = await redeem(tickets, tickets.issue(long, COMPOSE, errand), done.session)
        present = done.session
        assert len(done.cookie) < MAX_LENGTH
    assert present
    assert present.requests == tuple(ids[5:])
    assert len(present.channels) == MOST_GRANTED


async def test_cookies_and_tickets_from_before_there_were_requests(
    vault: Vault, ring: KeyRing
) -> None:
    """Both still read: an update in the middle of the day locks nobody out."""
    body = {
        "workspace": ANNA.workspace,
        "workspace_name": ANNA.workspace_name,
        "user": ANNA.user,
        "name": ANNA.name,
        "expires": int(time.time()) + 60,
    }

    def sealed(purpose: str, more: dict[str, object]) -> str:
        text = json.dumps(body | more).encode()
        return b64u(ring.current.name.encode() + seal_token(ring.current, purpose, text))

    old = vault.tickets.session(sealed("session", {"grants": ["visit"]}))
    assert old
    assert old.grants == {VISIT}
    assert not old.requests + old.channels
    ticket = Ticket(sealed("ticket", {"purpose": "visit", "mark": "m"}).encode())
    done = await redeem(vault.tickets, ticket, old)
    assert done.errand == Errand()
    # And one from a later version, with grants that this one doesn't know.
    later = vault.tickets.session(sealed("session", {"grants": ["visit", "fly"]}))
    assert later
    assert later.grants == {VISIT}


async def test_a_full_store_still_takes_a_ticket_once(vault: Vault, store_client: RawStore) -> None:
    """Else nobody could collect what is there; the mark goes when the ticket would have run out."""
    ticket = vault.tickets.issue(ANNA, COMPOSE, Errand(kind=Kind.REQUEST))
    await store_client.config_set("maxmemory", "1mb")
    try:
        assert (await redeem(vault.tickets, ticket)).errand.kind is Kind.REQUEST
        assert isinstance(await vault.tickets.redeem(ticket, None), TicketUsed)
    finally:
        await store_client.config_set("maxmemory", 0)
    (mark,) = await store_client.keys("*ticket*")
    assert LIFE[COMPOSE] < await store_client.ttl(mark) <= LIFE[COMPOSE] + 60


async def test_control_a_session_that_carried_anothers_grants(vault: Vault) -> None:
    """The negative control: what keeps Ben out is only what his session does not carry."""
    question = await answered(vault, collect_by=IN_CHANNEL)
    anna = await session(vault, ANNA, request=question.id)
    bens = (await redeem(vault.tickets, vault.tickets.issue(BEN, VISIT), anna)).session
    assert isinstance(await collect(vault, question, bens), SessionRequired)
    careless = replace(bens, requests=anna.requests)
    assert isinstance(await collect(vault, question, careless), Opened)
