"""All checks, side by side, each within its time: one that fails hides none of the others."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from bot.doctor import background, keyring, machine, policies, site, slack, store
from bot.doctor.asking import Asker
from bot.doctor.finding import Finding, error, unchecked
from bot.serving import Opened, opened
from storage import examine
from storage.errors import SlashSecretError
from storage.seal import KeyRing
from storage.settings import Settings

PATIENCE = 25.0
_STORE_START = 30.0

Work = Callable[[], Awaitable[Sequence[Finding]]]


async def examined(config: Settings) -> list[Finding]:
    """Look at everything that these settings name. Changes nothing.

    Raises SettingsError where no process would start for its keys.
    """
    ring, derived = config.key_ring()
    quick = [
        *policies.check(config),
        keyring.source(config, derived=derived),
        keyring.strength(ring),
        *machine.data_dir(config),
        machine.front_end(config),
    ]
    async with Asker() as asker:
        slow = await asyncio.gather(
            _within("store", lambda: _store(config, ring), _STORE_START),
            _within("public URL", lambda: _site(asker, config, ring)),
            _within("METRICS_PORT", lambda: machine.metrics(asker, config)),
            _within("certificate", lambda: site.certificate(asker, config)),
            _within("headers", lambda: site.headers(asker, config)),
            _within("API", lambda: site.passing(asker, config)),
            _within("Slack token", lambda: slack.token(config)),
            _within("Socket Mode", lambda: slack.socket(config)),
            _within("Slack requests", lambda: slack.entrance(asker, config)),
        )
    return [*quick, *(finding for findings in slow for finding in findings)]


async def _within(name: str, work: Work, more: float = 0.0) -> Sequence[Finding]:
    patience = PATIENCE + more
    try:
        async with asyncio.timeout(patience):
            return await work()
    except TimeoutError:
        return [unchecked(name, f"no end within {patience:.0f} seconds")]
    except SlashSecretError as fault:
        return [error(name, str(fault).rstrip("."), 'docs/operators.md, "The store"')]
    except OSError as fault:
        why = os.strerror(fault.errno) if fault.errno else type(fault).__name__
        return [error(name, f"this machine refuses: {why}", "run it as the processes' user")]
    except Exception as fault:  # noqa: BLE001 - a defect in one check must not hide the others
        # Its text may quote what was being looked at.
        what = f"the check itself failed ({type(fault).__name__})"
        return [unchecked(name, what, "please report it")]


async def _site(asker: Asker, config: Settings, ring: KeyRing) -> list[Finding]:
    found = await site.reach(asker, config, ring)
    return [
        site.public_url(config, found),
        site.agreement(found),
        site.proxies(config, found),
    ]


async def _store(config: Settings, ring: KeyRing) -> list[Finding]:
    url = config.redis_url.get_secret_value() if config.redis_url else None
    reached = store.connection(url)
    if url is None and not machine.is_ours(config):
        # The store's files would then belong to whoever runs this, and its own user be locked out.
        return [*reached, unchecked("store", "not opened, since DATA_DIR is another user's")]
    async with opened(config, insist=False) as here:
        parts = [
            _within("durability", lambda: _promises(here)),
            _within("store disk", lambda: _facts(here)),
            _within("store access", lambda: _access(here, embedded=url is None)),
            _within("key rotation", lambda: _rotation(here, ring)),
            _within("bot process", lambda: _background(here)),
            _within("restore", lambda: _standing(here)),
        ]
        found = await asyncio.gather(*parts)
    return [*reached, *(finding for findings in found for finding in findings)]


async def _promises(here: Opened) -> list[Finding]:
    report = await here.inspect()
    return [*store.promises(report), store.clock(report)]


async def _facts(here: Opened) -> list[Finding]:
    facts = await examine.facts(here.redis)
    return [*store.memory(facts), *store.disk(facts), *store.role(facts)]


async def _access(here: Opened, *, embedded: bool) -> list[Finding]:
    return store.access(await examine.permissions(here.redis), embedded=embedded)


async def _rotation(here: Opened, ring: KeyRing) -> list[Finding]:
    return [keyring.rotation(ring, await examine.key_names(here.redis))]


async def _background(here: Opened) -> list[Finding]:
    work = await examine.work(here.redis)
    return [*background.sealing(work), background.looking(work)]


async def _standing(here: Opened) -> list[Finding]:
    return store.standing(await examine.standings(here.redis, here.guard))
