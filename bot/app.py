"""Puts the Slack edge together: authorisation, listeners, one error edge."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import ready
from bot.answers import Answers
from bot.gate import Gate
from bot.listeners.aside import Aside
from bot.listeners.asking import Asker
from bot.listeners.collect import CollectListeners
from bot.listeners.command import CommandListener
from bot.listeners.context import Parts
from bot.listeners.history import HistoryListeners
from bot.listeners.home import HomeListeners
from bot.listeners.language import LanguageListeners
from bot.listeners.making import LinkMaker
from bot.listeners.nudge import NudgeListeners
from bot.listeners.request import RequestListeners
from bot.listeners.share import ShareListeners
from bot.listeners.shortcuts import ShortcutListeners
from bot.listeners.wording import WordingListeners
from bot.messages import message
from bot.presets import Presets
from bot.slack_api import Slack
from bot.views.parts import Json
from bot.workspace import Workspace
from storage.errors import DecodingError
from storage.logs import frames
from storage.vault import Vault

_log = structlog.get_logger("bot")

SORRY = "Something went wrong in slash-secret. Try again; if it stays, tell whoever runs it."
_TALKATIVE = ("slack_bolt", "slack_sdk")
_SEEN = 0.1
_FINISHING = 10.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A Slack app that can be served: ``start`` it, ``dispatch`` requests to it, ``close`` it."""

    app: AsyncApp
    slack: Slack
    workspace: Workspace
    _parts: Parts
    _maker: LinkMaker
    _aside: Aside
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Learn in the background which workspace this is; nobody has to wait for Slack."""
        self._tasks.append(asyncio.create_task(self._learn()))

    async def _learn(self) -> None:
        await self.workspace.learn(self.slack)
        if self.workspace.id:
            await self._parts.presets.load(self._parts.vault, self.workspace.id)
            await self._parts.wordings.load(self._parts.vault, self.workspace.id)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Answer one request whose signature has been checked."""
        return await self.app.async_dispatch(request)

    async def close(self) -> None:
        """Stop what runs in the background and close the connections to Slack.

        Links that are being made get a moment, since their texts are nowhere else any more, and
        so does what is being taken back.
        """
        await asyncio.gather(self._maker.finish(_FINISHING), self._aside.finish(_FINISHING))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.slack.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Bot"]:
        """Start, and close at the end."""
        self.start()
        try:
            yield self
        finally:
            await self.close()


def build(
    *,
    vault: Vault,
    token: str,
    api_url: str,
    command: str,
    public_url: str,
    ticket_url: str = "",
) -> Bot:
    """Build the Slack app. Needs a running loop, asks nobody. Its policy is the vault's.

    ``api_url`` ends with a slash; ``command`` starts with one; ``public_url`` has none at its end;
    ``ticket_url`` is an https address with ``{label}`` in it, or empty.
    """
    ready.load()
    slack = Slack(token, api_url)
    workspace = Workspace()
    app = _app(slack, workspace)
    app.middleware(Gate(workspace).check)
    app.error(_failed)
    parts = Parts(vault, slack, workspace, command, public_url, Presets(), ticket_url)
    maker = LinkMaker(parts)
    aside = Aside()
    share = ShareListeners(parts, Answers(), maker)
    request = RequestListeners(parts, Answers(), Asker(parts, aside))
    history = HistoryListeners(parts)
    commands = CommandListener(command, share, request, history)
    others = (ShortcutListeners(parts), CollectListeners(parts), HomeListeners(parts))
    more = (NudgeListeners(parts), WordingListeners(parts), LanguageListeners(parts))
    for listeners in (commands, share, request, history, *more, *others):
        listeners.register(app)
    _hush()
    return Bot(app, slack, workspace, parts, maker, aside)


def _app(slack: Slack, workspace: Workspace) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        # From memory: with a plain token Bolt would ask Slack about it, up to once per request.
        return AuthorizeResult(
            enterprise_id=None, team_id=workspace.id, bot_token=slack.client.token
        )

    # ERROR while it is built, because it warns of a SLACK_BOT_TOKEN in the environment, which we
    # pass on ourselves.
    logger = logging.getLogger("slack_bolt.app")
    logger.setLevel(logging.ERROR)
    return AsyncApp(
        name="slack_bolt.app",
        logger=logger,
        client=slack.client,
        authorize=authorize,
        # Safe because slack_http checks every request before Bolt sees it; Bolt's own check
        # would log the whole body of a request with a wrong signature.
        request_verification_enabled=False,
        signing_secret="",
        # Slack asks whether the address of its events is ours; whatever is signed may hear so.
        url_verification_enabled=True,
        # Not asked of us: the app is not distributed.
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        # To our error edge, since Bolt's own answer to these is a log line with the payload's keys.
        raise_error_for_unhandled_request=True,
    )


def _hush() -> None:
    """Set every logger of Bolt and the SDK to WARNING.

    Their INFO and DEBUG lines print whole bodies, which hold secrets: no LOG_LEVEL may turn them
    on. Bolt gives most of its loggers a level of their own as they are made, so their parent's
    does not reach them.
    """
    for name in (*_TALKATIVE, *logging.root.manager.loggerDict):
        if name.split(".")[0] in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)


async def _failed(
    error: Exception, body: Json, response: BoltResponse | None
) -> BoltResponse | None:
    """The one error edge. The texts of foreign exceptions may quote a body: types and places only.

    A submitted modal gets 500, on which Slack keeps it open with what was typed.
    """
    if isinstance(error, BoltUnhandledRequestError):
        _log.warning("unhandled_request")
        return BoltResponse(status=404, body="")
    _log.error("listener_failed", error=type(error).__name__, frames=frames(error))
    if response is None:
        # Acknowledged before it failed. Bolt forgets that acknowledgement as soon as we return,
        # and looks for it every 10 ms only: without this pause Slack would get 404 after 3 s.
        await asyncio.sleep(_SEEN)
        return None
    if "command" in body:
        return BoltResponse(status=200, body=message(SORRY))
    # Signed, and with something in a place of ours that we never wrote there: theirs to explain.
    return BoltResponse(status=400 if isinstance(error, DecodingError) else 500, body="")
