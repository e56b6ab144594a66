"""What the two ends of a request can do, for tests that need no browser.

The server opens nothing, so random bytes stand for keys and ciphertext.
"""

import secrets
from dataclasses import dataclass

from storage.model import (
    Agent,
    CollectBy,
    Lifetime,
    Nonce,
    Proof,
    SecretId,
    Submission,
)
from storage.outcomes import Asked, Submitted
from storage.tickets import Errand, Purpose, Redeemed, Session
from storage.vault import Vault
from tests.links import HOUR, READER
from tests.people import ANNA

IN_CHANNEL = CollectBy("C0SUPPORT")
FIELDS = ("Username", "Password")
BLOB = b"canary-answer" + secrets.token_bytes(1200)


@dataclass(frozen=True)
class Question:
    """A request with what its two links prove."""

    id: SecretId
    public_key: bytes
    submit: Proof
    link: Proof


def new_question(agent: Agent = ANNA) -> Question:
    """Make what the caller of ``ask`` makes."""
    sid = SecretId.new(agent.workspace)
    return Question(sid, secrets.token_bytes(1216), Proof.random(), Proof.random())


async def asked(
    vault: Vault,
    question: Question,
    *,
    agent: Agent = ANNA,
    lifetime: Lifetime = HOUR,
    collect_by: CollectBy | None = None,
    submission: Submission | None = None,
) -> object:
    """Ask, and give whatever the outcome is."""
    return await vault.ask(
        agent,
        question.id,
        public_key=question.public_key,
        submit_proof=question.submit,
        link_proof=question.link,
        what="canary-what: the admin login",
        label="canary-label: ACME",
        fields=FIELDS,
        lifetime=lifetime,
        collect_by=collect_by or CollectBy(),
        submission=submission,
    )


async def ask(
    vault: Vault, *, agent: Agent = ANNA, collect_by: CollectBy | None = None
) -> Question:
    """Make a request and hand over both of its links."""
    question = new_question(agent)
    made = await asked(vault, question, agent=agent, collect_by=collect_by)
    assert isinstance(made, Asked)
    return question


async def answer(vault: Vault, question: Question, nonce: Nonce | None = None) -> object:
    """Send an answer from a page of its own, unless a nonce is given."""
    return await vault.submit(question.id, question.submit, nonce or Nonce.random(), BLOB, READER)


async def answered(vault: Vault, *, collect_by: CollectBy | None = None) -> Question:
    """Make a request of Anna's that has been answered."""
    question = await ask(vault, collect_by=collect_by)
    assert isinstance(await answer(vault, question), Submitted)
    return question


async def session(
    vault: Vault,
    agent: Agent,
    purpose: Purpose = Purpose.COLLECT,
    request: SecretId | None = None,
    channel: str = "",
) -> Session:
    """Press a button in Slack and open its page."""
    ticket = vault.tickets.issue(agent, purpose, Errand(request, channel))
    done = await vault.tickets.redeem(ticket, None)
    assert isinstance(done, Redeemed)
    return done.session


async def collect(
    vault: Vault, question: Question, by: Session | None, nonce: Nonce | None = None
) -> object:
    """Click on the collect page."""
    nonce = nonce or Nonce.random()
    return await vault.open(question.id, question.link, nonce, READER, session=by)
