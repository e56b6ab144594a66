"""What an agent does with a request in Slack, and what its customer and its collector do after."""

from dataclasses import dataclass

from bot.views import asked, ids
from bot.views.asked import Pressed
from storage.answers import RequestSeed, open_answer, request_key, seal_answer
from storage.envelope import decode_token, link_proof, submit_proof
from storage.model import (
    Agent,
    Content,
    Kind,
    Nonce,
    SecretId,
    State,
    Summary,
    Token,
    UserId,
    WorkspaceId,
)
from storage.outcomes import Opened, RequestLook, Submitted
from storage.tickets import Redeemed, Session, Ticket
from storage.vault import Vault
from tests.bot.person import Json, Person
from tests.links import READER
from tests.slack import CHANNEL, Room, Value

FORM: dict[str, Value] = {
    ids.Block.WHAT: "Admin login for your shop",
    ids.Block.NAME: "Sam",
    ids.Block.LABEL: "ACME, ticket 4711",
}
IN_CHANNEL: dict[str, Value] = {**FORM, ids.Block.COLLECT_BY: "channel"}


def text_of(view: Json, block_id: str) -> str:
    """A text to copy."""
    block = next(b for b in view["blocks"] if b.get("block_id") == block_id)
    text: str = block["elements"][0]["elements"][0]["text"]
    return text


@dataclass(frozen=True)
class Customer:
    """Whoever has the request's link."""

    id: SecretId
    token: Token

    @classmethod
    def of(cls, view: Json) -> "Customer":
        """Follow the link in the agent's window."""
        path, token = text_of(view, ids.Block.LINK).split("#")
        kind, name = path.split("/")[-2:]
        assert kind == "r"
        return cls(SecretId(name), Token(token.encode()))

    async def look(self, vault: Vault) -> RequestLook:
        """What the page shows; the key that it checks fits the link."""
        key = decode_token(Kind.REQUEST, self.id, self.token)
        found = await vault.request_status(self.id, submit_proof(key, self.id))
        assert isinstance(found, RequestLook)
        assert request_key(found.record.public_key) == key
        return found

    async def answer(self, vault: Vault, text: str = "hunter2") -> object:
        """Type, and press Send."""
        key = decode_token(Kind.REQUEST, self.id, self.token)
        blob = seal_answer((await self.look(vault)).record.public_key, self.id, Content(text=text))
        proof = submit_proof(key, self.id)
        return await vault.submit(self.id, proof, Nonce.random(), blob, READER)


async def ask(person: Person, values: dict[str, Value] | None = None) -> Json:
    """Type the command in the channel, fill the form, see the link."""
    await person.type("request")
    view = person.latest()
    answer = await person.submit(view, FORM if values is None else values)
    return {**view, **answer.view}


async def answered(
    person: Person, vault: Vault, values: dict[str, Value] | None = None
) -> SecretId:
    """A request that has been answered."""
    customer = Customer.of(await ask(person, values))
    assert isinstance(await customer.answer(vault), Submitted)
    return customer.id


def waiting_message(person: Person, room: Room = CHANNEL) -> Json:
    """The newest message with the buttons, in that conversation."""
    found = [m for m in person.messages(room) if m.get("blocks") and "Waiting for: " in str(m)]
    return found[-1]


def pressed_of(message: Json) -> Pressed:
    """What its Collect button carries."""
    block = next(b for b in message["blocks"] if b["block_id"] == ids.Block.ASKED)
    return asked.parse(block["elements"][0]["value"])


def button_of(view: Json, action: str) -> Json | None:
    """A button by its action; None where there is none."""
    buttons = [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return next((b for b in buttons if b["action_id"] == action), None)


async def state_of(vault: Vault, workspace: str, sid: SecretId) -> State:
    """What became of it."""
    return (await summary_of(vault, workspace, sid)).status.state


async def summary_of(vault: Vault, workspace: str, sid: SecretId) -> Summary:
    """Its row in the history."""
    found = await vault.details(WorkspaceId(workspace), sid)
    return found.summary  # type: ignore[union-attr]


async def session_of(vault: Vault, ticket: str) -> Session:
    """Open the page behind a button."""
    redeemed = await vault.tickets.redeem(Ticket(ticket.encode()), None)
    assert isinstance(redeemed, Redeemed)
    return redeemed.session


async def collected(vault: Vault, url: str) -> str | None:
    """Follow the collect button's address, click, and read."""
    path, fragment = url.split("#")
    sid = SecretId(path.rsplit("/", 1)[1])
    token, ticket = fragment.split(".")
    seed = decode_token(Kind.COLLECT, sid, Token(token.encode()))
    session = await session_of(vault, ticket)
    opened = await vault.open(sid, link_proof(seed, sid), Nonce.random(), READER, session=session)
    assert isinstance(opened, Opened), opened
    return open_answer(RequestSeed(seed.expose()), sid, opened.blob).text


def agent_of(person: Person) -> Agent:
    """Somebody as the vault knows them."""
    return Agent(WorkspaceId(person.team), "Example Support", UserId(person.user), person.name)
