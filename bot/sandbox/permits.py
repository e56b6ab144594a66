"""What an act gives the app for a while: a trigger to open one modal, a response_url to answer."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.model import Refusal

TRIGGER_SECONDS = 3.0
HOOK_SECONDS = 30 * 60.0
HOOK_USES = 5
REMEMBERED = 10_000  # of each, used ones included
_Kept = TypeVar("_Kept")


@dataclass(slots=True)
class Trigger:
    """Opens one modal, within three seconds. ``view_id`` is the modal that was acted in."""

    user: str
    at: float
    view_id: str | None = None
    is_used: bool = False


@dataclass(slots=True)
class Hook:
    """A response_url: five answers to one act, within half an hour.

    ``source`` is the message that was acted on, if it was one.
    """

    user: str
    channel: str
    at: float
    source: str | None = None
    uses: int = 0


class Permits:
    """Those that were given. Their names are random: the app may remember them for longer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._hooks: dict[str, Hook] = {}

    def trigger(self, user: str, view_id: str | None = None) -> str:
        """A fresh trigger for what somebody just did, in a modal or elsewhere."""
        numbers = (secrets.randbelow(10**13), secrets.randbelow(10**12))
        name = f"{numbers[0]}.{numbers[1]}.{secrets.token_hex(16)}"
        return _keep(self._triggers, name, Trigger(user, self._clock(), view_id))

    def exchange(self, name: str) -> Trigger | Refusal:
        """Use a trigger up, or say why it is none."""
        trigger = self._triggers.get(name)
        if trigger is None:
            return Refusal("invalid_trigger_id")
        if trigger.is_used:
            return Refusal("exchanged_trigger_id")
        if self._clock() - trigger.at > TRIGGER_SECONDS:
            return Refusal("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def hook(self, user: str, channel: str, source: str | None = None) -> str:
        """A fresh response_url's token."""
        token = secrets.token_urlsafe(18)
        return _keep(self._hooks, token, Hook(user, channel, self._clock(), source))

    def use_hook(self, token: str) -> Hook | Refusal:
        """One of the answers that a response_url takes."""
        hook = self._hooks.get(token)
        if hook is None:
            return Refusal("invalid_url")
        if self._clock() - hook.at > HOOK_SECONDS:
            return Refusal("expired_url")
        if hook.uses >= HOOK_USES:
            return Refusal("used_url")
        hook.uses += 1
        return hook


def _keep(table: dict[str, _Kept], name: str, value: _Kept) -> str:
    table[name] = value
    if len(table) > REMEMBERED:
        del table[next(iter(table))]
    return name
