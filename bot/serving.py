"""Puts the pieces of a process together, and takes them apart again in order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from bot.sealing import seal_for_ever
from bot.sweeper import sweep_for_ever
from storage import health, settings, store
from storage.anchors import Anchors
from storage.backlog import Backlog, backlog
from storage.durable import NOTHING
from storage.embedded import EmbeddedStore
from storage.errors import SettingsError
from storage.guard import Guard
from storage.meters import METERS
from storage.model import UserId, tag_of
from storage.seal import KeyRing
from storage.sealer import Sealer
from storage.settings import Settings
from storage.vault import Vault
from web.app import build as build_web
from web.app import host_of
from web.brand import Brand
from web.pages import STATIC, Pages
from web.server import listening
from web.stopping import STOPPING

if TYPE_CHECKING:
    from bot import app as slack_app
    from bot.sandbox.running import Sandbox
    from bot.sockets import Sockets

LOOPBACK = "127.0.0.1"
SANDBOX = STATIC / "sandbox"
STORE_PATIENCE = 30.0
GRACE = 7.0

Inspect = Callable[[], Awaitable[health.StoreReport]]
Checks = Sequence[Callable[[], health.Check]]

_log = structlog.get_logger("slash-secret")


async def serve(config: Settings, *, web_half: bool, bot_half: bool) -> None:
    """Run the halves that are asked for until told to stop. Raises SlashSecretError."""
    if bot_half and not web_half and not config.slack_bot_token:
        raise SettingsError(
            "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN) are not set; without a Slack workspace "
            "there is no work for this process."
        )
    METERS.on = bool(config.metrics_port)
    # What can't be shown is told before a store is opened for it.
    pages = _pages(config) if web_half else None
    stop = _until_told_to_stop()
    async with AsyncExitStack() as stack:
        sandbox = None
        if web_half and bot_half and not config.slack_bot_token:
            sandbox = await stack.enter_async_context(_sandbox(config))
        slack = _from_sandbox(sandbox) if sandbox else _from_settings(config)
        admins = frozenset({sandbox.admin}) if sandbox else frozenset()
        here = await stack.enter_async_context(opened(config, admins))
        vault, inspect = here.vault, here.inspect
        bot = await stack.enter_async_context(_bot(config, slack, vault)) if slack else None
        sockets = _sockets(config, bot) if bot_half and bot else None
        checks = [sockets.check] if sockets else []
        if pages:
            site = _site(config, here, pages, checks)
            # Before anything else ends: /readyz is the first to say so.
            stop.add_done_callback(lambda _: site[STOPPING].begin())
            if bot and slack and slack.signing_secret and not config.slack_app_token:
                mount(site, bot, slack.signing_secret)
            if sandbox:
                _mount_sandbox(site, sandbox, vault)
            if bot and not config.brand_name:
                await stack.enter_async_context(_background(_name_pages(bot, pages)))
            await stack.enter_async_context(_listening(site, config))
            _greet(config, sandbox)
        if config.metrics_port:
            waiting = _waiting(bot, here) if bot_half and bot else None
            numbers = _metrics(config.metrics_port, inspect, checks, waiting)
            await stack.enter_async_context(numbers)
        if bot_half and bot:
            await stack.enter_async_context(_background(_sweep(bot, vault)))
            await stack.enter_async_context(_background(_seal(bot, here, config)))
            await stack.enter_async_context(_background(_notify(bot, vault)))
            if sockets:
                await stack.enter_async_context(_background(sockets.run()))
        await stop
    _log.info("stopped")


@dataclass(frozen=True, slots=True, repr=False)
class SlackApp:
    """How the app and Slack know each other. ``signing_secret`` may be empty in Socket Mode."""

    token: str
    signing_secret: str
    api_url: str


def _from_settings(config: Settings) -> SlackApp | None:
    """The app that the settings name, if they do."""
    if not config.slack_bot_token:
        return None
    secret = config.slack_signing_secret
    return SlackApp(
        config.slack_bot_token.get_secret_value(),
        secret.get_secret_value() if secret else "",
        config.slack_api_url,
    )


def _from_sandbox(sandbox: "Sandbox") -> SlackApp:
    return SlackApp(sandbox.token, sandbox.signing_secret, sandbox.slack.base_url)


@asynccontextmanager
async def _sandbox(config: Settings) -> "AsyncIterator[Sandbox]":
    """A local Slack in the place of the one that is not configured."""
    # Imported here only: a configured deployment pays nothing for it, and has nothing of it.
    from bot.sandbox.running import running  # noqa: PLC0415

    async with running(config) as sandbox:
        yield sandbox


def _mount_sandbox(site: web.Application, sandbox: "Sandbox", vault: Vault) -> None:
    pages = Pages(host_of(sandbox.public_url), static=SANDBOX)
    sandbox.mount(site, vault, show=pages.page("sandbox"), asset=pages.asset)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """The store as the processes use it, and the keys that its contents are under."""

    redis: store.Client
    ring: KeyRing
    vault: Vault
    inspect: Inspect
    guard: Guard


@asynccontextmanager
async def opened(
    config: Settings, admins: frozenset[UserId] = frozenset(), *, insist: bool = True
) -> AsyncIterator[Opened]:
    """Open the store, embedded or named, and insist on what it must promise.

    ``admins`` are admins beside those of the settings. Without ``insist`` a command gets to see a
    store on which no process would start. Raises SlashSecretError.
    """
    ring, derived = config.key_ring()
    if insist and derived and config.slack_signing_secret:
        _log.warning(
            "key_derived",
            reason="SECRETS_HMAC_KEY is derived from SLACK_SIGNING_SECRET: whoever changes that "
            "makes every secret unreadable",
            remedy=f"set SECRETS_HMAC_KEY; make one with: {settings.KEY_COMMAND}",
        )
    async with AsyncExitStack() as stack:
        if config.redis_url:
            url = config.redis_url.get_secret_value()
        else:
            embedded = EmbeddedStore(config.data_dir)
            stack.push_async_callback(embedded.stop)
            await embedded.start()
            url = embedded.url
        redis = store.connect(url)
        if METERS.on:
            # Before anybody keeps a reference to the method.
            redis.execute_command = METERS.timed(redis.execute_command)  # type: ignore[method-assign]
        stack.push_async_callback(redis.aclose)
        degraded, replicas = config.allow_degraded_durability, config.redis_replicas
        wait = NOTHING
        if insist:
            found = await health.wait_for_store(
                redis, allow_degraded=degraded, patience=STORE_PATIENCE, replicas=replicas
            )
            wait = found.wait
        policy = replace(config.policy, admins=config.policy.admins | admins)
        guard = Guard(redis, ring, config.data_dir, policy.audit_retention)
        # Whoever only looks must not hold back what a restored store shows.
        vault = Vault(redis, ring, policy=policy, watch=guard if insist else None, wait=wait)
        stack.push_async_callback(vault.aclose)
        if insist:
            await guard.start()
            await stack.enter_async_context(_background(guard.watch()))

        async def inspect() -> health.StoreReport:
            report = await health.inspect(redis, allow_degraded=degraded, replicas=replicas)
            if not report.problems:  # else what is waited for stays: rather withhold than hope
                vault.durable.follow(report.wait)
            return report

        yield Opened(redis, ring, vault, inspect, guard)


def _bot(
    config: Settings, slack: SlackApp, vault: Vault
) -> "AbstractAsyncContextManager[slack_app.Bot]":
    # Imported here and below by whoever talks to Slack only: Bolt is a third of a start.
    from bot import app as slack_app  # noqa: PLC0415

    return slack_app.build(
        vault=vault,
        token=slack.token,
        api_url=slack.api_url,
        command=config.slack_command,
        public_url=config.public_url,
        ticket_url=config.ticket_url,
    ).running()


def _sockets(config: Settings, bot: "slack_app.Bot") -> "Sockets | None":
    if not config.slack_app_token:
        return None
    from bot.sockets import Sockets  # noqa: PLC0415

    return Sockets(bot.app, config.slack_app_token.get_secret_value(), config.slack_api_url)


def _site(config: Settings, here: Opened, pages: Pages, checks: Checks) -> web.Application:
    return build_web(
        here.vault,
        public_url=config.public_url,
        inspect=here.inspect,
        pages=pages,
        trusted_proxies=config.trusted_proxies,
        reveals_per_minute=config.reveals_per_minute,
        checks=checks,
        ring=here.ring,
    )


def _pages(config: Settings) -> Pages:
    brand = Brand.read(config.brand_color, config.brand_logo)
    pages = Pages(host_of(config.public_url), brand, vault=config.vault_url)
    pages.name(config.brand_name)
    return pages


def mount(site: web.Application, bot: "slack_app.Bot", secret: str) -> None:
    """Let the site take Slack's requests, signed with that secret."""
    from bot.slack_http import PATH, SlackEvents  # noqa: PLC0415

    site.router.add_post(PATH, SlackEvents(secret, bot.dispatch).handle)


