"""A10 for requests: the state machine against a model in plain Python."""

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from storage import store
from storage.model import (
    HOUR,
    Agent,
    CollectBy,
    Details,
    Event,
    Nonce,
    Proof,
    Reader,
    State,
    UserId,
    WorkspaceId,
)
from storage.outcomes import (
    Acknowledged,
    AlreadyEnded,
    AlreadySubmitted,
    Burned,
    Extended,
    Gone,
    Look,
    NotAllowed,
    NotForYou,
    NotUntouched,
    Opened,
    RequestLook,
    Saved,
    SessionRequired,
    Submitted,
    Unavailable,
    Waiting,
    Withdrawn,
)
from storage.seal import KeyRing, MasterKey
from storage.tickets import Session
from storage.vault import Vault
from tests import meddling
from tests.asking import BLOB, IN_CHANNEL, Question, ask, session
from tests.numbers import n
from tests.tally import tally

STEPS = 40
NEAR = 300
LIVING = {State.WAITING, State.RECEIVED}


@dataclass
class Expected:
    """What the model thinks of one request."""

    question: Question
    by_channel: bool
    sessions: dict[str, Session | None]
    state: State = State.WAITING
    sent: Nonce | None = None
    nonce: Nonce | None = None
    retries: int = 0
    window: bool = False
    confirmed: bool = False
    saved: bool = False
    expired: bool = False
    lost: bool = False
    left: int = HOUR
    nudged: bool = False
    refused: set[str] = field(default_factory=set)
    trail: list[Event] = field(default_factory=lambda: [Event.CREATED])

    def settle(self) -> State:
        """What a script finds: a time that has passed, an answer that is missing."""
        if self.state in LIVING and self.expired:
            self.state = State.EXPIRED
            self.trail.append(Event.EXPIRED)
        if self.state is State.RECEIVED and self.lost:
            self.state = State.LOST
            self.trail.append(Event.LOST)
        return self.state

    @property
    def seen(self) -> State:
        """What somebody reads who changes nothing by it."""
        if self.state in LIVING and self.expired:
            return State.EXPIRED
        return State.LOST if self.state is State.RECEIVED and self.lost else self.state

    def refuse(self, mark: str, event: Event = Event.REFUSED) -> None:
        """One entry for an address (and hour)."""
        if mark not in self.refused:
            self.refused.add(mark)
            self.trail.append(event)

    def bar(self, who: str) -> type[SessionRequired | NotForYou] | None:
        """What keeps this person from collecting."""
        if who == "nobody":
            return SessionRequired
        if who == "elsewhere" or (who != "creator" and not self.by_channel):
            return NotForYou
        return SessionRequired if who == "visitor" else None


