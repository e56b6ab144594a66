"""Slack: whether it takes our token, with which scopes, and what its requests to us get."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.asking import Answer, Asker, NoAnswer
from bot.doctor.finding import Finding, error, ok, unchecked, warning
from bot.gate import FOREIGN, NOT_READY
from bot.slack_http import PATH, SIGNATURE, TIMESTAMP, WINDOW, signature
from storage.settings import Settings

# What manifest.yml asks for; a test compares them.
SCOPES = frozenset({"chat:write", "commands"})
PATIENCE = 8
SKEW_SOME = 30.0
_TOKEN = "Slack token"  # noqa: S105 - a check's name
# A command from a workspace that is not ours: answered by the app itself, and nothing is done.
_FOREIGN = {
    "command": "",
    "text": "",
    "team_id": "T0DOCTOR",
    "user_id": "U0DOCTOR",
    "user_name": "doctor",
    "channel_id": "C0DOCTOR",
    "trigger_id": "0.0.doctor",
}


async def token(config: Settings) -> list[Finding]:
    """What Slack says to auth.test, and by what clock."""
    if not config.slack_bot_token:
        return []
    client = AsyncWebClient(
        token=config.slack_bot_token.get_secret_value(),
        base_url=config.slack_api_url,
        timeout=PATIENCE,
        retry_handlers=[],
    )
    try:
        answer = await client.auth_test()
    except SlackApiError as refused:
        return [_refused(_TOKEN, refused, "SLACK_BOT_TOKEN")]
    except (ClientError, OSError, TimeoutError) as fault:
        return [_silent(_TOKEN, fault)]
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    return [
        ok(_TOKEN, f"taken by the workspace {answer.get('team')}"),
        *_scopes(headers.get("x-oauth-scopes")),
        *_clock(headers.get("date")),
    ]


def _refused(name: str, refused: SlackApiError, variable: str) -> Finding:
    data = getattr(refused.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    # The SDK's text quotes the whole answer; the code is one of Slack's documented words.
    if not (isinstance(code, str) and code.isidentifier()) or code in {
        "ratelimited",
        "fatal_error",
    }:
        return unchecked(name, "Slack gave no answer that makes sense", "try again in a minute")
    return error(
        name,
        f"Slack does not take it: {code}",
        f"set {variable} to the one that the app's settings at api.slack.com/apps show now",
    )


def _silent(name: str, fault: Exception) -> Finding:
    return unchecked(
        name,
        f"Slack cannot be reached from here ({type(fault).__name__})",
        "let this machine connect to slack.com, port 443",
    )


def _scopes(header: str | None) -> Iterator[Finding]:
    name = "Slack scopes"
    if header is None:
        yield unchecked(name, "Slack did not tell them")
        return
    granted = {scope.strip() for scope in header.split(",") if scope.strip()}
    if missing := sorted(SCOPES - granted):
        yield error(
            name,
            f"the app lacks {', '.join(missing)}",
            "give the app the scopes of manifest.yml, and install it anew",
        )
    if extra := sorted(granted - SCOPES):
        yield warning(
            name,
            f"the app may do more than it needs: {', '.join(extra)}",
            "take out what manifest.yml does not ask for, and install the app anew",
        )
    if granted == SCOPES:
        yield ok(name, "those of manifest.yml")


def _clock(date: str | None) -> Iterator[Finding]:
    name = "clock"
    try:
        skew = abs(parsedate_to_datetime(date or "").timestamp() - time.time())
    except ValueError:
        return
    if skew <= SKEW_SOME:
        yield ok(name, "as Slack's")
        return
    make = error if skew > WINDOW / 2 else warning
    yield make(
        name,
        f"{skew:.0f} seconds apart from Slack's; from {WINDOW} on, all its requests are refused",
        "run NTP on this machine",
    )


async def socket(config: Settings) -> list[Finding]:
    """Whether Socket Mode could connect. Asks for an address, and does not go there."""
    if not config.slack_app_token:
        return []
    name = "Socket Mode"
    client = AsyncWebClient(base_url=config.slack_api_url, timeout=PATIENCE, retry_handlers=[])
    try:
        await client.apps_connections_open(app_token=config.slack_app_token.get_secret_value())
    except SlackApiError as refused:
        return [_refused(name, refused, "SLACK_APP_TOKEN")]
    except (ClientError, OSError, TimeoutError) as fault:
        return [_silent(name, fault)]
    return [ok(name, "Slack takes SLACK_APP_TOKEN")]


async def entrance(asker: Asker, config: Settings) -> list[Finding]:
    """What a command that Slack signs gets at the address that the manifest gives Slack."""
    if not config.slack_signing_secret or config.slack_app_token:
        return []
    body = urlencode({**_FOREIGN, "command": config.slack_command}).encode()
    moment = str(int(time.time()))
    secret = config.slack_signing_secret.get_secret_value().encode()
    answer = await asker.post(
        config.public_url + PATH,
        {
            "Content-Type": "application/x-www-form-urlencoded",
            TIMESTAMP: moment,
            SIGNATURE: signature(secret, moment, body).decode(),
        },
        body,
    )
    return [_answered(answer)]


def _answered(answer: Answer | NoAnswer) -> Finding:
    name = "Slack requests"
    match answer:
        case NoAnswer() | Answer(status=502 | 503 | 504):
            return unchecked(name, f"no web process answers at PUBLIC_URL{PATH}")
        case Answer(status=200, body=said) if FOREIGN.encode() in said:
            return ok(
                name,
                f"PUBLIC_URL{PATH} takes what is signed; which address Slack has, only its own "
                "settings show",
            )
        case Answer(status=200, body=said) if NOT_READY.encode() in said:
            return warning(
                name,
                f"PUBLIC_URL{PATH} takes what is signed, but that process has not reached Slack",
                "look at its log (workspace_unknown)",
            )
        case Answer(status=401):
            return error(
                name,
                f"PUBLIC_URL{PATH} refuses what is signed with SLACK_SIGNING_SECRET",
                "give every process the same one, and restart them; run NTP on their machines",
            )
        case Answer(status=404):
            return error(
                name,
                f"there is no {PATH} at PUBLIC_URL: its web process knows no Slack, or is another's",
                "give the web process the SLACK_* variables, and let the proxy lead everything to it",
            )
        case Answer(status=status):
            return error(
                name,
                f"PUBLIC_URL{PATH} answers {status}, and not as the app does",
                "let the proxy pass it on without a login, a redirect or a check of its own",
            )
