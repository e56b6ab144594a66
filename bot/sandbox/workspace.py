"""The workspace in memory: people, conversations, messages, modals, Home tabs, triggers."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from bot.sandbox.inputs import kept
from bot.sandbox.model import (
    APP_USER,
    SLACKBOT,
    SUPPORT,
    Conversation,
    Kind,
    Message,
    Person,
    Refusal,
    View,
    everybody,
)
from bot.sandbox.permits import Permits
from bot.sandbox.rules import VIEWS, elements_of
from bot.sandbox.schema import Json

DELETED = "This message was deleted."
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message says."""

    text: str = ""
    blocks: Sequence[Json] = ()


class Workspace:
    """One workspace with one app in it. ``clock`` gives Unix seconds."""

    def __init__(self, name: str, clock: Clock, people: Iterable[Person] | None = None) -> None:
        self.name = name
        self.clock = clock
        self.permits = Permits(clock)
        self.people = {person.id: person for person in people or everybody()}
        self.conversations: dict[str, Conversation] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.revision = 0
        self._stacks: list[list[View]] = []
        self._last_micros = 0
        self._news = asyncio.Event()
        self.add(Conversation(SUPPORT, Kind.CHANNEL, "support", {*self.people, APP_USER}))
        for number, person in enumerate(self.people.values(), start=1):
            members = {person.id, APP_USER}
            self.add(Conversation(f"D{number:09}", Kind.DM, "slash-secret", members))

    def changed(self) -> None:
        """Tell whoever waits in ``changes`` that there is something new to see."""
        self.revision += 1
        self._news.set()
        self._news = asyncio.Event()

    async def changes(self, after: int) -> int:
        """Wait until the revision is above ``after``; the revision."""
        while self.revision <= after:
            await self._news.wait()
        return self.revision

    # People and conversations

    def add(self, conversation: Conversation) -> None:
        """One conversation more."""
        self.conversations[conversation.id] = conversation
        self.changed()

    def dm(self, user: str) -> Conversation:
        """Somebody's direct messages with the app. Raises LookupError for a stranger."""
        for conversation in self.conversations.values():
            if conversation.kind is Kind.DM and user in conversation.members:
                return conversation
        raise LookupError("not a person of this workspace")

    def is_here(self, user: object) -> bool:
        """Whether this is the id of somebody who has not left."""
        return isinstance(user, str) and user in self.people and not self.people[user].has_left

    # Messages

    def stamp(self) -> str:
        """A ts that no message has: seconds and microseconds."""
        self._last_micros = max(self._last_micros + 1, int(self.clock() * 1_000_000))
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06}"

    def post(
        self,
        place: Conversation,
        user: str,
        draft: Draft,
        *,
        thread_ts: str | None = None,
        only_for: str | None = None,
    ) -> Message:
        """Put a message into a conversation."""
        blocks = named(draft.blocks)
        message = Message(self.stamp(), user, draft.text, blocks, thread_ts, only_for)
        place.messages.append(message)
        self.changed()
        return message

    def whisper(self, place: Conversation, user: str, text: str, thread_ts: str | None) -> None:
        """What Slackbot tells one person about what they did."""
        self.post(place, SLACKBOT, Draft(text), thread_ts=thread_ts, only_for=user)

    def rewrite(self, message: Message, draft: Draft) -> None:
        """Change a message in place."""
        message.text, message.blocks = draft.text, named(draft.blocks)
        message.edited = self.stamp()
        self.changed()

    def delete(self, place: Conversation, message: Message) -> None:
        """Take a message away; one that has replies leaves a mark, and they stay."""
        if any(other.thread_ts == message.ts for other in place.messages):
            message.user, message.text, message.blocks = SLACKBOT, DELETED, []
            message.deleted, message.edited = True, None
        else:
            place.messages.remove(message)
        self.changed()

    # Views

    def modals(self, user: str) -> list[View]:
        """The stack of modals that somebody sees, the topmost last."""
        own = [stack for stack in self._stacks if stack[0].user == user]
        return list(own[-1]) if own else []

    def open(self, user: str, content: Json) -> View:
        """Open a modal above whatever else is open."""
        view = self._new(user, content, None)
        self._stacks.append([view])
        return view

    def push(self, below: View, content: Json) -> View | Refusal:
        """Put a modal on the stack that another one is in."""
        stack = self._stack(below)
        if len(stack) >= VIEWS:
            return Refusal("push_limit_reached")
        view = self._new(below.user, content, stack[-1])
        stack.append(view)
        return view

    def replace(self, view: View, content: Json) -> None:
        """Update a view: same id, new hash; what was typed stays where its field stays."""
        view.content, view.hash = self._content(content), self._hash()
        view.typed = kept(view.blocks, view.typed)
        view.errors, view.notice = {}, ""
        self.changed()

    def close(self, view: View) -> None:
        """Close a modal; the one below it is seen again."""
        stack = self._stack(view)
        stack.remove(view)
        del self.views[view.id]
        self._stacks = [other for other in self._stacks if other]
        self.changed()

    def clear(self, view: View) -> None:
        """Close the whole stack that a modal is in."""
        for other in list(self._stack(view)):
            self.close(other)

    def stack(self, view: View) -> list[View]:
        """The modals of a view's stack, the topmost last."""
        return list(self._stack(view))

    def publish(self, user: str, content: Json) -> View:
        """Set somebody's Home tab."""
        view = self.homes.get(user)
        if view is None:
            view = self.homes[user] = self._new(user, content, None)
        else:
            self.replace(view, content)
        return view

    def by_external_id(self, name: object) -> View | None:
        """The view that the app gave this name."""
        views = self.views.values()
        return next((v for v in views if name and v.content.get("external_id") == name), None)

    def _stack(self, view: View) -> list[View]:
        return next(stack for stack in self._stacks if view in stack)

    def _new(self, user: str, content: Json, below: View | None) -> View:
        name = _id("V")
        root, previous = (below.root_id, below.id) if below else (name, None)
        view = View(name, user, self._content(content), self._hash(), root, previous)
        self.views[name] = view
        self.changed()
        return view

    def _content(self, content: Json) -> Json:
        return {**deepcopy(content), "blocks": named(content["blocks"])}

    def _hash(self) -> str:
        return f"{int(self.clock())}.{secrets.token_hex(4)}"


def named(blocks: Sequence[Json]) -> list[Json]:
    """A copy of blocks in which each has a block_id, and each element an action_id.

    Slack makes up those that the app left out.
    """
    copied = deepcopy(list(blocks))
    for block in copied:
        if not block.get("block_id"):
            block["block_id"] = secrets.token_hex(3)
        for element in elements_of(block):
            if element["type"] != "image" and not element.get("action_id"):
                element["action_id"] = secrets.token_hex(3)
    return copied


def _id(letter: str) -> str:
    # Random, because the app may remember ids for longer than this workspace lives.
    return letter + secrets.token_hex(5).upper()
