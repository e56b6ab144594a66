"""The collect page on the stage: requests with real keys, answered, and Slack's button to it."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from storage import envelope
from storage.answers import (
    RequestKeys,
    RequestSeed,
    new_request_keys,
    public_key_of,
    request_key,
    seal_answer,
)
from storage.envelope import encode_token
from storage.model import (
    Agent,
    CollectBy,
    Content,
    Details,
    Kind,
    Lifetime,
    Link,
    LinkKey,
    Nonce,
    SecretId,
    TextFile,
)
from storage.outcomes import Asked, Submitted
from storage.tickets import Errand, Purpose
from storage.wire import unb64u
from tests.asking import Question
from tests.browser.stage import Stage, reveal_button, see
from tests.links import READER
from tests.people import ANNA

WHAT = "The login to your shop's admin pages"
LABEL = "ACME, ticket 4711"
FIELDS = ("Login page", "Username", "Password", "Notes")
LOGIN = Content(
    # As a page sends it that keeps no order.
    fields=(
        ("Password", "Ck7!mWq-2pL9 zR"),
        ("Notes", "The second factor goes to Ben.\nCall before you log in."),
        ("Username", "support"),
        ("Login page", "https://shop.example.com/wp-admin"),
    )
)
WITH_FILE = Content(
    fields=(("Username", "deploy"), ("Password", ""), ("Account number", "4711-0815")),
    file=TextFile("id_ed25519.pem", "-----BEGIN EXAMPLE-----\nMC4CAQ\n-----END EXAMPLE-----\n"),
)


@dataclass(frozen=True)
class Asking:
    """A request as its agent has it."""

    id: SecretId
    keys: RequestKeys

    @property
    def token(self) -> str:
        """What stands behind # in the collect link."""
        return self.keys.collect_link.token.expose().decode()

    @property
    def question(self) -> Question:
        """What its links prove."""
        key = unb64u(self.keys.request_link.token.expose().decode())[1:33]
        return Question(
            self.id,
            self.keys.public_key,
            envelope.submit_proof(LinkKey(key), self.id),
            envelope.link_proof(self.keys.seed, self.id),
        )


def keys_of(sid: SecretId, seed: RequestSeed) -> RequestKeys:
    """What a request's keys are when its collect link is known."""
    public_key = public_key_of(seed)
    theirs = encode_token(Kind.REQUEST, sid, request_key(public_key))
    ours = encode_token(Kind.COLLECT, sid, seed)
    links = Link(Kind.REQUEST, sid, theirs), Link(Kind.COLLECT, sid, ours)
    return RequestKeys(seed, public_key, *links)


async def ask(
    stage: Stage,
    *,
    collect_by: CollectBy | None = None,
    agent: Agent = ANNA,
    what: str = WHAT,
    label: str = LABEL,
) -> Asking:
    """Make a request as a modal does."""
    sid = SecretId.new(agent.workspace)
    asking = Asking(sid, new_request_keys(sid))
    question = asking.question
    made = await stage.site.vault.ask(
        agent,
        sid,
        public_key=question.public_key,
        submit_proof=question.submit,
        link_proof=question.link,
        what=what,
        label=label,
        fields=FIELDS,
        lifetime=Lifetime(86_400),
        collect_by=collect_by or CollectBy(),
    )
    assert isinstance(made, Asked)
    return asking


async def answer(stage: Stage, asking: Asking, content: Content = LOGIN) -> None:
    """Send an answer as the customer's page does."""
    await answer_with(stage, asking, seal_answer(asking.keys.public_key, asking.id, content))


async def answer_with(stage: Stage, asking: Asking, blob: bytes) -> None:
    """The same with ciphertext of any making."""
    question, vault = asking.question, stage.site.vault
    sent = await vault.submit(asking.id, question.submit, Nonce.random(), blob, READER)
    assert isinstance(sent, Submitted)


async def answered(stage: Stage, content: Content = LOGIN, **asked: object) -> Asking:
    """Make a request and answer it."""
    asking = await ask(stage, **asked)  # type: ignore[arg-type]  # handed on as they are
    await answer(stage, asking, content)
    return asking


def ticket(stage: Stage, asking: Asking, agent: Agent = ANNA) -> str:
    """What pressing Collect in Slack gives."""
    made = stage.site.vault.tickets.issue(agent, Purpose.COLLECT, Errand(asking.id))
    return made.expose().decode()


def link(stage: Stage, asking: Asking, fragment: str) -> str:
    """An address of the collect page."""
    return f"{stage.site.url}/c/{asking.id.value}#{fragment}"


async def press_collect(stage: Stage, page: Page, asking: Asking, agent: Agent = ANNA) -> None:
    """Open the page that Slack's button leads to."""
    await page.goto(link(stage, asking, f"{asking.token}.{ticket(stage, asking, agent)}"))


async def ready(stage: Stage, page: Page, asking: Asking | None = None) -> Asking:
    """Come from Slack, and see that an answer is here."""
    asking = asking or await answered(stage)
    await press_collect(stage, page, asking)
    await expect(reveal_button(page)).to_be_visible()
    return asking


async def collect(stage: Stage, page: Page, asking: Asking | None = None) -> Asking:
    """Come from Slack and click."""
    asking = await ready(stage, page, asking)
    await reveal_button(page).click()
    await see(page, "What was sent")
    return asking


async def trail(stage: Stage, sid: SecretId) -> list[tuple[str, str | None]]:
    """What is on record: each event, and by whom."""
    found = await stage.site.vault.details(ANNA.workspace, sid)
    assert isinstance(found, Details)
    return [(entry.event.value, entry.by) for entry in found.trail]
