"""What a browser with the link can do, for tests that need no browser."""

from dataclasses import dataclass

from storage import envelope
from storage.model import (
    Agent,
    Content,
    Duplicate,
    Full,
    Lifetime,
    Link,
    LinkKey,
    Nonce,
    Opened,
    Proof,
    Reader,
    SecretId,
    Shared,
    Submission,
)
from storage.vault import Vault
from tests.people import ANNA

READER = Reader("203.0.113.7", "Firefox")
HOUR = Lifetime(3600)


@dataclass(frozen=True)
class Holder:
    """Somebody who has the complete link."""

    id: SecretId
    key: LinkKey
    proof: Proof

    @classmethod
    def of(cls, link: Link) -> "Holder":
        """Read the link as the page does."""
        key = envelope.decode_token(link.kind, link.id, link.token)
        return cls(link.id, key, envelope.link_proof(key, link.id))

    def read(self, opened: object) -> str | None:
        """Decrypt what a reveal gave."""
        assert isinstance(opened, Opened)
        return envelope.unseal(opened.blob, self.key, self.id).text


async def share(
    vault: Vault,
    text: str = "hunter2",
    *,
    agent: Agent = ANNA,
    label: str = "ACME, ticket 4711",
    single_use: bool = True,
    lifetime: Lifetime = HOUR,
    submission: Submission | None = None,
) -> Holder:
    """Make a secret and hand over its link."""
    made = await vault.share(
        agent,
        Content(text=text),
        label=label,
        lifetime=lifetime,
        single_use=single_use,
        submission=submission,
    )
    assert not isinstance(made, Duplicate | Full)
    assert isinstance(made, Shared)
    return Holder.of(made.link)


async def reveal(vault: Vault, holder: Holder, nonce: Nonce | None = None) -> object:
    """Click, with a fresh page's nonce unless one is given."""
    return await vault.open(holder.id, holder.proof, nonce or Nonce.random(), READER)
