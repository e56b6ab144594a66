"""P11: what Slack's three seconds are spent on: nothing before the window, one store call for a link."""

import asyncio
import re
from typing import Any

import pytest

from bot.views import ids
from storage import store
from tests.bot.person import Person
from tests.numbers import SOAK, n
from tests.raw import RawStore
from tests.slack import FakeSlack, Fault, Value

LOCKED = 50 if SOAK else 2  # Argon2 costs a fifth of a second of a core each


async def _asked(redis: RawStore) -> int:
    """How many commands the store has run, before this one."""
    return sum(one["calls"] for one in (await redis.info("commandstats")).values())


@pytest.mark.one_server
@pytest.mark.parametrize("command", ["", "request", "history"])
async def test_p11_nothing_is_asked_before_the_window_opens(
    anna: Person, slack: FakeSlack, store_client: RawStore, command: str
) -> None:
    """Neither the store nor another method of Slack's: a trigger lives for three seconds."""
    slack.fail("views.open", Fault(delay=0.5))
    known, before = len(slack.calls), await _asked(store_client)
    typed = asyncio.create_task(anna.type(command))
    while len(slack.calls) == known:
        await asyncio.sleep(0.005)
    during = await _asked(store_client)
    assert [call.method for call in slack.calls[known:]] == ["views.open"]
    assert during - before == 1  # our own question
    assert (await typed).status == 200


async def test_p11_from_submit_to_the_link_is_one_store_call(
    anna: Person, store_url: str, store_client: RawStore
) -> None:
    """Policy, limit, double press, secret, index and trail: one script, and Slack is not asked."""
    await anna.submit(await anna.open_share(), {ids.Block.SECRET: "warm"})
    modal = await anna.open_share()
    await asyncio.sleep(0.3)  # what the next form begins with is read behind the one that opened
    called = len(anna.slack.calls)
    watcher = store.connect(store_url)
    sent: list[str] = []
    async with watcher.monitor() as monitor:
        answer = await anna.submit(modal, {ids.Block.SECRET: "hunter2"})
        await store_client.echo("done")
        while "ECHO" not in sent:
            command = await monitor.next_command()
            if command["client_type"] != "lua":
                sent.append(command["command"].split()[0])
    await watcher.aclose()
    assert _link(answer.view)
    assert sent == ["EVALSHA", "ECHO"]
    assert len(anna.slack.calls) == called


def _link(view: Any) -> str | None:
    found = re.search(r"https://\S+/s/[\w-]+#[\w-]+", str(view))
    return found[0] if found else None


async def test_p11_agents_at_once_get_a_link_each(anna: Person) -> None:
    """Pressed in the same moment: each has a link of their own, and none is told to try again."""
    agents = n("P11", everyday=12, full=50)
    modals = [await anna.open_share() for _ in range(agents)]
    answers = await asyncio.gather(
        *(anna.submit(modal, {ids.Block.SECRET: f"s{i}"}) for i, modal in enumerate(modals))
    )
    assert len({_link(answer.view) for answer in answers} - {None}) == agents


async def test_p11_passphrases_at_once_get_their_links_too(anna: Person, slack: FakeSlack) -> None:
    """The ack comes before Argon2 has run, for the last as for the first; then each has a link."""
    modals = [await anna.open_share() for _ in range(LOCKED)]
    values: dict[str, Value] = {ids.Block.SECRET: "hunter2", ids.Block.PASSPHRASE: "correct horse"}
    answers = await asyncio.gather(*(anna.submit(modal, values) for modal in modals))
    assert all("Making your link" in str(answer.view) for answer in answers)
    assert max(answer.seconds for answer in answers) < 3
    await slack.seen("views.update", LOCKED, seconds=20 + LOCKED)
    links = {_link(anna.now(modal)) for modal in modals}
    assert len(links - {None}) == LOCKED
