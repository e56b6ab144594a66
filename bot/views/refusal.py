"""What an agent reads when a policy of the team refuses a secret."""

from bot.views import ids
from bot.views.request import DISALLOWED
from bot.views.share import BROWSER_ONLY, LIFETIMES
from storage.model import Seconds
from storage.outcomes import AgainstPolicy, Rule
from storage.policy import Policy


def explained(
    against: AgainstPolicy, policy: Policy, now: Seconds, field: ids.Block = ids.Block.SECRET
) -> tuple[ids.Block, str]:
    """Which field a policy speaks against, and the sentence for it.

    ``field`` is the form's first: it takes what concerns the form as a whole.
    """
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
            return field, BROWSER_ONLY
        case Rule.REQUESTS:
            return field, DISALLOWED
        case Rule.CREATES_PER_HOUR:
            wait = max(1, -(-((against.again or now) - now) // 60))
            minutes = "1 minute" if wait == 1 else f"{wait} minutes"
            return field, (
                f"You have made {policy.creates_per_hour} links within an hour, which is the "
                f"limit, so no link was made. Try again in {minutes}."
            )
