"""``kill -9`` of bot processes under load (A11): courier and sealer, shares and requests."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

from bot.views import ids
from storage.anchors import Anchors
from storage.ledger import Ledger
from storage.model import Agent, UserId, WorkspaceId, tag_of
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from storage.verifier import verify
from tests.bot.asked import Request, button, everything, in_browser, in_slack, standing
from tests.bot.delivery import settled
from tests.faults.running import KEY, town
from tests.links import reveal, share
from tests.numbers import n
from tests.slack import SIGNING_SECRET, SUPPORT, TEAM, TEAM_NAME, TOKEN, FakeSlack, Json
from tests.tally import tally
from tests.trails import waited

SHARES = 6
REQUESTS = 3
# The dead one's lease of what it was just about to say, and the time until it counts as dead.
TOLD_WITHIN = 90.0


class Office:
    """Agents whose secrets are opened and whose requests end; what must be told of each, once."""

    def __init__(self, vault: Vault, slack: FakeSlack, agent: Agent, chance: Random) -> None:
        self.vault, self.slack, self.agent = vault, slack, agent
        self.chance = chance
        self.labels: list[str] = []
        self.requests: list[Request] = []

    async def work(self) -> None:
        """Some of each kind, in any order."""
        tasks = [self._share(len(self.labels) + number) for number in range(SHARES)]
        tasks += [self._request() for _ in range(REQUESTS)]
        self.chance.shuffle(tasks)
        for task in tasks:
            await task

    async def _share(self, number: int) -> None:
        self.labels.append(f"ticket {number}")
        await reveal(
            self.vault, await share(self.vault, agent=self.agent, label=f"ticket {number}")
        )

    async def _request(self) -> None:
        channel = self.chance.choice(["", SUPPORT])
        if self.chance.random() < 0.3:
            request = await in_browser(self.vault, self.agent, channel)
        else:
            request = await in_slack(self.vault, self.slack, self.agent, channel)
        self.requests.append(request)
        if self.chance.random() < 0.5:
            await request.answer()
        await self.chance.choice([request.burn, request.withdraw, request.refuse])()

    def messages(self) -> list[Json]:
        """What stands in Slack."""
        channels = (SUPPORT, self.slack.workspace.dm(self.agent.user).id)
        return [one for channel in channels for one in standing(self.slack, channel)]

    def told(self) -> Counter[str]:
        """How often each secret's message, and each request's closing line, is there."""
        found = Counter[str]()
        for one in self.messages():
            if again := button(one, ids.Action.ASK_AGAIN):
                found[again["value"]] += 1
            elif one["blocks"]:
                found[str(one["blocks"][0]["text"]["text"])] += 1
        return found


async def test_a11_bot_processes_die_and_all_is_told(tmp_path: Path, slack: FakeSlack) -> None:
    """A11: no message lost, none doubled but the one under way, no seed left, the trail sealed."""
    kills, chance = n("A11", everyday=1, full=100), Random(13)
    agent = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(await slack.user("ben")), "ben")
    tag, names = tag_of(agent.workspace), ("bot one", "bot two")
    environ = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    async with town(tmp_path, chance, environ) as place:
        await waited(place.client, agent.workspace)
        await asyncio.gather(*map(place.work, names))
        await slack.seen("auth.test", 2, seconds=45)
        office = Office(place.vault, slack, agent, chance)
        for number in range(kills):
            work = asyncio.create_task(office.work())
            # In the middle of its sending, most often.
            await slack.seen("chat.postMessage", slack.answered("chat.postMessage") + 2, 45)
            await asyncio.sleep(chance.random() * 0.1)
            await place.kill(names[number % 2])
            await work
        await place.whole()
        await settled(place.client, TOLD_WITHIN)
        told = office.told()
        wanted = {*office.labels, *(request.id.value for request in office.requests)}
        ring = KeyRing([MasterKey(bytes.fromhex(KEY))])
        verdict = await verify(Ledger(place.client, tag), ring, Anchors(place.data_dir))
    lost, doubled = wanted - set(told), sum(told.values()) - len(wanted)
    seeds = [one.seed for one in office.requests if one.seed and one.seed in everything(slack)]
    broken = [*lost, *seeds, *verdict.findings]
    note = f"{len(wanted)} messages of bots that died, {doubled} twice"
    tally("A11", runs=kills, violations=len(broken), note=note)
    assert broken == []
    assert set(told) == wanted
    assert doubled <= kills
    assert verdict.count > 0
