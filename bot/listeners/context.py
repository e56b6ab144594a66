"""What every listener is given."""

from dataclasses import dataclass

from bot import payload
from bot.slack_api import Slack
from bot.views.parts import Json
from bot.workspace import Workspace
from storage.model import Agent
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of a running bot. ``command`` is what agents type, ``public_url`` what links start with."""

    vault: Vault
    slack: Slack
    workspace: Workspace
    command: str
    public_url: str

    def agent(self, body: Json) -> Agent:
        """The person who acts; the gate let only people of the workspace through."""
        actor = payload.actor(body)
        if actor is None:
            raise RuntimeError("a payload without an actor passed the gate")
        return self.workspace.agent(actor.user, actor.name)
