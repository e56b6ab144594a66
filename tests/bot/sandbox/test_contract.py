"""The same calls to our Slack and to npm's: where both know something, they have to agree.

Where they do not, the difference is listed with its reason. A difference that is no longer there
fails as well, so that the list says what is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox.model import ANNA, SUPPORT
from tests.bot.sandbox.conftest import Json, modal, plain, section
from tests.bot.sandbox.emulate import Emulate
from tests.slack import TOKEN, FakeSlack

HOME = {"type": "home", "blocks": [section()]}


class Peer:
    """One of the two, with a note of every answer under a name."""

    def __init__(self, session: ClientSession, base_url: str, ours: FakeSlack | None) -> None:
        self.session = session
        self.base_url = base_url
        self.ours = ours
        self.answers: dict[str, Json] = {}

    async def call(self, name: str, method: str, /, **args: Any) -> Json:
        """Call a method, and note its answer."""
        answer = await self._post(method, {"Authorization": f"Bearer {TOKEN}"}, args)
        self.answers[name] = answer
        return answer

    async def call_as(self, name: str, headers: dict[str, str], method: str) -> None:
        """The same as somebody else."""
        self.answers[name] = await self._post(method, headers, {})

    async def _post(self, method: str, headers: dict[str, str], args: Json) -> Json:
        url = self.base_url + method
        async with self.session.post(url, json=args, headers=headers) as response:
            is_json = response.content_type == "application/json"
            answer: Json = await response.json() if is_json else {}
        return answer if "ok" in answer else {"ok": False, "error": answer.get("message")}

    async def trigger(self, view_id: str | None = None) -> str:
        """A fresh trigger for Anna."""
        if self.ours:
            return await self.ours.trigger(view_id=view_id)
        body = {"user_id": ANNA} | ({"view_id": view_id} if view_id else {})
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return str((await self._post("views.generateTriggerId", headers, body))["trigger_id"])


async def who(peer: Peer) -> None:
    """Tokens, methods, people."""
    await peer.call("auth", "auth.test")
    await peer.call_as("no token", {}, "auth.test")
    await peer.call_as("another token", {"Authorization": "Bearer xoxb-no"}, "auth.test")
    await peer.call("unknown method", "views.shut")
    await peer.call("a person", "users.info", user=ANNA)
    await peer.call("a stranger", "users.info", user="U0NOBODY")
    await peer.call("people", "users.list")


async def windows(peer: Peer) -> None:
    """Triggers, hashes, stacks, external ids."""
    trigger = await peer.trigger()
    view = modal(callback_id="c", external_id="mine")
    first = (await peer.call("open", "views.open", trigger_id=trigger, view=view))["view"]
    await peer.call("open again", "views.open", trigger_id=trigger, view=modal())
    await peer.call("made-up trigger", "views.open", trigger_id="1.2.3", view=modal())
    await peer.call("no trigger", "views.open", view=modal())
    await peer.call("twin", "views.open", trigger_id=await peer.trigger(), view=view)
    own = {"view_id": first["id"]}
    await peer.call("update", "views.update", **own, hash=first["hash"], view=view)
    await peer.call("stale update", "views.update", **own, hash=first["hash"], view=view)
    await peer.call("update by name", "views.update", external_id="mine", view=modal())
    await peer.call("update nothing", "views.update", view_id="V0", view=modal())
    trigger = await peer.trigger(first["id"])
    second = (await peer.call("push", "views.push", trigger_id=trigger, view=modal()))["view"]
    trigger = await peer.trigger(second["id"])
    third = (await peer.call("push more", "views.push", trigger_id=trigger, view=modal()))["view"]
    trigger = await peer.trigger(third["id"])
    await peer.call("push too much", "views.push", trigger_id=trigger, view=modal())
    trigger = await peer.trigger()
    await peer.call("push on nothing", "views.push", trigger_id=trigger, view=modal())
    trigger = await peer.trigger()
    await asyncio.sleep(4.1)
    await peer.call("late", "views.open", trigger_id=trigger, view=modal())


async def broken_windows(peer: Peer) -> None:
    """Views that Slack does not take."""
    long, twice = plain("x" * 25), section(block_id="twice")
    for name, view in {
        "no view": None,
        "view without blocks": {"type": "modal", "title": plain()},
        "home as a modal": HOME,
        "view that is no JSON": "{",
        "long title": modal(title=long),
        "unknown block": modal({"type": "password"}),
        "same block_id": modal(twice, twice),
        "input without submit": modal(
            {"type": "input", "label": plain(), "element": {"type": "plain_text_input"}},
            submit=None,
        ),
        "101 blocks": modal(*[{"type": "divider"}] * 101),
        "large view": modal(*[section("x" * 3000)] * 90),
    }.items():
        args = {} if view is None else {"view": view}
        await peer.call(name, "views.open", trigger_id=await peer.trigger(), **args)


async def homes(peer: Peer) -> None:
    """The Home tab."""
    home = (await peer.call("publish", "views.publish", user_id=ANNA, view=HOME))["view"]
    args = {"user_id": ANNA, "view": HOME}
    await peer.call("publish again", "views.publish", **args, hash=home["hash"])
    await peer.call("stale publish", "views.publish", **args, hash=home["hash"])
    await peer.call("publish to a stranger", "views.publish", user_id="U0NOBODY", view=HOME)
    await peer.call("modal as a home", "views.publish", user_id=ANNA, view=modal())


async def messages(peer: Peer) -> None:
    """Posting, changing, deleting."""
    post, here = "chat.postMessage", {"channel": SUPPORT}
    posted = await peer.call("post", post, **here, text="t", blocks=[section()])
    own = {**here, "ts": posted["ts"]}
    await peer.call("reply", post, **here, text="t", thread_ts=posted["ts"])
    people = (await peer.call("people", "users.list"))["members"]
    ben = next(person["id"] for person in people if person["name"] == "ben")
    await peer.call("post to a person", post, channel=ben, text="t")
    await peer.call("post to a name", post, channel="#nowhere", text="t")
    await peer.call("post nothing", post, **here)
    await peer.call("post nowhere", post, text="t")
    await peer.call("odd blocks", post, **here, text="t", blocks=[{"type": "password"}])
    await peer.call("blocks that are no JSON", post, **here, text="t", blocks="[")
    await peer.call("long text", post, **here, text="x" * 40_001)
    await peer.call("reply to nothing", post, **here, text="t", thread_ts="1790000000.000100")
    await peer.call("change", "chat.update", **own, text="u")
    await peer.call("change nothing", "chat.update", **own)
    other = {**here, "ts": "1790000000.000100"}
    await peer.call("change what is not there", "chat.update", **other, text="u")
    await peer.call("whisper", "chat.postEphemeral", **here, user=ANNA, text="t")
    await peer.call("whisper to a stranger", "chat.postEphemeral", **here, user="U0", text="t")
    await peer.call("whisper nothing", "chat.postEphemeral", **here, user=ANNA)
    await peer.call("link", "chat.getPermalink", **here, message_ts=posted["ts"])
    await peer.call("link to nothing", "chat.getPermalink", **here, message_ts="1.000001")
    await peer.call("link nowhere", "chat.getPermalink", channel="C0", message_ts=posted["ts"])
    alone = await peer.call("post another", post, **here, text="t")
    gone = {**here, "ts": alone["ts"]}
    await peer.call("delete", "chat.delete", **own)
    await peer.call("delete one without replies", "chat.delete", **gone)
    await peer.call("delete it again", "chat.delete", **gone)
    await peer.call("change what was deleted", "chat.update", **gone, text="u")
    await peer.call("delete what is not there", "chat.delete", **other)


async def conversations(peer: Peer) -> None:
    """Channels and direct messages."""
    await peer.call("channel", "conversations.info", channel=SUPPORT)
    await peer.call("no channel", "conversations.info", channel="C0NOWHERE")
    await peer.call("members", "conversations.members", channel=SUPPORT)
    await peer.call("no members", "conversations.members", channel="C0NOWHERE")
    people = (await peer.call("people", "users.list"))["members"]
    ben = next(person["id"] for person in people if person["name"] == "ben")
    opened = await peer.call("direct", "conversations.open", users=ben)
    await peer.call("direct again", "conversations.open", channel=opened["channel"]["id"])
    await peer.call("direct to a stranger", "conversations.open", users="U0NOBODY")
    await peer.call("direct to nobody", "conversations.open")


SCENES = [who, windows, broken_windows, homes, messages, conversations]

LIMITS = "emulate does not look into blocks and limits"
BLUNT = "Slack says what is wrong by invalid_arguments; emulate has one word for any broken view"
# What emulate says instead, and why ours is Slack's.
CODES = {
    "another token": ("ok", "emulate takes any token for its first user's"),
    "unknown method": ("Not Found", "emulate has HTTP's word for it, not Slack's"),
    "no trigger": ("invalid_trigger_id", "Slack names the missing argument"),
    "push on nothing": ("view_not_found", "no code of Slack's documentation"),
    "no view": ("invalid_view", BLUNT),
    "view without blocks": ("invalid_view", BLUNT),
    "home as a modal": ("invalid_view", BLUNT),
    "view that is no JSON": ("invalid_view", BLUNT),
    "modal as a home": ("invalid_view", BLUNT),
    "long title": ("ok", LIMITS),
    "unknown block": ("ok", LIMITS),
    "same block_id": ("ok", LIMITS),
    "input without submit": ("ok", LIMITS),
    "101 blocks": ("ok", LIMITS),
    "large view": ("ok", LIMITS),
    "odd blocks": ("ok", LIMITS),
    "post nowhere": ("channel_not_found", "Slack names the missing argument"),
    "blocks that are no JSON": ("invalid_blocks", "Slack has invalid_blocks_format for it"),
    "long text": ("ok", "documented as msg_too_long; emulate cuts the text and warns"),
    "reply to nothing": ("ok", "emulate does not look for the message that is replied to"),
}
# Keys of answers that one of the two has alone.
OURS_ALONE = {
    "app_installed_team_id": "what Slack Connect is told apart by; emulate has one team",
    "block_id": "Slack makes up what is missing; emulate does not",
    "bot_id": "emulate's token is a person's, not a bot's",
    "bot_profile": "the same",
    "app_id": "the same",
    "team": "of a message",
    "is_enterprise_install": "of auth.test",
    "team_id": "of a user",
    "tz": "of a user",
    "is_owner": "of a user",
    "is_app_user": "of a user",
    "cache_ts": "of users.list",
    "no_op": "our DMs are always open",
    "already_open": "our DMs are always open",
}
THEIRS_ALONE = {
    "app_id": "of auth.test, for a person's token",
    "reply_count": "Slack counts replies for whoever reads a channel, which this app cannot",
    "reply_users": "the same",
    "is_open": "of a conversation, for a person's token",
    "last_read": "the same",
}
# As long as people make it: only the types of what both have are compared.
PROFILE = "profile"


@pytest.fixture(scope="session")
def emulate() -> Iterator[Emulate]:
    """One emulator for the run."""
    with Emulate() as running:
        yield running


def verdict(answer: Json) -> str:
    """The error's code, or ok."""
    return "ok" if answer.get("ok") else str(answer.get("error"))


