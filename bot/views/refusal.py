"""What an agent reads when a policy of the team refuses a secret."""

from bot.views import ids
from bot.views.share import LIFETIMES
from storage.model import Seconds
from storage.outcomes import AgainstPolicy, Rule
from storage.policy import Policy


def explained(against: AgainstPolicy, policy: Policy, now: Seconds) -> tuple[ids.Block, str]:
    """Which field a policy speaks against, and the sentence for it."""
    match against.rule:
        case Rule.MAX_LIFETIME:
            longest = LIFETIMES[policy.lifetimes[-1].seconds].split(" - ")[0]
            return ids.Block.LIFETIME, (
                f"Your team allows at most {longest}. Choose a shorter lifetime."
            )
        case Rule.REQUIRE_PASSPHRASE:
            return ids.Block.PASSPHRASE, (
                "Your team wants a passphrase on every link. Type one, and tell it to the "
                "recipient another way."
            )
        case Rule.BROWSER_ONLY:
            return ids.Block.SECRET, (
                "Your team writes secrets in the browser only, so that they don't pass Slack."
            )
        case Rule.REQUESTS:
            return ids.Block.SECRET, "Your team sends no requests."
        case Rule.CREATES_PER_HOUR:
            wait = max(1, -(-((against.again or now) - now) // 60))
            minutes = "1 minute" if wait == 1 else f"{wait} minutes"
            return ids.Block.SECRET, (
                f"You have made {policy.creates_per_hour} links within an hour, which is the "
                f"limit, so no link was made. Try again in {minutes}."
            )
