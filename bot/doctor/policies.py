"""Settings that are valid, and that somebody should have thought about twice."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.doctor.finding import Finding, error, ok, warning
from storage.settings import LOOPBACK, Settings

NAME = "settings"
SLACK_API = "https://slack.com/api/"
_MANY_PROXIES = 65_536
_MANY_REVEALS = 6_000
_MANY_CREATES = 10_000


def check(config: Settings) -> list[Finding]:
    """Each dangerous value is a finding; none is one that says so."""
    found = [*_public_url(config), *_slack(config), *_limits(config), *_proxies(config)]
    return found or [ok(NAME, "none of them is dangerous")]


def _public_url(config: Settings) -> Iterator[Finding]:
    host = urlsplit(config.public_url).hostname or ""
    if host in LOOPBACK:
        if config.slack_bot_token and config.slack_api_url == SLACK_API:
            yield error(
                NAME,
                f"PUBLIC_URL is {config.public_url}, and Slack is connected: links that agents "
                "make lead to the reader's own machine",
                "set PUBLIC_URL to the https:// address that customers open",
            )
    elif host.count(".") == 1:
        yield warning(
            NAME,
            f"PUBLIC_URL is a domain itself ({host}): browsers are told to use https for all its "
            "subdomains for two years",
            f"give it a host of its own, such as secret.{host}",
        )


def _slack(config: Settings) -> Iterator[Finding]:
    if not config.slack_bot_token:
        yield warning(
            NAME,
            "Slack is not connected: nobody can make links but in the sandbox",
            'set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (README, "Connect Slack")',
        )
    if config.slack_api_url != SLACK_API:
        yield warning(
            NAME,
            "SLACK_API_URL is not Slack's: the bot token is sent to another host",
            "unset SLACK_API_URL, unless that host is your own proxy",
        )


def _limits(config: Settings) -> Iterator[Finding]:
    if config.allow_degraded_durability:
        yield warning(
            NAME,
            "ALLOW_DEGRADED_DURABILITY is true: the start takes a store whose crash can undo "
            "openings and burns",
            "give the store the settings it needs (docs/operators.md), then unset it",
        )
    if config.reveals_per_minute > _MANY_REVEALS:
        yield warning(
            NAME,
            f"REVEALS_PER_MINUTE is {config.reveals_per_minute}: hardly a limit for one address",
            "unset it for 60, or give what one address of your busiest customer needs",
        )
    if config.creates_per_hour > _MANY_CREATES:
        yield warning(
            NAME,
            f"CREATES_PER_HOUR is {config.creates_per_hour}: a stolen account could fill the store",
            "unset it for 60, or give what your busiest agent needs",
        )


def _proxies(config: Settings) -> Iterator[Finding]:
    for proxy in config.trusted_proxies:
        if isinstance(proxy, str) or proxy.version == 6 or proxy.num_addresses <= _MANY_PROXIES:  # noqa: PLR2004 - IPv6 gives every house more
            continue
        yield warning(
            NAME,
            f"TRUSTED_PROXIES believes {proxy.num_addresses:,} addresses ({proxy}): each of them "
            "can pass for any visitor",
            "list the addresses of your proxies alone",
        )
