"""A request as Slack's modal makes it, and its page: what a customer types and presses there."""

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from storage import answers
from storage.answers import RequestKeys
from storage.envelope import link_proof, submit_proof
from storage.model import (
    Agent,
    CollectBy,
    Content,
    Lifetime,
    Nonce,
    Proof,
    SecretId,
    State,
)
from storage.outcomes import Asked, Opened, RequestLook, Submitted
from storage.tickets import Purpose
from tests.asking import session
from tests.browser.stage import Stage, see
from tests.links import READER
from tests.people import ANNA

WHAT = "The admin login of your shop"
LOGIN_FIELDS = ("Login page", "Username", "Password", "Notes")
PASSWORD = "Ck7!mWq-2pL9 zR"
SENT = Content(fields=(("Username", "ben"), ("Password", PASSWORD)))


@dataclass(frozen=True)
class Inquiry:
    """A request with both of its ends."""

    id: SecretId
    keys: RequestKeys

    @property
    def submit(self) -> Proof:
        """What the customer's link proves."""
        return submit_proof(answers.request_key(self.keys.public_key), self.id)

    @property
    def code(self) -> str:
        """What the agent reads aloud."""
        return answers.read_aloud_code(self.keys.public_key)

    def address(self, stage: Stage) -> str:
        """The complete link, as it stands in the customer's mail."""
        return stage.site.link(self.keys.request_link)


async def inquire(
    stage: Stage, fields: Sequence[str] = LOGIN_FIELDS, *, what: str = WHAT, agent: Agent = ANNA
) -> Inquiry:
    """Ask a customer for something."""
    sid = SecretId.new(agent.workspace)
    pair = answers.new_request_keys(sid)
    inquiry = Inquiry(sid, pair)
    made = await stage.site.vault.ask(
        agent,
        sid,
        public_key=pair.public_key,
        submit_proof=inquiry.submit,
        link_proof=link_proof(pair.seed, sid),
        what=what,
        label="ACME",
        fields=fields,
        lifetime=Lifetime(86_400),
        collect_by=CollectBy(),
    )
    assert isinstance(made, Asked)
    return inquiry


async def reply(stage: Stage, inquiry: Inquiry, content: Content = SENT) -> None:
    """Answer from somewhere else."""
    blob = answers.seal_answer(inquiry.keys.public_key, inquiry.id, content)
    nonce = Nonce.random()
    done = await stage.site.vault.submit(inquiry.id, inquiry.submit, nonce, blob, READER)
    assert isinstance(done, Submitted)


async def state_of(stage: Stage, inquiry: Inquiry) -> State:
    """What the record says."""
    found = await stage.site.vault.request_status(inquiry.id, inquiry.submit)
    assert isinstance(found, RequestLook)
    return found.state


async def collected(stage: Stage, inquiry: Inquiry) -> Content:
    """Collect the answer and open it with the seed, as the agent does."""
    vault, seed = stage.site.vault, inquiry.keys.seed
    agent = await session(vault, ANNA, Purpose.COLLECT, inquiry.id)
    proof = link_proof(seed, inquiry.id)
    opened = await vault.open(inquiry.id, proof, Nonce.random(), READER, session=agent)
    assert isinstance(opened, Opened)
    return answers.open_answer(seed, inquiry.id, opened.blob)


async def open_form(
    stage: Stage, page: Page, inquiry: Inquiry | None = None, *fields: str
) -> Inquiry:
    """Open a request's link, a new one's unless one is given, and see the form."""
    inquiry = inquiry or await inquire(stage, fields or LOGIN_FIELDS)
    await page.goto(inquiry.address(stage))
    await expect(send_button(page)).to_be_visible()
    return inquiry


async def fill(page: Page) -> None:
    """Type what SENT holds."""
    for name, value in SENT.fields or ():
        await page.get_by_label(name, exact=True).fill(value)


async def send(stage: Stage, page: Page, inquiry: Inquiry | None = None) -> Inquiry:
    """Open the form, fill it in and press Send."""
    inquiry = await open_form(stage, page, inquiry)
    await fill(page)
    await send_button(page).click()
    return inquiry


async def receipt(stage: Stage, page: Page, inquiry: Inquiry | None = None) -> Inquiry:
    """Send an answer and see the receipt."""
    inquiry = await send(stage, page, inquiry)
    await see(page, "Sent")
    return inquiry


async def press(page: Page, name: str) -> None:
    """Press a button by its exact words."""
    await page.get_by_role("button", name=name, exact=True).click()


def send_button(page: Page) -> Locator:
    """The one by which details leave."""
    return page.get_by_role("button", name="Send", exact=True)
