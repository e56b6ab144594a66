"""What every listener is given."""

from dataclasses import dataclass

from bot import payload
from bot.presets import Presets
from bot.slack_api import Slack
from bot.views import link_ready, share
from bot.views.history import Viewer
from bot.views.parts import Json
from bot.workspace import Workspace
from storage.model import Agent, SecretId, Submission
from storage.notices import Place
from storage.outcomes import AgainstPolicy, Duplicate, Full, Shared
from storage.policy import Policy
from storage.tickets import Purpose
from storage.vault import Vault


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

    @property
    def policy(self) -> Policy:
        """What the team allows: the vault's, so that nothing is offered that it refuses."""
        return self.vault.policy

    async def make(
        self, agent: Agent, form: share.Form, press: Submission
    ) -> Shared | Duplicate | Full | AgainstPolicy:
        """Make the link that a form asks for. Raises StoreError."""
        return await self.vault.share(
            agent,
            form.content,
            label=form.label,
            lifetime=form.lifetime,
            single_use=form.single_use,
            passphrase=form.passphrase,
            submission=press,
        )

    async def posted(self, sid: SecretId, place: Place) -> None:
        """Remember where a request's message is, for the courier. Raises StoreError."""
        await self.vault.places.posted(sid, place)

    def link_view(self, agent: Agent, shared: Shared) -> Json:
        """The view that shows a link to the agent who made it."""
        ticket = self.vault.tickets.issue(agent, Purpose.VISIT)
        return link_ready.build(shared, self.public_url, ticket)

    def viewer(self, body: Json) -> Viewer:
        """The person who looks, for views."""
        return Viewer(self.agent(body).user, self.command, self.policy, self.ticket_url)

    def agent(self, body: Json) -> Agent:
        """The person who acts; the gate let only people of the workspace through."""
        actor = payload.actor(body)
        if actor is None:
            raise RuntimeError("a payload without an actor passed the gate")
        return self.workspace.agent(actor.user, actor.name)
