"""Every fault this package raises; refusals that belong to a normal day are values in ``model``.

SlashSecretError
├── SettingsError            a variable is malformed or dangerous: the start stops, exit status 2
├── DecodingError            bytes or text that do not follow the protocol
│   ├── DamagedLink          a token that fails its checksum: nothing may be sent to the server
│   └── DamagedContent       ciphertext or plaintext that does not open or does not parse
├── IntegrityError           something in the store is not what the server wrote
│   └── Unreadable           it is whole, and this process can't read it: nothing to alarm about
│       ├── KeyMissing       it was written under a key that is no longer configured
│       └── NewerVersion     it was written by a later version of this program
└── StoreError
    ├── StoreUnavailable     no answer: whether the change happened is unknown
    │   └── NotDurable       it happened, and did not show itself durable in time
    ├── NoRoom               the store's memory is full; nothing was written
    ├── UnsafeStore          the store cannot keep the product's promises: the start stops
    └── StoreFault           an answer that makes no sense: a defect of ours or a foreign writer
"""


class SlashSecretError(Exception):
    """Root of the tree above."""


class SettingsError(SlashSecretError):
    """One sentence that names the variable and the remedy."""


class DecodingError(SlashSecretError):
    """Input that does not follow the protocol. Its text never holds the input."""


class DamagedLink(DecodingError):
    """A link token that is cut, altered or made for another path."""


class DamagedContent(DecodingError):
    """A blob that does not open under its key, or whose plaintext is not content version 1."""


class IntegrityError(SlashSecretError):
    """A record or blob that does not verify under the server's keys."""


class Unreadable(IntegrityError):
    """Not altered as far as can be told, and closed to this process."""


class NewerVersion(Unreadable):
    """The mac is right and the version unknown: a later version runs beside this one."""


class KeyMissing(Unreadable):
    """The record names a master key that SECRETS_HMAC_KEY no longer holds."""


class StoreError(SlashSecretError):
    """Anything that goes wrong between us and Redis or Valkey."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or did not answer in time: the change may have happened."""


class NotDurable(StoreUnavailable):
    """The change was made and may not stay: what depends on it must not leave.

    ``outcome`` is the first word of the script's reply; the rest, ciphertext perhaps, is not kept.
    """

    def __init__(self, outcome: str) -> None:
        super().__init__("the change did not show itself durable in time")
        self.outcome = outcome


class NoRoom(StoreError):
    """The store is at its memory limit and refused to write."""


class UnsafeStore(StoreError):
    """A start-up check failed; the text names the setting and the remedy."""


class StoreFault(StoreError):
    """The store answered something no script of ours returns."""
