"""What a team allows: one frozen value, made from the settings and asked by vault and bot alike."""

from dataclasses import dataclass, field
from enum import StrEnum

from storage.model import DAY, HOUR, Lifetime, Seconds, UserId

# What agents may choose from, in seconds; MAX_LIFETIME cuts the list off at its end.
LIFETIMES = (HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)


class HistoryScope(StrEnum):
    """Whose rows people see in the history."""

    TEAM = "team"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the same names. ``audit_retention`` is in seconds.

    ``creates_per_hour`` None means that nobody counts: the settings always give a number.
    """

    default_lifetime: Lifetime = field(default_factory=lambda: Lifetime(DAY))
    max_lifetime: Lifetime = field(default_factory=lambda: Lifetime(30 * DAY))
    require_passphrase: bool = False
    browser_only: bool = False
    requests: bool = True
    history_scope: HistoryScope = HistoryScope.TEAM
    admins: frozenset[UserId] = frozenset()
    audit_retention: int = 90 * DAY
    creates_per_hour: int | None = None

    @property
    def lifetimes(self) -> tuple[Lifetime, ...]:
        """What is offered, shortest first; never empty, since no maximum is below an hour."""
        return tuple(Lifetime(s) for s in LIFETIMES if s <= self.max_lifetime.seconds)

    def sees_team(self, user: UserId) -> bool:
        """Whether this person sees more than their own rows."""
        return self.history_scope is HistoryScope.TEAM or user in self.admins

    def may_see(self, user: UserId, creator: UserId | None) -> bool:
        """Whether a secret's row and trail are for this person; None: its creator is unreadable."""
        return self.sees_team(user) or creator == user

    def may_burn(self, user: UserId, creator: UserId) -> bool:
        """Only the creator or an admin may burn, or extend."""
        return creator == user or user in self.admins

    def extended(self, created: Seconds, expires: Seconds, lifetime: int) -> Seconds | None:
        """The hard expiry after one more ``lifetime`` in seconds, as far as the maximum lets it.

        None where there is no room: whatever is extended how often, it ends within
        ``max_lifetime`` of its creation.
        """
        until = min(expires + lifetime, created + self.max_lifetime.seconds)
        return Seconds(until) if until > expires else None
