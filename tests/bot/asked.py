"""Requests with their message in Slack, and what stands in its conversations afterwards."""

import json
from dataclasses import dataclass, replace

from bot.slack_api import Slack
from bot.views import asked
from storage.answers import RequestSeed
from storage.composer import NewKeys
from storage.model import Agent, CollectBy, Event, Lifetime, Nonce, Proof, SecretId
from storage.notices import Noticed, Place
from storage.outcomes import Acknowledged, Asked, Burned, Opened, Saved, Submitted, Withdrawn
from storage.tickets import Errand, Purpose, Redeemed, Session
from storage.vault import Vault
from storage.wire import b64u
from tests import asking
from tests.asking import Question
from tests.links import READER
from tests.slack import TOKEN, FakeSlack, Json

WHAT = "canary-what: the admin login"


@dataclass(frozen=True)
class Request:
    """A request as both sides have it, and where its message is."""

    vault: Vault
    agent: Agent
    question: Question
    seed: str = ""
    place: Place | None = None

    @property
    def id(self) -> SecretId:
        """Its id."""
        return self.question.id

    async def answer(self) -> None:
        """The customer sends."""
        assert isinstance(await asking.answer(self.vault, self.question), Submitted)

    async def answer_again(self) -> None:
        """Somebody with the same link sends too."""
        await asking.answer(self.vault, self.question)

    async def collect(self, by: Agent | None = None) -> tuple[Session, Nonce]:
        """Somebody who may presses the button, and clicks on the page."""
        session = await asking.session(self.vault, by or self.agent, request=self.id)
        nonce = Nonce.random()
        opened = await asking.collect(self.vault, self.question, session, nonce)
        assert isinstance(opened, Opened)
        done = await self.vault.ack(self.id, self.question.link, nonce)
        assert isinstance(done, Acknowledged)
        return session, nonce

    async def save(self, session: Session) -> None:
        """The collector says that it is in the vault."""
        done = await self.vault.saved(self.id, self.question.link, READER, session)
        assert isinstance(done, Saved)

    async def burn(self, by: Agent | None = None) -> None:
        """Cancel it, or burn the answer."""
        assert isinstance(await self.vault.burn(by or self.agent, self.id), Burned)

    async def withdraw(self) -> None:
        """The customer takes it back."""
        done = await self.vault.withdraw(self.id, self.question.submit, READER)
        assert isinstance(done, Withdrawn)

    async def refuse(self) -> None:
        """The customer did not expect it."""
        done = await self.vault.unexpected(self.id, self.question.submit, READER)
        assert isinstance(done, Withdrawn)

    async def trail(self) -> list[Event]:
        """What is on record."""
        noticed = await self.vault.noticed(self.agent.workspace, self.id)
        assert isinstance(noticed, Noticed)
        return [entry.event for _, entry in noticed.trail]


async def in_slack(
    vault: Vault, slack: FakeSlack, agent: Agent, channel: str = "", *, known: bool = True
) -> Request:
    """A request made by the modal: asked, posted with its seed, and its place remembered.

    ``known`` False: the listener died before the place was.
    """
    question = asking.new_question(agent)
    made = await asking.asked(vault, question, agent=agent, collect_by=CollectBy(channel))
    assert isinstance(made, Asked)
    noticed = await vault.noticed(agent.workspace, question.id)
    assert isinstance(noticed, Noticed)
    assert noticed.summary.record
    seed = RequestSeed.random()
    api = Slack(TOKEN, slack.base_url)
    try:
        body = asked.build(noticed.summary.record, seed)
        place = await api.post_message(channel or agent.user, body)
    finally:
        await api.close()
    assert isinstance(place, Place)
    if known:
        await vault.places.posted(agent.workspace, question.id, place)
    slack.calls.clear()
    return Request(vault, agent, question, b64u(seed.expose()), place)


async def in_browser(vault: Vault, agent: Agent, channel: str = "") -> Request:
    """A request made by the composer's page, opened in that channel."""
    question = replace(asking.new_question(agent), link=Proof.random())
    ticket = vault.tickets.issue(agent, Purpose.COMPOSE, Errand(None, channel))
    redeemed = await vault.tickets.redeem(ticket, None)
    assert isinstance(redeemed, Redeemed)
    made = await vault.compose_request(
        redeemed.session,
        NewKeys(question.id, question.public_key, question.submit, question.link),
        what=WHAT,
        label="ACME",
        fields=(),
        lifetime=Lifetime(3600),
        by_channel=bool(channel),
    )
    assert isinstance(made, Asked)
    return Request(vault, agent, question)


def standing(slack: FakeSlack, channel: str) -> list[Json]:
    """Messages of the app in a conversation: ``text``, ``blocks``, ``ts``; marks of deleted ones."""
    place = slack.workspace.conversations[channel]
    return [
        {"text": one.text, "blocks": one.blocks, "ts": one.ts, "edited": one.edited}
        for one in place.messages
        if one.thread_ts is None
    ]


def below(slack: FakeSlack, place: Place) -> list[str]:
    """What was said in a message's thread."""
    messages = slack.workspace.conversations[place.channel].messages
    return [one.text for one in messages if one.thread_ts == place.ts]


def everything(slack: FakeSlack) -> str:
    """All that anybody can still read anywhere."""
    return json.dumps(
        [
            [one.text, one.blocks]
            for place in slack.workspace.conversations.values()
            for one in place.messages
        ]
    )


def button(body: Json, action: str) -> Json | None:
    """A button of a message."""
    elements = (e for block in body["blocks"] for e in block.get("elements", []))
    return next((element for element in elements if element.get("action_id") == action), None)