def alone(one: Any, other: Any) -> set[str]:
    """The keys that only ``one`` has, at any depth."""
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return alone(one[0], other[0])
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return set()
    shared = (one.keys() & other.keys()) - {PROFILE}
    return {*(one.keys() - other.keys())}.union(*(alone(one[key], other[key]) for key in shared))


def of_other_types(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two answers have values of different types; null is any type's."""
    if one is None or other is None:
        return []
    if type(one) is not type(other):
        return [at]
    if isinstance(one, list):
        return of_other_types(one[0], other[0], f"{at}/0") if one and other else []
    if not isinstance(one, dict):
        return []
    shared = sorted(one.keys() & other.keys())
    return [
        where for key in shared for where in of_other_types(one[key], other[key], f"{at}/{key}")
    ]


async def both(
    scene: Callable[[Peer], Awaitable[None]],
    emulate: Emulate,
    slack: FakeSlack,
    session: ClientSession,
) -> list[tuple[str, Json, Json]]:
    """Each call's name with our answer and theirs."""
    ours = Peer(session, slack.base_url, slack)
    theirs = Peer(session, emulate.base_url, None)
    await asyncio.gather(scene(ours), scene(theirs))
    assert ours.answers.keys() == theirs.answers.keys()
    return [(name, ours.answers[name], theirs.answers[name]) for name in ours.answers]


@pytest.mark.parametrize("scene", SCENES)
async def test_both_slacks_agree(
    scene: Callable[[Peer], Awaitable[None]],
    emulate: Emulate,
    slack: FakeSlack,
    session: ClientSession,
) -> None:
    """The same code, or a listed one; the same keys, but for listed ones; the same types."""
    for name, own, other in await both(scene, emulate, slack, session):
        listed, _why = CODES.get(name, (verdict(own), ""))
        assert verdict(other) == listed, name
        assert name not in CODES or verdict(own) != listed, f"{name} is no difference any more"
        if verdict(own) == verdict(other) == "ok":
            assert alone(own, other) <= OURS_ALONE.keys(), name
            assert alone(other, own) <= THEIRS_ALONE.keys(), name
            assert of_other_types(own, other) == [], name


def test_the_comparison_sees_differences() -> None:
    """The control: a key more, a type changed, deep inside."""
    one = {"ok": True, "view": {"blocks": [{"type": "a"}], "hash": "1"}}
    other = {"ok": True, "view": {"blocks": [{"type": 1, "id": 2}], "hash": None}}
    assert of_other_types(one, other) == ["/view/blocks/0/type"]
    assert alone(other, one) == {"id"}
    assert alone(one, other) == set()
