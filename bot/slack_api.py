"""Slack's Web API as far as we use it, with every way it can fail as a value."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.views.parts import Json

_log = structlog.get_logger("bot.slack")

# Slack gives up on us 3 seconds after its own send; what is left is for both ways.
OPENING = 2.2
_PATIENT = 10.0
_CONNECT = 2.0
_TOO_MANY = 429


class Trouble(StrEnum):
    """Why Slack did not do what was asked."""

    LATE = "late"  # the trigger was used or is older than three seconds
    BUSY = "busy"  # rate limited
    DOWN = "down"  # no answer, or a broken one: whether it was done is unknown
    REFUSED = "refused"  # anything else that Slack says no to


_LATE = frozenset({
    "expired_trigger_id",
    "trigger_expired",
    "exchanged_trigger_id",
    "trigger_exchanged",
    "invalid_trigger_id",
})  # fmt: skip
_BUSY = frozenset({"ratelimited", "rate_limited"})


class Slack:
    """One shared session, two clients: one that never repeats a call, one that may.

    Needs a running loop. ``base_url`` ends with a slash.
    """

    def __init__(self, token: str, base_url: str) -> None:
        # The SDK's own timeout is not applied to a session of ours, hence this one.
        self._session = ClientSession(timeout=ClientTimeout(total=_PATIENT, connect=_CONNECT))
        self.client = AsyncWebClient(
            token=token,
            base_url=base_url,
            session=self._session,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=1),
                AsyncRateLimitErrorRetryHandler(max_retry_count=1),
                AsyncServerErrorRetryHandler(max_retry_count=1),
            ],
        )
        # A trigger works once and for three seconds: repeating a call could only turn an opened
        # window into an error message.
        self._once = AsyncWebClient(
            token=token, base_url=base_url, session=self._session, retry_handlers=[]
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def who_are_we(self) -> Json | Trouble:
        """The answer of auth.test: ``team_id``, ``team`` and more."""
        return await _asked("auth.test", self.client.auth_test)

    async def open_view(self, trigger: str, view: Json) -> str | Trouble:
        """Open a modal; its view id."""
        opened = self._once.views_open
        return _view_id(
            await _asked("views.open", lambda: opened(trigger_id=trigger, view=view), OPENING)
        )

    async def push_view(self, trigger: str, view: Json) -> str | Trouble:
        """Put a modal on top of the one that is open; its view id."""
        pushed = self._once.views_push
        return _view_id(
            await _asked("views.push", lambda: pushed(trigger_id=trigger, view=view), OPENING)
        )

    async def update_view(self, view_id: str, view: Json) -> Trouble | None:
        """Replace a modal's content; repeating it does no harm."""
        updated = self.client.views_update
        answer = await _asked("views.update", lambda: updated(view_id=view_id, view=view))
        return answer if isinstance(answer, Trouble) else None


async def _asked(
    method: str, call: Callable[[], Awaitable[Any]], seconds: float | None = None
) -> Json | Trouble:
    """Call, and turn each failure into a Trouble. Only Slack's error code is logged."""
    try:
        async with asyncio.timeout(seconds):
            answer = await call()
    except SlackApiError as error:
        return _refusal(method, error)
    except (ClientError, OSError, TimeoutError) as error:
        _log.warning("slack_unreachable", method=method, error=type(error).__name__)
        return Trouble.DOWN
    return dict(answer.data)


def _refusal(method: str, error: SlackApiError) -> Trouble:
    response = error.response
    # The SDK hands out its own response, or aiohttp's when the body was not JSON.
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    # The SDK's own text quotes the whole answer; the code is one of Slack's documented words.
    code = code if isinstance(code, str) and code.isidentifier() else ""
    trouble = Trouble.REFUSED
    if status == _TOO_MANY or code in _BUSY:
        trouble = Trouble.BUSY
    elif code in _LATE:
        trouble = Trouble.LATE
    elif not code or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        trouble = Trouble.DOWN
    _log.warning("slack_refused", method=method, status=status, code=code, trouble=trouble.value)
    return trouble


def _view_id(answer: Json | Trouble) -> str | Trouble:
    if isinstance(answer, Trouble):
        return answer
    view = answer.get("view") or {}
    return str(view.get("id", ""))
