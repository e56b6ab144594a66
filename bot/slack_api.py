"""Slack's Web API as far as we use it, with every way it can fail as a value."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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

from bot.messages import direct
from bot.views.parts import Json
from storage.model import UserId
from storage.notices import Place

_log = structlog.get_logger("bot.slack")

# A notice's courier holds a secret for 30 seconds, and makes at most three calls.
SENDING = 8.0
_LONGEST_WAIT = 3600.0

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
    STALE = "stale"  # a Home tab that somebody else has filled meanwhile
    REFUSED = "refused"  # anything else that Slack says no to


_LATE = frozenset({
    "expired_trigger_id",
    "trigger_expired",
    "exchanged_trigger_id",
    "trigger_exchanged",
    "invalid_trigger_id",
})  # fmt: skip
_BUSY = frozenset({"ratelimited", "rate_limited"})
# Slack's fault, or the app's as it is installed: it concerns every message and will be mended.
_MENDABLE = _BUSY | {
    "access_denied",
    "accesslimited",
    "ekm_access_denied",
    "fatal_error",
    "internal_error",
    "invalid_auth",
    "message_limit_exceeded",
    "messages_tab_disabled",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "request_timeout",
    "service_unavailable",
    "team_access_not_granted",
    "team_added_to_org",
    "token_expired",
    "token_revoked",
}


@dataclass(frozen=True, slots=True)
class NotSent:
    """Slack did not take a message, or did not say so.

    ``final``: it never will, neither this one nor to this person. Otherwise ``wait`` so many
    seconds, if Slack said how many.
    """

    code: str
    final: bool = False
    wait: float | None = None


# Slack says it of a person who left, and of a token whose app was removed. What it is now, the token
# tells: notices must not be given up because a token is dead.
_INACTIVE = NotSent("account_inactive", final=True)
Sent = Place | NotSent


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

    async def publish_home(self, user: UserId, view: Json, seen: str = "") -> Trouble | None:
        """Fill somebody's Home tab; ``seen`` is the hash of the one that it is to replace."""
        published, about = self.client.views_publish, {"hash": seen} if seen else {}
        answer = await _asked("views.publish", lambda: published(user_id=user, view=view, **about))
        return answer if isinstance(answer, Trouble) else None

    async def tell(self, user: UserId, text: str) -> Trouble | None:
        """Send a person a direct message; ``text`` is mrkdwn of ours. At worst they get it twice."""
        told = self.client.chat_postMessage
        answer = await _asked("chat.postMessage", lambda: told(channel=user, **direct(text)))
        return answer if isinstance(answer, Trouble) else None

    async def post_message(self, channel: str, body: Json, thread: str | None = None) -> Sent:
        """Post to a person's id, or as a reply. Never repeated here: that would be a second one."""
        posted = self._once.chat_postMessage
        sent = await _sent(lambda: posted(channel=channel, thread_ts=thread, **body))
        return await self._unless_dead(sent)

    async def reply(self, place: Place, body: Json) -> Sent:
        """Answer in a message's thread."""
        return await self.post_message(place.channel, body, place.ts)

    async def update_message(self, place: Place, body: Json) -> Sent:
        """Change a message in place, which notifies nobody."""
        updated = self._once.chat_update
        return await _sent(lambda: updated(channel=place.channel, ts=place.ts, **body))

    async def delete_message(self, place: Place) -> Sent:
        """Take a message of ours away. One that is not there counts as taken away: its place.

        Final where it will never go: the workspace forbids it, or we have left the channel.
        """
        deleted = self._once.chat_delete
        sent = await _sent(lambda: deleted(channel=place.channel, ts=place.ts))
        if isinstance(sent, NotSent) and sent.code == "message_not_found":
            return place
        return await self._unless_dead(sent)

    async def _unless_dead(self, sent: Sent) -> Sent:
        if sent == _INACTIVE and isinstance(await self.who_are_we(), Trouble):
            return replace(sent, final=False)
        return sent


async def _sent(call: Callable[[], Awaitable[Any]]) -> Sent:
    try:
        async with asyncio.timeout(SENDING):
            answer = await call()
    except SlackApiError as error:
        status, code = _status_and_code(error)
        mendable = not code or code in _MENDABLE or status >= 500 or status == _TOO_MANY  # noqa: PLR2004 - HTTP's server errors
        return NotSent(code or f"http {status}", not mendable, _retry_after(error))
    except (ClientError, OSError, TimeoutError) as error:
        return NotSent(type(error).__name__)
    return Place(str(answer["channel"]), str(answer["ts"]))


def _retry_after(error: SlackApiError) -> float | None:
    headers = getattr(error.response, "headers", None) or {}
    for name, value in headers.items():
        if name.lower() == "retry-after" and str(value).isdecimal():
            return min(max(float(value), 1.0), _LONGEST_WAIT)
    return None


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


def _status_and_code(error: SlackApiError) -> tuple[int, str]:
    response = error.response
    # The SDK hands out its own response, or aiohttp's when the body was not JSON.
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    # The SDK's own text quotes the whole answer; the code is one of Slack's documented words.
    return status, code if isinstance(code, str) and code.isidentifier() else ""


def _refusal(method: str, error: SlackApiError) -> Trouble:
    status, code = _status_and_code(error)
    trouble = Trouble.REFUSED
    if status == _TOO_MANY or code in _BUSY:
        trouble = Trouble.BUSY
    elif code in _LATE:
        trouble = Trouble.LATE
    elif code == "hash_conflict":
        trouble = Trouble.STALE
    elif not code or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        trouble = Trouble.DOWN
    _log.warning("slack_refused", method=method, status=status, code=code, trouble=trouble.value)
    return trouble


def _view_id(answer: Json | Trouble) -> str | Trouble:
    if isinstance(answer, Trouble):
        return answer
    view = answer.get("view") or {}
    return str(view.get("id", ""))