async def _name_pages(bot: "slack_app.Bot", pages: Pages) -> None:
    await bot.workspace.known.wait()
    pages.name(bot.workspace.name)


async def _sweep(bot: "slack_app.Bot", vault: Vault) -> None:
    await bot.workspace.known.wait()
    if bot.workspace.id:
        await sweep_for_ever(vault, bot.workspace.id)


async def _seal(bot: "slack_app.Bot", here: Opened, config: Settings) -> None:
    await bot.workspace.known.wait()
    if bot.workspace.id:
        tag, retention = tag_of(bot.workspace.id), config.policy.audit_retention
        anchors = Anchors(config.data_dir)
        await seal_for_ever(Sealer(here.redis, here.ring, tag, anchors, retention))


async def _notify(bot: "slack_app.Bot", vault: Vault) -> None:
    from bot.courier import Courier  # noqa: PLC0415

    await bot.workspace.known.wait()
    if bot.workspace.id:
        await Courier(vault, bot.slack, bot.workspace.id).run()


def _waiting(bot: "slack_app.Bot", here: Opened) -> Callable[[], Awaitable[Backlog | None]]:
    async def look() -> Backlog | None:
        workspace = bot.workspace.id
        return await backlog(here.redis, workspace) if workspace else None

    return look


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        # Asked again when it goes on: a cancellation can get lost in a library that turns it into
        # a timeout of its own. The courier may take its time for the message it has begun.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)


