"""The console script ``slash-secret``: reads the environment and puts the pieces together."""

import argparse
import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import structlog
import uvloop
from aiohttp import web
from pydantic import SecretStr

from bot import app as slack_app
from bot.courier import Courier
from bot.slack_http import PATH, SlackEvents
from bot.sockets import Sockets
from bot.sweeper import sweep_for_ever
from storage import health, logs, settings, store
from storage.embedded import EmbeddedStore
from storage.errors import SettingsError, SlashSecretError
from storage.settings import Settings
from storage.vault import Vault
from web.app import build as build_web
from web.app import host_of
from web.brand import Brand
from web.pages import Pages
from web.server import listening

LOOPBACK = "127.0.0.1"
STORE_PATIENCE = 30.0
GRACE = 7.0

Inspect = Callable[[], Awaitable[health.StoreReport]]

_log = structlog.get_logger("slash-secret")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status 2: a setting is wrong; 1: the start or the run failed."""
    command = _parser().parse_args(arguments).command
    # A core dump would hold keys and texts in transit.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Each visitor who only holds a connection open costs a handle: allow as many as the system.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        config = settings.load(os.environ)
        logs.configure(config.log_level)
        uvloop.run(_serve(config, web_half=command != "bot", bot_half=command != "web"))
    except SettingsError as error:
        return _say(str(error), 2)
    except SlashSecretError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slash-secret", description="Hand a secret over once, by a link from Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="everything in one process")
    commands.add_parser("web", help="pages, API and Slack's requests (python -m web)")
    commands.add_parser("bot", help="background work for the workspace (python -m bot)")
    return parser


def _say(sentence: str, status: int) -> int:
    print(f"slash-secret: {sentence}", file=sys.stderr)  # noqa: T201 - for the person at the shell
    return status


async def _serve(config: Settings, *, web_half: bool, bot_half: bool) -> None:
    if bot_half and not web_half and not config.slack_bot_token:
        raise SettingsError(
            "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN) are not set; without a Slack workspace "
            "there is no work for this process."
        )
    # What can't be shown is told before a store is opened for it.
    pages = _pages(config) if web_half else None
    stop = _until_told_to_stop()
    async with AsyncExitStack() as stack:
        vault, inspect = await stack.enter_async_context(_vault(config))
        bot = None
        if config.slack_bot_token:
            bot = slack_app.build(
                vault=vault,
                token=config.slack_bot_token.get_secret_value(),
                api_url=config.slack_api_url,
                command=config.slack_command,
                public_url=config.public_url,
                ticket_url=config.ticket_url,
            )
            await stack.enter_async_context(bot.running())
        sockets = None
        if bot_half and bot and config.slack_app_token:
            token = config.slack_app_token.get_secret_value()
            sockets = Sockets(bot.app, token, config.slack_api_url)
        checks = [sockets.check] if sockets else []
        if pages:
            site = build_web(
                vault,
                public_url=config.public_url,
                inspect=inspect,
                pages=pages,
                trusted_proxies=config.trusted_proxies,
                reveals_per_minute=config.reveals_per_minute,
                checks=checks,
            )
            if bot and config.slack_signing_secret and not config.slack_app_token:
                _mount(site, bot, config.slack_signing_secret)
            if bot and not config.brand_name:
                await stack.enter_async_context(_background(_name_pages(bot, pages)))
            await stack.enter_async_context(_listening(site, config))
            _greet(config)
        if config.metrics_port:
            await stack.enter_async_context(_metrics(config.metrics_port, inspect, checks))
        if bot_half and bot:
            await stack.enter_async_context(_background(_sweep(bot, vault)))
            await stack.enter_async_context(_background(_notify(bot, vault)))
            if sockets:
                await stack.enter_async_context(_background(sockets.run()))
        await stop
    _log.info("stopped")


@asynccontextmanager
async def _vault(config: Settings) -> AsyncIterator[tuple[Vault, Inspect]]:
    """Open the store, embedded or named, and insist on what it must promise."""
    ring, derived = config.key_ring()
    if derived and config.slack_signing_secret:
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
        stack.push_async_callback(redis.aclose)
        degraded = config.allow_degraded_durability
        await health.wait_for_store(redis, allow_degraded=degraded, patience=STORE_PATIENCE)
        yield (
            Vault(redis, ring, policy=config.policy),
            partial(health.inspect, redis, allow_degraded=degraded),
        )


def _pages(config: Settings) -> Pages:
    brand = Brand.read(config.brand_color, config.brand_logo)
    pages = Pages(host_of(config.public_url), brand)
    pages.name(config.brand_name)
    return pages


def _mount(site: web.Application, bot: slack_app.Bot, secret: SecretStr) -> None:
    site.router.add_post(PATH, SlackEvents(secret.get_secret_value(), bot.dispatch).handle)


async def _name_pages(bot: slack_app.Bot, pages: Pages) -> None:
    await bot.workspace.known.wait()
    pages.name(bot.workspace.name)


async def _sweep(bot: slack_app.Bot, vault: Vault) -> None:
    await bot.workspace.known.wait()
    if bot.workspace.id:
        await sweep_for_ever(vault, bot.workspace.id)


async def _notify(bot: slack_app.Bot, vault: Vault) -> None:
    await bot.workspace.known.wait()
    if bot.workspace.id:
        await Courier(vault, bot.slack, bot.workspace.id).run()


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
    port: int, inspect: Inspect, checks: Sequence[Callable[[], health.Check]]
) -> AsyncIterator[None]:
    # Imported by those who asked for it only: it costs every start some milliseconds.
    from web.operations import build  # noqa: PLC0415

    try:
        async with listening(build(inspect, checks), LOOPBACK, port):
            yield
    except OSError as error:
        raise SettingsError(
            f"METRICS_PORT: cannot listen on {LOOPBACK}:{port} ({_reason(error)}); give each "
            "process on this machine a port of its own."
        ) from None


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "no such address"


def _greet(config: Settings) -> None:
    _log.info("listening", url=config.public_url, host=config.host, port=config.port)
    lines = [f"slash-secret is at {config.public_url}"]
    if not config.slack_bot_token:
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
