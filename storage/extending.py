"""A later hard expiry, for what nobody has opened or answered before its time runs out.

The expiry is authenticated, so a longer life is a new record: made and sealed here, under the key the
old one has, and put in its place by a script if it still is what was verified.
"""

from dataclasses import replace

from storage import replies
from storage.alarms import alarm
from storage.errors import NoRoom, StoreFault
from storage.history import Found, History
from storage.model import Agent, Record, Seconds, SecretId
from storage.outcomes import (
    AgainstPolicy,
    Extended,
    Full,
    NotAllowed,
    NotUntouched,
    Rule,
    Unavailable,
)
from storage.replies import Stored
from storage.seal import open_blob, seal_blob, seal_record
from storage.usecase import CHANGES_AT_MOST, NOBODY

Outcome = Extended | NotUntouched | AgainstPolicy | NotAllowed | Full | Unavailable


class Extending(History):
    """The use case of the button **Extend**."""

    async def extend(self, agent: Agent, sid: SecretId, expires: Seconds) -> Outcome:
        """Give it its first lifetime once more, as far as MAX_LIFETIME from its creation lets it.

        Only for its creator or an admin, and only while nobody has opened or answered it.
        ``expires`` is what the person saw: where it ends later by now, this is a second press of
        one button, and nothing is added. Raises StoreError.
        """
        for _ in range(CHANGES_AT_MOST):
            found = await self._find(agent.workspace, sid, agent.user)
            if not found or not found.stored or not found.summary.record:
                return NOBODY
            if not self.policy.may_burn(agent.user, found.summary.record.creator):
                return NotAllowed()
            outcome = await self._extended(agent, found, found.stored, expires)
            if outcome:
                return outcome
        raise StoreFault("the record changed again and again while it was being extended")

    async def _extended(
        self, agent: Agent, found: Found, stored: Stored, expires: Seconds
    ) -> Outcome | None:
        """None: not as found; it is to be looked at once more."""
        summary, record = found.summary, found.summary.record
        if record is None or not summary.status.is_untouched:
            return NotUntouched(summary)
        if record.expires > expires:
            return Extended(summary)
        until = self.policy.extended(record.created, record.expires, summary.status.lifetime)
        if until is None:
            return await self._put_against(agent, Rule.MAX_LIFETIME)
        try:
            return await self._prolonged(agent, found, stored, replace(record, expires=until))
        except NoRoom:
            return Full()

    async def _prolonged(
        self, agent: Agent, found: Found, stored: Stored, longer: Record
    ) -> Extended | NotUntouched | Unavailable | None:
        # Under its own key, since its verifiers cannot be made anew.
        master, old = self._ring.named(longer.key_name), stored.sealed
        sealed, blob = seal_record(master, longer), None
        if stored.blob is not None and not longer.is_request:
            # The ciphertext is tied to the mac of its record: opened and sealed again, unread.
            inner = open_blob(master, longer.id, old.mac, stored.blob)
            blob = seal_blob(master, longer.id, sealed.mac, inner)
        first = found.summary.status.lifetime
        match await self._scripts.extend(
            longer.id, old.mac, sealed, blob, user=agent.user, lifetime=first
        ):
            case replies.Prolonged():
                return Extended(replace(found.summary, record=longer))
            case replies.Touched(news):
                if news:
                    alarm(news, longer.id)
                again = await self._find(agent.workspace, longer.id)
                return NotUntouched((again or found).summary)
            case replies.Missing():
                return NOBODY
            case replies.Changed():
                return None