@asynccontextmanager
async def _listening(site: web.Application, config: Settings) -> AsyncIterator[None]:
    try:
        async with listening(site, config.host, config.port):
            yield
    except OSError as error:
        raise SettingsError(
            f"HOST and PORT: cannot listen on {config.host}:{config.port} ({_reason(error)}); "
            "choose another PORT or stop what uses it."
        ) from None


@asynccontextmanager
async def _metrics(
    port: int,
    inspect: Inspect,
    checks: Checks,
    waiting: Callable[[], Awaitable[Backlog | None]] | None = None,
) -> AsyncIterator[None]:
    # Imported by those who asked for it only: it costs every start some milliseconds.
    from web.operations import build  # noqa: PLC0415

    try:
        async with listening(build(inspect, checks, waiting), LOOPBACK, port):
            yield
    except OSError as error:
        raise SettingsError(
            f"METRICS_PORT: cannot listen on {LOOPBACK}:{port} ({_reason(error)}); give each "
            "process on this machine a port of its own."
        ) from None


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "no such address"


def _greet(config: Settings, sandbox: "Sandbox | None") -> None:
    _log.info("listening", url=config.public_url, host=config.host, port=config.port)
    lines = [f"slash-secret is at {config.public_url}"]
    if sandbox:
        lines.append(
            f"Try it at {sandbox.url}: a sandbox on this machine, with a pretend Slack. "
            'To connect yours, see README, "Connect Slack".'
        )
    elif not config.slack_bot_token:
        lines.append(
            "Slack is not connected: create an app from manifest.yml at api.slack.com/apps, then "
            'set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (README, "Connect Slack").'
        )
    print("\n".join(lines), flush=True)  # noqa: T201 - for the person at the shell


def _until_told_to_stop() -> "asyncio.Future[None]":
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def told() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told)
    return stop
