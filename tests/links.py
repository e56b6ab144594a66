"""What a browser with the link can do, for tests that need no browser."""

from dataclasses import dataclass

from storage import envelope
from storage.envelope import Stretched
from storage.model import (
    Agent,
    Content,
    Lifetime,
    Link,
    LinkKey,
    Nonce,
    Passphrase,
    Proof,
    Reader,
    SecretId,
    Submission,
)
from storage.outcomes import Duplicate, Full, Opened, Shared
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
    stretched: Stretched | None = None

    @classmethod
    def of(cls, link: Link, passphrase: Passphrase | None = None) -> "Holder":
        """Read the link as the page does, and stretch the passphrase if there is one."""
        key = envelope.decode_token(link.kind, link.id, link.token)
        stretched = envelope.stretch(passphrase, key, link.id) if passphrase else None
        return cls(link.id, key, envelope.link_proof(key, link.id), stretched)

    @property
    def guess(self) -> Proof | None:
        """The right passphrase's proof."""
        if not self.stretched:
            return None
        return envelope.passphrase_proof(self.key, self.stretched, self.id)

    def read(self, opened: object) -> str | None:
        """Decrypt what a reveal gave."""
        assert isinstance(opened, Opened)
        return envelope.unseal(opened.blob, self.key, self.id, stretched=self.stretched).text


async def share(
    vault: Vault,
    text: str = "hunter2",
    *,
    agent: Agent = ANNA,
    label: str = "ACME, ticket 4711",
    single_use: bool = True,
    lifetime: Lifetime = HOUR,
    passphrase: Passphrase | None = None,
    submission: Submission | None = None,
) -> Holder:
    """Make a secret and hand over its link."""
    made = await vault.share(
        agent,
        Content(text=text),
        label=label,
        lifetime=lifetime,
        single_use=single_use,
        passphrase=passphrase,
        submission=submission,
    )
    assert not isinstance(made, Duplicate | Full)
    assert isinstance(made, Shared)
    return Holder.of(made.link, passphrase)


async def reveal(vault: Vault, holder: Holder, nonce: Nonce | None = None) -> object:
    """Click, with a fresh page's nonce unless one is given."""
    nonce = nonce or Nonce.random()
    return await vault.open(holder.id, holder.proof, nonce, READER, holder.guess)
