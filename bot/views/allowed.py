"""What the team allows, for its admins: the settings of the same meaning."""

from slack_sdk.models.blocks import Block, HeaderBlock, SectionBlock
from slack_sdk.models.blocks.basic_components import TextObject

from bot.views.parts import mrkdwn, plain, small
from bot.views.request import LIFETIMES as SHORT
from bot.views.share import LIFETIMES
from bot.views.words import mention
from storage.model import DAY, Lifetime
from storage.policy import HistoryScope, Policy

TITLE = "What your team allows"
ABOUT = "Admins see this. Whoever runs slash-secret can change it."
_SHOWN_ADMINS = 20


def blocks(policy: Policy) -> list[Block]:
    """One section: at most the ten facts that it takes."""
    facts = [
        _fact("Longest lifetime", _lifetime(policy.lifetimes[-1])),
        _fact("First lifetime in the form", _lifetime(policy.default_lifetime)),
        _fact("Passphrase", "on every link" if policy.require_passphrase else "as agents like"),
        _fact(
            "Writing secrets",
            "in the browser only" if policy.browser_only else "here or in the browser",
        ),
        _fact("Requests", "allowed" if policy.requests else "none"),
        _fact("Links an hour, each agent", str(policy.creates_per_hour or "no limit")),
        _fact("History", _scope(policy)),
        _fact("Kept after the end", f"{policy.audit_retention // DAY} days"),
        _fact("Admins", _admins(policy)),
    ]
    return [HeaderBlock(text=plain(TITLE)), SectionBlock(fields=facts), small(ABOUT)]


def _fact(name: str, value: str) -> TextObject:
    return mrkdwn(f"*{name}*\n{value}")


def _lifetime(lifetime: Lifetime) -> str:
    return SHORT.get(lifetime.seconds) or LIFETIMES[lifetime.seconds].split(" - ")[0]


def _scope(policy: Policy) -> str:
    whole = policy.history_scope is HistoryScope.TEAM
    return "everybody sees the team's" if whole else "everybody sees their own, admins all"


def _admins(policy: Policy) -> str:
    names = [mention(user) for user in sorted(policy.admins)]
    more = f" and {len(names) - _SHOWN_ADMINS} more" if len(names) > _SHOWN_ADMINS else ""
    return ", ".join(names[:_SHOWN_ADMINS]) + more