class RequestLife(RuleBasedStateMachine):
    """Random steps of customers, collectors, agents, time and mishaps."""

    url: ClassVar[str]
    numbers: ClassVar[Any] = itertools.count()

    requests = Bundle("requests")
    readers = st.sampled_from([Reader(f"203.0.113.{i}", "Firefox") for i in range(3)])
    people = st.sampled_from(["creator", "colleague", "visitor", "elsewhere", "nobody"])

    @initialize()
    def begin(self) -> None:
        """Open a workspace of its own on the shared store."""
        self.loop = asyncio.new_event_loop()
        self.redis = store.connect(self.url)
        self.ring = KeyRing([MasterKey.random()])
        self.vault = Vault(self.redis, self.ring)
        workspace = WorkspaceId(f"T{next(self.numbers)}")
        self.agent = Agent(workspace, "Example", UserId("U1"), "anna")
        self.colleague = Agent(workspace, "Example", UserId("U2"), "ben")
        self.visitor = Agent(workspace, "Example", UserId("U3"), "clara")
        self.stranger = Agent(WorkspaceId("TX"), "Elsewhere", UserId("U1"), "anna")
        self.known: list[Expected] = []

    def teardown(self) -> None:
        """Close the connection and the loop."""
        if hasattr(self, "loop"):
            self.run(self.redis.aclose())
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do one asynchronous thing."""
        return self.loop.run_until_complete(work)

    @rule(target=requests, by_channel=st.booleans())
    def create(self, by_channel: bool) -> Expected:  # noqa: FBT001 - drawn
        """An agent asks; everybody presses what they can press."""
        collect_by = IN_CHANNEL if by_channel else CollectBy()
        question = self.run(ask(self.vault, agent=self.agent, collect_by=collect_by))
        other = self.run(ask(self.vault, agent=self.agent))
        sessions = {
            "creator": self.run(session(self.vault, self.agent, request=question.id)),
            "colleague": self.run(session(self.vault, self.colleague, request=question.id)),
            "visitor": self.run(session(self.vault, self.visitor, request=other.id)),
            "elsewhere": self.run(session(self.vault, self.stranger, request=question.id)),
            "nobody": None,
        }
        expected = Expected(question, by_channel, sessions)
        self.known.append(expected)
        return expected

    @rule(one=requests)
    def receipt(self, one: Expected) -> None:
        """The customer looks: at any time, and it leaves no trace."""
        look = self.run(self.vault.request_status(one.question.id, one.question.submit))
        assert isinstance(look, RequestLook)
        assert look.state is one.settle()
        assert (look.received is not None) == (one.sent is not None)
        assert (look.collected is not None) == (one.nonce is not None)

    @rule(one=requests, reader=readers, again=st.booleans())
    def submit(self, one: Expected, reader: Reader, again: bool) -> None:  # noqa: FBT001
        """A customer answers; perhaps the page whose answer got lost."""
        nonce = one.sent if again and one.sent else Nonce.random()
        question = one.question
        outcome = self.run(self.vault.submit(question.id, question.submit, nonce, BLOB, reader))
        match one.settle():
            case State.WAITING:
                assert isinstance(outcome, Submitted)
                one.state, one.sent = State.RECEIVED, nonce
                one.trail.append(Event.SUBMITTED)
            case State.RECEIVED | State.COLLECTED if nonce == one.sent:
                assert isinstance(outcome, Submitted)
            case State.RECEIVED | State.COLLECTED:
                assert isinstance(outcome, AlreadySubmitted)
                one.refuse(f"s{reader.address}", Event.SECOND_ATTEMPT)
            case state:
                assert isinstance(outcome, Gone)
                assert outcome.reason is state
                one.refuse(reader.address)

    @rule(one=requests, reader=readers, expects=st.booleans())
    def take_back(self, one: Expected, reader: Reader, expects: bool) -> None:  # noqa: FBT001
        """The customer withdraws, or did not expect it."""
        verb = self.vault.withdraw if expects else self.vault.unexpected
        outcome = self.run(verb(one.question.id, one.question.submit, reader))
        state = one.settle()
        if state in LIVING:
            assert isinstance(outcome, Withdrawn)
            one.state = State.BURNED
            one.trail.append(Event.WITHDRAWN if expects else Event.UNEXPECTED)
        elif state is State.COLLECTED:
            assert isinstance(outcome, AlreadySubmitted)
        else:
            assert isinstance(outcome, Gone)
            assert outcome.reason is state

    @rule(one=requests, reader=readers, who=people)
    def look(self, one: Expected, reader: Reader, who: str) -> None:
        """The collect page is loaded."""
        question = one.question
        outcome = self.run(self.vault.look(question.id, question.link, reader, one.sessions[who]))
        state = one.settle()
        if state in LIVING:
            assert isinstance(outcome, Look)
            assert outcome.state is state
            by = one.sessions[who]
            assert (by is not None and by.may_collect(outcome.record)) == (one.bar(who) is None)
            return
        assert isinstance(outcome, Gone)
        assert outcome.reason is state
        if one.bar(who):
            one.refuse(reader.address)

    @rule(one=requests, reader=readers, who=people, again=st.booleans())
    def collect(self, one: Expected, reader: Reader, who: str, again: bool) -> None:  # noqa: FBT001
        """Somebody clicks; perhaps the page that had collected it asks again."""
        nonce = one.nonce if again and one.nonce else Nonce.random()
        question = one.question
        outcome = self.run(
            self.vault.open(question.id, question.link, nonce, reader, session=one.sessions[who])
        )
        state, bar = one.settle(), one.bar(who)
        same = state is State.COLLECTED and nonce == one.nonce
        if bar and (state in LIVING or same):
            assert isinstance(outcome, bar)
        elif state is State.WAITING:
            assert isinstance(outcome, Waiting)
        elif state is State.RECEIVED:
            assert isinstance(outcome, Opened)
            assert outcome.blob == BLOB
            one.state, one.nonce, one.window = State.COLLECTED, nonce, True
            one.trail.append(Event.COLLECTED)
        elif same and one.window and one.retries < 3:
            assert isinstance(outcome, Opened)
            one.retries += 1
            one.trail.append(Event.RETRIED)
        else:
            assert isinstance(outcome, Gone)
            assert outcome.reason is state
            if bar:
                one.refuse(reader.address)

    @rule(one=requests, right=st.booleans())
    def acknowledge(self, one: Expected, right: bool) -> None:  # noqa: FBT001
        """The page says that it has decrypted."""
        nonce = one.nonce if right and one.nonce else Nonce.random()
        outcome = self.run(self.vault.ack(one.question.id, one.question.link, nonce))
        state = one.settle()
        if state in LIVING:
            assert isinstance(outcome, Unavailable)
        elif state is State.COLLECTED and nonce == one.nonce:
            assert isinstance(outcome, Acknowledged)
            if not one.confirmed:
                one.confirmed, one.window = True, False
                one.trail.append(Event.CONFIRMED)
        else:
            assert isinstance(outcome, Gone)

    @rule(one=requests, reader=readers, who=people)
    def save(self, one: Expected, reader: Reader, who: str) -> None:
        """Somebody says that it is in the vault."""
        question = one.question
        outcome = self.run(self.vault.saved(question.id, question.link, reader, one.sessions[who]))
        if bar := one.bar(who):
            assert isinstance(outcome, bar)
            return
        state = one.settle()
        if state in LIVING:
            assert isinstance(outcome, Waiting)
        elif state is State.COLLECTED:
            assert isinstance(outcome, Saved)
            if not one.saved:
                one.saved = True
                one.trail.append(Event.SAVED)
        else:
            assert isinstance(outcome, Gone)

    @rule(one=requests)
    def a_stranger(self, one: Expected) -> None:
        """Somebody with the path only, or with the other link's proof."""
        question, reader = one.question, Reader("198.51.100.1", "other")
        creator = one.sessions["creator"]
        for work in (
            self.vault.submit(question.id, Proof.random(), Nonce.random(), BLOB, reader),
            self.vault.withdraw(question.id, question.link, reader),
            self.vault.request_status(question.id, question.link),
            self.vault.open(question.id, question.submit, Nonce.random(), reader, session=creator),
            self.vault.saved(question.id, question.submit, reader, creator),
        ):
            assert isinstance(self.run(work), Unavailable)

    @rule(one=requests, mine=st.booleans())
    def burn(self, one: Expected, mine: bool) -> None:  # noqa: FBT001
        """The creator, or a colleague who may not, cancels or burns it."""
        outcome = self.run(self.vault.burn(self.agent if mine else self.colleague, one.question.id))
        if not mine:
            assert isinstance(outcome, NotAllowed)
            return
        state = one.settle()
        if state in LIVING:
            assert isinstance(outcome, Burned)
            one.state = State.BURNED
            one.trail.append(Event.CANCELLED if state is State.WAITING else Event.BURNED)
            return
        assert isinstance(outcome, AlreadyEnded)
        if state is State.COLLECTED and one.window:
            one.window = False
            one.trail.append(Event.CLOSED)

    @rule(one=requests, mine=st.booleans(), stale=st.booleans())
    def extend(self, one: Expected, mine: bool, stale: bool) -> None:  # noqa: FBT001 - drawn
        """The creator, or a colleague who may not, extends it; perhaps by a button of yesterday."""
        ends = self.run(meddling.expiry(self.redis, self.ring, one.question.id)) - stale
        agent = self.agent if mine else self.colleague
        outcome = self.run(self.vault.extend(agent, one.question.id, ends))
        if not mine:
            assert isinstance(outcome, NotAllowed)
        elif one.seen is not State.WAITING:
            assert isinstance(outcome, NotUntouched)
            assert outcome.summary.status.state is one.seen
        else:
            assert isinstance(outcome, Extended)
            if not stale:
                one.left, one.nudged = one.left + HOUR, False
                one.trail.append(Event.EXTENDED)

    @rule(one=requests)
    def its_end_comes_near(self, one: Expected) -> None:
        """Five minutes are left, less than a tenth of any life."""
        if one.seen in LIVING and one.left > NEAR:
            self.run(meddling.age(self.redis, self.ring, one.question.id, one.left - NEAR))
            one.left = NEAR

    @rule(one=requests)
    def time_passes(self, one: Expected) -> None:
        """Its lifetime ends; an answer is still there."""
        if one.state in LIVING and not one.lost:
            self.run(meddling.expire_in(self.redis, self.ring, one.question.id, seconds=0))
            one.expired = True

    @rule(one=requests)
    def the_window_ends(self, one: Expected) -> None:
        """31 seconds after the claim."""
        if one.state is State.COLLECTED and one.window:
            self.run(meddling.end_window(self.redis, one.question.id))
            one.window = False

    @rule(one=requests)
    def it_is_lost(self, one: Expected) -> None:
        """The store drops the answer before its time."""
        if one.state is State.RECEIVED:
            self.run(meddling.lose(self.redis, one.question.id))
            one.lost = True

    @rule()
    def sweep(self) -> None:
        """The sweeper does what time does; here it is told to look at each."""
        for one in self.known:
            self.run(self.vault._scripts.sweep(one.question.id, 10**12))
            one.settle()
            if one.state is State.WAITING and one.left == NEAR and not one.nudged:
                one.nudged = True
                one.trail.append(Event.NUDGED)

    @invariant()
    def what_the_team_sees_is_what_happened(self) -> None:
        """Status, confirmation and audit trail agree."""
        for one in getattr(self, "known", ())[-6:]:
            details = self.run(self.vault.details(self.agent.workspace, one.question.id))
            assert isinstance(details, Details)
            status = details.summary.status
            assert status.state is one.seen
            assert status.confirmed == one.confirmed
            assert (status.received is not None) == (one.sent is not None)
            assert [entry.event for entry in details.trail] == one.trail


@pytest.mark.parametrize("examples", [n("A10", everyday=15, full=250)])
def test_a10_the_state_machine_of_requests_agrees_with_a_model(
    store_url: str, examples: int
) -> None:
    """A10: random steps; status, who may collect and audit trail agree after each."""
    RequestLife.url = store_url
    run_state_machine_as_test(
        RequestLife,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    tally("A10", runs=examples * STEPS)
