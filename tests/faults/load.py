"""People at work: agents who share, ask and burn; customers who click, guess and answer.

Scenes are drawn at random and played by several at once. Whatever is asked and answered goes into
the history; what is cut off is unknown and is asked again as the pages do, by a new click.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from storage.errors import StoreError
from storage.model import Agent, Nonce, Proof, SecretId
from storage.outcomes import Asked
from storage.tickets import Errand, Purpose, Redeemed
from storage.vault import Vault
from tests import asking
from tests.faults.doors import Door, VaultDoor
from tests.faults.history import Answer, Deed, History, Reply, Subject, now
from tests.people import ANNA

SIZE = 400  # bytes of ciphertext; the server opens none of it
_BREATH = 0.02
SCENES = ("race", "burned", "burned while opened", "kept", "reusable", "guessed", "collected")
OFTEN_BURNED = (*SCENES, "burned", "burned", "burned")


@dataclass
class Load:
    """What a number of people do with these doors until they are told to stop."""

    vault: Vault
    doors: Sequence[Door]
    chance: Random
    agent: Agent = ANNA
    scenes: Sequence[str] = SCENES
    """Names of what happens, drawn evenly: named twice, it happens twice as often."""
    history: History = field(default_factory=History)
    stopped: bool = False

    def __post_init__(self) -> None:
        self._creator = VaultDoor(self.vault)

    async def enter(self) -> None:
        """Press the button in Slack that makes this browser the agent's."""
        ticket = self.vault.tickets.issue(self.agent, Purpose.COMPOSE, Errand())
        done = await self.vault.tickets.redeem(ticket, None)
        assert isinstance(done, Redeemed)
        self._session, self._cookie = done.session, done.cookie

    @asynccontextmanager
    async def busy(self, people: int = 6) -> AsyncIterator[History]:
        """Work while the block lasts; afterwards everybody has got their last answer."""
        self.stopped = False
        work = [asyncio.create_task(self._work()) for _ in range(people)]
        try:
            yield self.history
        finally:
            self.stopped = True
            await asyncio.gather(*work)

    async def _work(self) -> None:
        while not self.stopped:
            await self.play(self.chance.choice(self.scenes))

    async def play(self, scene: str) -> None:
        """Let one of them happen."""
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "race": self.race,
            "burned": self.burned,
            "burned while opened": self.burned_while_opened,
            "kept": self.kept,
            "reusable": self.reusable,
            "guessed": self.guessed,
            "collected": self.collected,
        }
        await acts[scene]()

    async def under_way(self, burns: int) -> None:
        """Wait until that many burns, and more creates, have been acknowledged."""
        while len(self.history.acknowledged(Deed.BURN)) < burns:
            await asyncio.sleep(_BREATH)

    async def read_back(self, doors: Sequence[Door] | None = None) -> None:
        """Click once on everything that was ever acknowledged, with a fresh page."""
        for sid in self.history.acknowledged(Deed.CREATE):
            subject = self.history.subjects[sid]
            door = self.chance.choice(doors or self.doors)
            await self.click(subject, Nonce.random(), subject.guess, door)

    # What one can do.

    async def create(self, *, single_use: bool = True, locked: bool = False) -> Subject | None:
        """Make a secret; None when nobody was told that there is one."""
        subject = Subject(
            id=SecretId.new(self.agent.workspace),
            link=Proof.random(),
            blob=secrets.token_bytes(SIZE),
            single_use=single_use,
            guess=Proof.random() if locked else None,
        )
        began = now()
        reply = await self._door().create(subject, self._session, self._cookie)
        return await self._noted(subject, Deed.CREATE, began, reply)

    async def ask(self) -> Subject | None:
        """Ask a customer for something, and press Collect in Slack."""
        question, began = asking.new_question(self.agent), now()
        try:
            if not isinstance(await asking.asked(self.vault, question, agent=self.agent), Asked):
                return None
            ticket = self.vault.tickets.issue(self.agent, Purpose.COLLECT, Errand(question.id))
            done = await self.vault.tickets.redeem(ticket, None)
        except StoreError:
            await asyncio.sleep(_BREATH)
            return None
        assert isinstance(done, Redeemed)
        subject = Subject(
            id=question.id,
            link=question.link,
            blob=secrets.token_bytes(SIZE),
            submit=question.submit,
            collector=done.session,
            cookie=done.cookie,
        )
        return await self._noted(subject, Deed.CREATE, began, Reply(Answer.DONE))

    async def click(
        self,
        subject: Subject,
        page: Nonce | None = None,
        guess: Proof | None = None,
        door: Door | None = None,
    ) -> Reply:
        """Reveal from a page of its own, unless one is given."""
        page, began = page or Nonce.random(), now()
        reply = await (door or self._door()).open(subject, page, guess)
        self.history.note(subject, Deed.OPEN, began, reply, page=page, guess=guess)
        if reply.answer is Answer.UNKNOWN:
            await asyncio.sleep(_BREATH)
        return reply

    async def ack(self, subject: Subject, page: Nonce) -> None:
        """The page has decrypted."""
        began = now()
        reply = await self._door().ack(subject, page)
        self.history.note(subject, Deed.ACK, began, reply, page=page)

    async def burn(self, subject: Subject) -> None:
        """Its creator destroys it."""
        began = now()
        self.history.note(subject, Deed.BURN, began, await self._creator.burn(self.agent, subject))

    async def submit(self, subject: Subject) -> None:
        """A customer answers."""
        page, began = Nonce.random(), now()
        reply = await self._door().submit(subject, page)
        self.history.note(subject, Deed.SUBMIT, began, reply, page=page)

    def _door(self) -> Door:
        return self.chance.choice(self.doors)

    async def _noted(
        self, subject: Subject, deed: Deed, began: float, reply: Reply
    ) -> Subject | None:
        self.history.note(subject, deed, began, reply)
        if reply.answer is Answer.DONE:
            return subject
        await asyncio.sleep(_BREATH)
        return None

    # What happens.

    async def race(self) -> None:
        """Several pages at once; the winner's asks again, acknowledges, or is just closed."""
        subject = await self.create()
        if not subject:
            return
        pages = [Nonce.random() for _ in range(self.chance.randint(2, 6))]
        replies = await asyncio.gather(*(self.click(subject, page) for page in pages))
        for page, reply in zip(pages, replies, strict=True):
            if reply.answer is Answer.REFUSED:
                continue
            if reply.answer is Answer.UNKNOWN or self.chance.random() < 0.3:
                await self.click(subject, page)
            if self.chance.random() < 0.5:
                await self.ack(subject, page)
                await self.click(subject, page)

    async def burned(self) -> None:
        """A secret is burned, and somebody clicks afterwards."""
        if subject := await self.create(single_use=self.chance.random() < 0.7):
            await self.burn(subject)
            await self.click(subject)

    async def burned_while_opened(self) -> None:
        """Both at the same moment."""
        if subject := await self.create():
            await asyncio.gather(self.burn(subject), self.click(subject))

    async def kept(self) -> None:
        """Nobody has clicked yet."""
        await self.create()

    async def reusable(self) -> None:
        """Several readers, one after the other and together."""
        subject = await self.create(single_use=False)
        if not subject:
            return
        await asyncio.gather(*(self.click(subject) for _ in range(3)))
        if self.chance.random() < 0.5:
            await asyncio.gather(self.burn(subject), self.click(subject))

    async def guessed(self) -> None:
        """Wrong passphrases, some of them twice, then the right one: in time, or too late."""
        subject = await self.create(locked=True)
        if not subject:
            return
        wrong = [Proof.random() for _ in range(self.chance.randint(1, 6))]
        await asyncio.gather(*(self.click(subject, guess=guess) for guess in [*wrong, wrong[0]]))
        await self.click(subject, guess=subject.guess)

    async def collected(self) -> None:
        """A request is answered by two at once and collected by two pages."""
        subject = await self.ask()
        if not subject:
            return
        await asyncio.gather(self.submit(subject), self.submit(subject))
        if self.chance.random() < 0.2:
            await self.burn(subject)
        # Two answers with the same bytes would hide which of them was kept, and don't matter here.
        await asyncio.gather(self.click(subject), self.click(subject))
