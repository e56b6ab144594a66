"""A10: the state machine against a model in plain Python."""

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
    Argon2,
    Event,
    Nonce,
    Passphrase,
    Proof,
    Reader,
    State,
    UserId,
    WorkspaceId,
)
from storage.outcomes import (
    Acknowledged,
    AlreadyEnded,
    Burned,
    Extended,
    Gone,
    Look,
    NotAllowed,
    NotUntouched,
    PassphraseRequired,
    Unavailable,
    WrongPassphrase,
)
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests import meddling
from tests.links import Holder, share
from tests.numbers import n
from tests.tally import tally

STEPS = 40
NEAR = 300


@dataclass
class Expected:
    """What the model thinks of one secret."""

    holder: Holder
    single_use: bool
    state: State = State.ACTIVE
    views: int = 0
    nonce: Nonce | None = None
    retries: int = 0
    window: bool = False
    confirmed: bool = False
    expired: bool = False
    lost: bool = False
    left: int = HOUR
    nudged: bool = False
    swept: bool = False
    refused: set[str] = field(default_factory=set)
    wrong: set[bytes] = field(default_factory=set)
    trail: list[Event] = field(default_factory=lambda: [Event.CREATED])

    def settle(self) -> State:
        """What a script finds: a time that has passed, a blob that is missing."""
        if self.state is State.ACTIVE and self.expired:
            self.state = State.EXPIRED
            self.trail.append(Event.EXPIRED)
        if self.state is State.ACTIVE and self.lost:
            self.state = State.LOST
            self.trail.append(Event.LOST)
        return self.state

    @property
    def seen(self) -> State:
        """What somebody reads who changes nothing by it."""
        if self.state is not State.ACTIVE:
            return self.state
        if self.expired:
            return State.EXPIRED
        return State.LOST if self.lost else State.ACTIVE

    @property
    def is_untouched(self) -> bool:
        """Whether its life can be extended."""
        return self.seen is State.ACTIVE and not self.views

    def refuse(self, reader: Reader) -> None:
        """One entry for an address (and hour)."""
        if reader.address not in self.refused:
            self.refused.add(reader.address)
            self.trail.append(Event.REFUSED)


