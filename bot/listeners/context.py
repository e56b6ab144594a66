"""What every listener is given."""

import asyncio
from dataclasses import dataclass, field

import structlog

from bot import payload
from bot.homes import Homes
from bot.presets import Presets
from bot.slack_api import Slack
from bot.views import link_ready, request, share
from bot.views.asked import Pressed
from bot.views.history import Viewer
from bot.views.link_ready import Origin
from bot.views.moved import Moved
from bot.views.outlet import Words
from bot.views.parts import Json, note
from bot.wordings import Wordings
from bot.workspace import Workspace
from storage.envelope import encode_token
from storage.errors import StoreError
from storage.model import Agent, Kind, Link, SecretId, Submission, Token, WorkspaceId
from storage.notices import Place
from storage.outcomes import AgainstPolicy, Duplicate, Full, Shared
from storage.policy import Policy
from storage.tickets import Errand, Purpose
from storage.vault import Vault
from storage.wording import Occasion

_log = structlog.get_logger("bot")

SPEAKING = 0.4  # of what the store may take while Slack waits


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of a running bot.

    ``command`` is what agents type, ``public_url`` what links start with, ``ticket_url`` what
    labels lead to ('' for nothing).
    """

    vault: Vault
    slack: Slack
    workspace: Workspace
    command: str
    public_url: str
    presets: Presets
    ticket_url: str = ""
    homes: Homes = field(default_factory=Homes)
    wordings: Wordings = field(default_factory=Wordings)

    @property
    def policy(self) -> Policy:
        """What the team allows: the vault's, so that nothing is offered that it refuses."""
        return self.vault.policy

    async def make(
        self, agent: Agent, form: share.Form, press: Submission
    ) -> Shared | Duplicate | Full | AgainstPolicy:
        """Make the link that a form asks for. Raises StoreError."""
        made = await self.vault.share(
            agent,
            form.content,
            label=form.label,
            lifetime=form.lifetime,
            single_use=form.single_use,
            passphrase=form.passphrase,
            submission=press,
        )
        if isinstance(made, Shared):
            await self.speak(agent, made.link.id)
        return made

    async def speak(self, agent: Agent, sid: SecretId) -> None:
        """Keep the agent's last language with what they have just made.

        Most have chosen none, and nothing is asked. Where it cannot be kept, the page is in the
        browser's language, and the link no worse for it.
        """
        if language := self.presets.language(agent):
            try:
                async with asyncio.timeout(SPEAKING):
                    await self.vault.speak(agent, sid, language)
            except (StoreError, TimeoutError) as error:
                _log.warning("language_not_kept", ref=sid.ref, error=type(error).__name__)

    async def posted(self, sid: SecretId, place: Place) -> None:
        """Remember where a request's message is, for the courier. Raises StoreError."""
        # Before Slack has said whose we are, nobody passes the gate, and no request is of nobody.
        workspace = self.workspace.id or WorkspaceId("")
        await self.vault.places.posted(workspace, sid, place)

    def share_view(
        self, body: Json, prefill: share.Prefill | None = None, *, typed_after: str | None = None
    ) -> Json:
        """The form for a secret, or the way to the browser where that is the only one."""
        address = self.compose_address(self.agent(body), Errand(channel=payload.channel(body)))
        prefill = prefill or share.Prefill()
        if self.policy.browser_only:
            moves = prefill.move is not None
            return share.elsewhere(address, typed_after=typed_after, moves=moves)
        return share.build(self.policy, prefill, compose=address, typed_after=typed_after)

    def request_view(
        self, body: Json, prefill: request.Prefill | None = None, *, typed_after: str | None = None
    ) -> Json:
        """The form for a request, or that the team sends none."""
        if not self.policy.requests:
            return note(request.TITLE, request.DISALLOWED)
        prefill = prefill or request.Prefill()
        channel = prefill.room(payload.channel(body))
        errand = Errand(channel=channel, kind=Kind.REQUEST)
        return request.build(
            self.policy,
            prefill,
            channel=channel,
            compose=self.compose_address(self.agent(body), errand),
            typed_after=typed_after,
        )

    def compose_address(self, agent: Agent, errand: Errand) -> str:
        """The composer's address for one person and one hour; making it asks nobody."""
        ticket = self.vault.tickets.issue(agent, Purpose.COMPOSE, errand)
        return f"{self.public_url}/new#{ticket.expose().decode('ascii')}"

    def collect_address(self, agent: Agent, pressed: Pressed) -> str:
        """The collect page's address for one person and ten minutes.

        It opens the answer: it may stand in that person's own window, and nowhere else.
        """
        ticket = self.vault.tickets.issue(agent, Purpose.COLLECT, Errand(pressed.id))
        token = Token(b"")  # what the page asks for, when only the agent has it
        if pressed.seed:
            token = encode_token(Kind.COLLECT, pressed.id, pressed.seed)
        link = Link(Kind.COLLECT, pressed.id, token).url(self.public_url)
        return f"{link}.{ticket.expose().decode('ascii')}"

    def link_view(self, agent: Agent, shared: Shared, moved: Moved | None = None) -> Json:
        """The view that shows a link to the agent who made it, of a message if ``moved``."""
        ticket = self.vault.tickets.issue(agent, Purpose.VISIT)
        origin = Origin(moved, agent.user) if moved else None
        words = self.words(agent, Occasion.ONCE if shared.single_use else Occasion.OFTEN)
        return link_ready.build(shared, self.public_url, ticket, origin, words)

    def words(self, agent: Agent, occasion: Occasion) -> Words:
        """What a link's message is made of: the team's own words if it has any, and the choices."""
        templates = self.wordings.of(occasion) or None
        return Words(templates, self.wordings.outlet(agent), self.presets.language(agent))

    async def refresh(self, agent: Agent) -> None:
        """After a form has opened: read what its link, and the next form, begin with."""
        await self.presets.refresh(self.vault, agent)
        await self.wordings.refresh(self.vault, agent.workspace)

    def viewer(self, body: Json) -> Viewer:
        """The person who looks, for views."""
        return Viewer(self.agent(body).user, self.command, self.policy, self.ticket_url)

    def agent(self, body: Json) -> Agent:
        """The person who acts; the gate let only people of the workspace through."""
        actor = payload.actor(body)
        if actor is None:
            raise RuntimeError("a payload without an actor passed the gate")
        return self.workspace.agent(actor.user, actor.name)
