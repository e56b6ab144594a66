"""App Home as everybody meets it, by a name."""

from dataclasses import replace

from bot.views import home
from bot.views.home import Shown
from storage.attention import Concern, Reason
from storage.model import HOUR, Seconds, State
from storage.policy import HistoryScope, Policy
from storage.wording import Occasion, Outlet
from tests.browser.sandbox import scenes
from tests.browser.sandbox.pretend import Json
from tests.browser.sandbox.scenes import ADMINS, ANNAS, AT, FIRST, SECOND, asked, page, row

TEXTS = {(when, where): "{link} {date}" for when in Occasion for where in Outlet}


def concerns(label: str) -> tuple[Concern, ...]:
    """One of every kind."""
    return (
        Concern(row(State.VIEWED, label, views=1), Reason.TRIED_AGAIN, AT),
        Concern(asked(State.COLLECTED, label), Reason.TRIED_AGAIN, AT),
        Concern(row(State.BURNED, label), Reason.DESTROYED, AT),
        Concern(row(State.ACTIVE, label), Reason.EXPIRING, Seconds(AT + HOUR)),
        Concern(asked(State.WAITING, label), Reason.EXPIRING, Seconds(AT + HOUR)),
        Concern(asked(State.RECEIVED, label, received=AT), Reason.UNCOLLECTED, AT),
    )


def views(label: str = "ACME, ticket 4711") -> dict[str, Json]:
    """Every Home."""
    some, every = scenes.rows(label), concerns(label)
    own = replace(ANNAS, policy=Policy(history_scope=HistoryScope.OWN, requests=False))
    calm = Shown(page(*some, more=True), FIRST, (), AT)
    urgent = replace(calm, concerns=every)
    return {
        "home": home.build(urgent, ANNAS, data_table=True),
        "home-older-table": home.build(urgent, ANNAS, data_table=False),
        "home-requests": home.build(
            replace(calm, page=page(*scenes.requests(label)), concerns=every[-1:]),
            ANNAS,
            data_table=True,
        ),
        "home-admin": home.build(replace(calm, place=SECOND), ADMINS, data_table=True),
        "home-templates": home.build(replace(calm, templates=TEXTS), ADMINS, data_table=True),
        "home-own": home.build(replace(calm, page=page(some[0])), own, data_table=True),
        "home-empty": home.build(replace(calm, page=page()), ANNAS, data_table=True),
        "home-unreachable": home.unreachable(ANNAS, FIRST),
    }