class SecretLife(RuleBasedStateMachine):
    """Random steps of readers, agents, time and mishaps."""

    url: ClassVar[str]
    numbers: ClassVar[Any] = itertools.count()

    secrets = Bundle("secrets")
    readers = st.sampled_from([Reader(f"203.0.113.{i}", "Firefox") for i in range(3)])

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
        self.known: list[Expected] = []

    def teardown(self) -> None:
        """Close the connection and the loop."""
        if hasattr(self, "loop"):
            self.run(self.redis.aclose())
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do one asynchronous thing."""
        return self.loop.run_until_complete(work)

    @rule(target=secrets, single_use=st.booleans(), locked=st.booleans())
    def create(self, single_use: bool, locked: bool) -> Expected:  # noqa: FBT001 - drawn
        """An agent makes a secret, perhaps with a passphrase."""
        passphrase = Passphrase.of("correct horse") if locked else None
        holder = self.run(
            share(self.vault, agent=self.agent, single_use=single_use, passphrase=passphrase)
        )
        expected = Expected(holder, single_use)
        self.known.append(expected)
        return expected

    @rule(one=secrets, reader=readers)
    def look(self, one: Expected, reader: Reader) -> None:
        """A page is loaded."""
        outcome = self.run(self.vault.look(one.holder.id, one.holder.proof, reader))
        state = one.settle()
        if state is State.ACTIVE:
            assert isinstance(outcome, Look)
            assert outcome.views == one.views
            assert outcome.tries_left == (5 - len(one.wrong) if one.holder.stretched else None)
        else:
            one.refuse(reader)
            assert isinstance(outcome, Gone)
            assert outcome.reason is state

    @rule(one=secrets, reader=readers, guess=st.integers(0, 6))
    def guess(self, one: Expected, reader: Reader, guess: int) -> None:
        """Somebody with the link tries a wrong passphrase, perhaps one that was tried before."""
        proof, nonce = Proof(bytes([guess]) * 32), Nonce.random()
        outcome = self.run(self.vault.open(one.holder.id, one.holder.proof, nonce, reader, proof))
        if not one.holder.stretched:
            # Without a passphrase the superfluous proof is not looked at: this was a click.
            self.clicked(one, reader, nonce, outcome)
            return
        state = one.settle()
        if state is not State.ACTIVE:
            one.refuse(reader)
            assert isinstance(outcome, Gone)
            return
        if proof.expose() not in one.wrong:
            one.wrong.add(proof.expose())
            one.trail.append(Event.WRONG_PASSPHRASE)
        if len(one.wrong) < 5:
            assert outcome == WrongPassphrase(5 - len(one.wrong))
            return
        one.state = State.BURNED
        one.trail.append(Event.DESTROYED)
        assert isinstance(outcome, Gone)
        assert outcome.reason is State.BURNED

    @rule(one=secrets, reader=readers)
    def no_passphrase(self, one: Expected, reader: Reader) -> None:
        """Somebody with the link gives none: not a try."""
        if not one.holder.stretched:
            return
        outcome = self.run(self.vault.open(one.holder.id, one.holder.proof, Nonce.random(), reader))
        if one.settle() is State.ACTIVE:
            assert isinstance(outcome, PassphraseRequired)
        else:
            one.refuse(reader)
            assert isinstance(outcome, Gone)

    @rule(one=secrets, reader=readers, again=st.booleans())
    def open(self, one: Expected, reader: Reader, again: bool) -> None:  # noqa: FBT001
        """Somebody clicks; perhaps the page that had claimed it asks again."""
        nonce = one.nonce if again and one.nonce else Nonce.random()
        holder = one.holder
        outcome = self.run(self.vault.open(holder.id, holder.proof, nonce, reader, holder.guess))
        self.clicked(one, reader, nonce, outcome)

    def clicked(self, one: Expected, reader: Reader, nonce: Nonce, outcome: object) -> None:
        """What a reveal with everything right must have given."""
        state = one.settle()
        if state is State.ACTIVE:
            one.views += 1
            one.trail.append(Event.OPENED)
            assert one.holder.read(outcome) == "hunter2"
            if one.single_use:
                one.state, one.nonce, one.window = State.VIEWED, nonce, True
            return
        if state is State.VIEWED and nonce == one.nonce:
            if one.window and one.retries < 3:
                one.retries += 1
                one.trail.append(Event.RETRIED)
                assert one.holder.read(outcome) == "hunter2"
                return
        else:
            one.refuse(reader)
        assert isinstance(outcome, Gone)
        assert outcome.reason is state

    @rule(one=secrets, right=st.booleans())
    def acknowledge(self, one: Expected, right: bool) -> None:  # noqa: FBT001
        """The page says that it has decrypted."""
        nonce = one.nonce if right and one.nonce else Nonce.random()
        outcome = self.run(self.vault.ack(one.holder.id, one.holder.proof, nonce))
        state = one.settle()
        if state is State.ACTIVE:
            assert isinstance(outcome, Unavailable if one.single_use else Acknowledged)
        elif state is State.VIEWED and nonce == one.nonce:
            assert isinstance(outcome, Acknowledged)
            if not one.confirmed:
                one.confirmed, one.window = True, False
                one.trail.append(Event.CONFIRMED)
        else:
            assert isinstance(outcome, Gone)

    @rule(one=secrets)
    def stranger(self, one: Expected) -> None:
        """Somebody with the path only."""
        outcome = self.run(
            self.vault.open(
                one.holder.id, Proof.random(), Nonce.random(), Reader("198.51.100.1", "other")
            )
        )
        assert isinstance(outcome, Unavailable)

    @rule(one=secrets, mine=st.booleans())
    def burn(self, one: Expected, mine: bool) -> None:  # noqa: FBT001
        """The creator, or a colleague who may not, burns it."""
        outcome = self.run(self.vault.burn(self.agent if mine else self.colleague, one.holder.id))
        if not mine:
            assert isinstance(outcome, NotAllowed)
            return
        state = one.settle()
        if state is State.ACTIVE:
            assert isinstance(outcome, Burned)
            one.state = State.BURNED
            one.trail.append(Event.BURNED)
            return
        assert isinstance(outcome, AlreadyEnded)
        if state is State.VIEWED and one.window:
            one.window = False
            one.trail.append(Event.CLOSED)

    @rule(one=secrets, mine=st.booleans(), stale=st.booleans())
    def extend(self, one: Expected, mine: bool, stale: bool) -> None:  # noqa: FBT001 - drawn
        """The creator, or a colleague who may not, extends it; perhaps by a button of yesterday."""
        ends = self.run(meddling.expiry(self.redis, self.ring, one.holder.id)) - stale
        agent = self.agent if mine else self.colleague
        outcome = self.run(self.vault.extend(agent, one.holder.id, ends))
        if not mine:
            assert isinstance(outcome, NotAllowed)
        elif not one.is_untouched:
            assert isinstance(outcome, NotUntouched)
            assert outcome.summary.status.state is one.seen
        else:
            assert isinstance(outcome, Extended)
            if not stale:
                one.left, one.nudged = one.left + HOUR, False
                one.trail.append(Event.EXTENDED)

    @rule(one=secrets)
    def its_end_comes_near(self, one: Expected) -> None:
        """Five minutes are left, less than a tenth of any life."""
        if one.seen is State.ACTIVE and one.left > NEAR:
            self.run(meddling.age(self.redis, self.ring, one.holder.id, one.left - NEAR))
            one.left = NEAR

    @rule(one=secrets)
    def time_passes(self, one: Expected) -> None:
        """Its lifetime ends; its ciphertext is still there."""
        if one.state is State.ACTIVE and not one.lost:
            self.run(meddling.expire_in(self.redis, self.ring, one.holder.id, seconds=0))
            one.expired = True

    @rule(one=secrets)
    def the_window_ends(self, one: Expected) -> None:
        """31 seconds after the claim."""
        if one.state is State.VIEWED and one.window:
            self.run(meddling.end_window(self.redis, one.holder.id))
            one.window = False

    @rule(one=secrets)
    def it_is_lost(self, one: Expected) -> None:
        """The store drops the ciphertext before its time."""
        if one.state is State.ACTIVE:
            self.run(meddling.lose(self.redis, one.holder.id))
            one.lost = True

    @rule()
    def sweep(self) -> None:
        """The sweeper does what time does.

        It looks at living secrets once a day only, so here it is told to look at each.
        """
        for one in self.known:
            self.run(self.vault._scripts.sweep(one.holder.id, 10**12))
            one.settle()
            if one.is_untouched and one.left == NEAR and not one.nudged:
                one.nudged = True
                one.trail.append(Event.NUDGED)

    @invariant()
    def what_the_team_sees_is_what_happened(self) -> None:
        """Status, views, confirmation and audit trail agree."""
        for one in getattr(self, "known", ())[-6:]:
            details = self.run(self.vault.details(self.agent.workspace, one.holder.id))
            assert not isinstance(details, Unavailable)
            status = details.summary.status
            assert status.state is one.seen
            assert status.views == one.views
            assert status.confirmed == one.confirmed
            assert [entry.event for entry in details.trail] == one.trail


@pytest.mark.parametrize("examples", [n("A10", everyday=15, full=250)])
def test_a10_the_state_machine_agrees_with_a_model(
    store_url: str, examples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A10: random steps; status, views, tries and audit trail agree after each."""
    monkeypatch.setattr("storage.envelope.COST", Argon2(m=8, t=1, p=1))
    SecretLife.url = store_url
    run_state_machine_as_test(
        SecretLife,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    tally("A10", runs=examples * STEPS)
