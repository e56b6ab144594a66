"""Links with a passphrase: the window answers at once, and the link follows."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot import app
from bot.listeners import making as maker
from bot.listeners import share as listeners
from bot.listeners.burning import burned_for
from bot.slack_http import PATH
from bot.views import ids, making
from storage import envelope
from storage.model import Event, Nonce, Passphrase, State, WorkspaceId
from storage.outcomes import Gone, Opened, PassphraseRequired
from storage.seal import KeyRing
from storage.vault import Vault
from storage.wire import b64u
from tests.bot.conftest import build, served
from tests.bot.late_store import LateStore
from tests.bot.listeners.test_share import _forget, alive, holder_of, link_of
from tests.bot.person import Answer, Json, Person
from tests.links import READER, Holder, reveal
from tests.numbers import n
from tests.raw import as_bytes, holds, snapshot
from tests.slack import TEAM, FakeSlack, Fault

SPOKEN = "correct horse \u00e9"
VALUES: dict[str, str | None] = {ids.Block.SECRET: "hunter2", ids.Block.PASSPHRASE: SPOKEN}


async def opened_with(vault: Vault, holder: Holder, passphrase: str) -> str | None:
    """What a reader who was told the passphrase reads."""
    stretched = envelope.stretch(Passphrase.of(passphrase), holder.key, holder.id)
    proof = envelope.passphrase_proof(holder.key, stretched, holder.id)
    opened = await vault.open(holder.id, holder.proof, Nonce.random(), READER, proof)
    assert isinstance(opened, Opened), opened
    return envelope.unseal(opened.blob, holder.key, holder.id, stretched=stretched).text


async def ready(person: Person, view: Json) -> Json:
    """Wait until the window has left "Making your link"."""
    async with asyncio.timeout(60):
        while person.now(view)["title"]["text"] in {making.TITLE, "Share a secret"}:
            await asyncio.sleep(0.05)
    return person.now(view)


def is_making(answer: Answer) -> bool:
    """Whether the answer to the submission says that it takes a moment."""
    return bool(answer.view["title"]["text"] == "Making your link")


async def test_the_window_answers_at_once_and_then_shows_the_link(
    anna: Person, vault: Vault
) -> None:
    """First "Making your link", then the link; it opens with the passphrase and not without."""
    view = await anna.open_share()
    answer = await anna.submit(view, VALUES)
    assert is_making(answer)
    assert answer.seconds < 1.0
    shown = await ready(anna, view)
    assert shown["title"]["text"] == "Your link is ready"
    assert "You will get the passphrase another way." in json.dumps(shown)
    assert SPOKEN not in json.dumps(shown, ensure_ascii=False)
    holder = holder_of(shown)
    assert isinstance(await reveal(vault, holder), PassphraseRequired)
    assert await opened_with(vault, holder, f"  {SPOKEN}\n") == "hunter2"
    assert [call.method for call in anna.slack.calls] == ["auth.test", "views.open", "views.update"]


async def test_white_space_only_is_an_error_on_the_field(anna: Person, store_client: Redis) -> None:
    """It is not taken for "no passphrase": the agent believed that there is one."""
    answer = await anna.submit(await anna.open_share(), {**VALUES, ids.Block.PASSPHRASE: " \t "})
    assert list(answer.errors) == [ids.Block.PASSPHRASE]
    assert await store_client.dbsize() == 0


async def test_an_empty_field_is_a_link_without_one(anna: Person, vault: Vault) -> None:
    """Answered with the link, as ever."""
    answer = await anna.submit(await anna.open_share(), {**VALUES, ids.Block.PASSPHRASE: None})
    holder = holder_of(answer.view)
    assert holder.read(await reveal(vault, holder)) == "hunter2"


async def test_fifty_agents_at_once_are_answered_in_time(
    anna: Person, store_client: Redis, vault: Vault
) -> None:
    """50 agents with passphrases at once: no late ack, and every window gets its own link."""
    count = n("passphrases at once", everyday=12, full=50)
    views = [await anna.open_share() for _ in range(count)]
    answers = await asyncio.gather(*(anna.submit(view, VALUES) for view in views))
    assert all(map(is_making, answers))
    assert max(answer.seconds for answer in answers) < 3.0
    shown = [await ready(anna, view) for view in views]
    assert len({link_of(view) for view in shown}) == count
    assert await alive(store_client) == count
    assert await opened_with(vault, holder_of(shown[-1]), SPOKEN) == "hunter2"


async def test_f3_acks_come_in_time_while_the_store_is_late(
    late_anna: Person, late_store: LateStore
) -> None:
    """F3 with passphrases: the store is asked once before the answer, 1 s late; the link comes."""
    view = await late_anna.open_share()
    late_store.delay = 1.0
    answer = await late_anna.submit(view, VALUES)
    assert is_making(answer)
    assert answer.seconds < 3.0
    late_store.delay = 0.0
    assert link_of(await ready(late_anna, view))


async def test_f2_the_same_press_twice_makes_one_link(
    anna: Person, bot: app.Bot, store_client: Redis
) -> None:
    """F2: in parallel both deliveries get the same answer; minutes later another press is asked for."""
    view = await anna.open_share()
    answers = await asyncio.gather(*(anna.submit(view, VALUES, trigger="same") for _ in range(4)))
    assert all(map(is_making, answers))
    link = link_of(await ready(anna, view))
    _forget(bot)
    late = await anna.submit(view, VALUES, trigger="same")
    assert late.errors == {ids.Block.SECRET: "Press Submit again for a new link."}
    assert link_of(anna.now(view)) == link
    assert len(anna.slack.called("views.update")) == 1
    assert await alive(store_client) == 1


async def test_f2_the_same_press_at_two_processes_makes_one_link(
    anna: Person, vault: Vault, slack: FakeSlack, session: ClientSession, store_client: Redis
) -> None:
    """F2: the press is taken in the store: one process makes the link, the other asks again."""
    other = build(vault, slack)
    await other.workspace.learn(other.slack)
    async with served(other) as server:
        twin = replace(anna, url=str(server.make_url(PATH)))
        view = await anna.open_share()
        answers = await asyncio.gather(
            anna.submit(view, VALUES, trigger="same"), twin.submit(view, VALUES, trigger="same")
        )
        await ready(anna, view)
    await other.close()
    actions = sorted(answer.json["response_action"] for answer in answers)
    assert actions == ["errors", "update"]
    assert len(slack.called("views.update")) == 1
    assert await alive(store_client) == 1


async def test_a12_submit_pressed_again_after_a_lost_answer(
    anna: Person, store_client: Redis, vault: Vault
) -> None:
    """A12: the answer got lost, Submit is pressed again, at once or later: one secret, shown."""
    for pause in (0.0, 0.2, 2.0):
        await store_client.flushall()
        view = await anna.open_share()
        await anna.submit(view, VALUES)
        await asyncio.sleep(pause)
        await anna.submit(view, {**VALUES, ids.Block.SECRET: "again"})
        await asyncio.sleep(1)
        shown = await ready(anna, view)
        assert await alive(store_client) == 1
        assert await opened_with(vault, holder_of(shown), SPOKEN) == "again"


async def test_a12_pressed_again_without_the_passphrase(
    anna: Person, store_client: Redis, vault: Vault
) -> None:
    """The second press is answered at once; what the first one still makes is not shown."""
    view = await anna.open_share()
    await anna.submit(view, VALUES)
    answer = await anna.submit(view, {ids.Block.SECRET: "again"})
    await asyncio.sleep(maker.SETTLED + 1)
    assert anna.slack.called("views.update") == []
    assert await alive(store_client) == 1
    holder = holder_of(answer.view)
    assert holder.read(await reveal(vault, holder)) == "again"


@pytest.mark.one_server
async def test_a_full_or_absent_store_is_told_while_the_text_is_still_there(
    anna: Person, late_anna: Person, late_store: LateStore, store_client: Redis
) -> None:
    """Asked before the window changes: the refusal stands on the field, and nothing is lost."""
    view = await anna.open_share()
    await store_client.config_set("maxmemory", "1mb")
    try:
        answer = await anna.submit(view, VALUES)
    finally:
        await store_client.config_set("maxmemory", "0")
    assert answer.errors == {ids.Block.SECRET: listeners.FULL}
    view = await late_anna.open_share()
    await late_store.cut()
    gone = await late_anna.submit(view, VALUES)
    assert gone.errors == {ids.Block.SECRET: listeners.UNREACHABLE}
    await late_store.mend()
    await late_anna.submit(view, VALUES)
    assert link_of(await ready(late_anna, view))


async def test_a_store_that_goes_away_meanwhile_is_told_in_the_window(
    late_anna: Person, late_store: LateStore
) -> None:
    """The text is gone by then, and the window says so; it is not sent back to Slack."""
    view = await late_anna.open_share()
    await late_anna.submit(view, VALUES)
    await late_store.cut()
    shown = await ready(late_anna, view)
    assert shown["title"]["text"] == "No link was made"
    assert "What you typed is not kept anywhere" in str(shown)
    assert "hunter2" not in str(shown)


@pytest.mark.one_server
async def test_a_store_that_is_full_meanwhile_is_told_in_the_window(
    anna: Person, store_client: Redis
) -> None:
    """No room after the answer: the same window, another reason."""
    view = await anna.open_share()
    await anna.submit(view, VALUES)
    await store_client.config_set("maxmemory", "1mb")
    try:
        shown = await ready(anna, view)
    finally:
        await store_client.config_set("maxmemory", "0")
    assert "The secret store is full" in str(shown)
    assert "What you typed is not kept anywhere" in str(shown)


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (Fault(error="not_found"), 1),
        (Fault(status=500, error="internal_error"), 6),
    ],
)
async def test_a_window_that_cannot_be_shown_the_link_burns_it(
    anna: Person,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    store_client: Redis,
    fault: Fault,
    tries: int,
) -> None:
    """Closed meanwhile, or Slack is down: "replaced", and the creator is told without a link."""
    monkeypatch.setattr(maker, "PAUSES", (0.01, 0.01))
    anna.slack.fail("views.update", fault)
    view = await anna.open_share()
    await anna.submit(view, VALUES)
    (told,) = await anna.slack.seen("chat.postMessage", seconds=30)
    updates = anna.slack.called("views.update")
    assert len(updates) == tries
    holder = holder_of(updates[0]["view"])
    assert told["channel"] == anna.user
    assert told["text"] == making.LOST.format(command="/secret")
    assert told["unfurl_links"] is told["unfurl_media"] is False
    for part in (holder.id.value, "/s/", "hunter2", SPOKEN):
        assert part not in json.dumps(told, ensure_ascii=False)
    assert isinstance(await reveal(vault, holder), Gone)
    found = await vault.details(WorkspaceId(TEAM), holder.id)
    assert found.summary.status.state is State.BURNED  # type: ignore[union-attr]
    assert [e.event for e in found.trail][:2] == [Event.CREATED, Event.REPLACED]  # type: ignore[union-attr]
    assert await alive(store_client) == 0


async def test_a_link_that_is_neither_shown_nor_burned_is_told(
    late_anna: Person, late_store: LateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack and the store away at once: the creator reads that the secret may still be alive."""

    async def cut_first(*args: Any, **more: Any) -> Any:
        await late_store.cut()
        return await burned_for(*args, **more)

    monkeypatch.setattr(maker, "burned_for", cut_first)
    late_anna.slack.fail("views.update", Fault(error="not_found"))
    await late_anna.submit(await late_anna.open_share(), VALUES)
    (told,) = await late_anna.slack.seen("chat.postMessage", seconds=30)
    assert told["text"] == making.STILL_THERE.format(command="/secret")


async def test_closing_finishes_what_is_being_made(
    vault: Vault, slack: FakeSlack, session: ClientSession
) -> None:
    """A restart: the process ends after the window has its link, not before."""
    built = build(vault, slack)
    await built.workspace.learn(built.slack)
    async with served(built) as server:
        person = Person(slack, session, str(server.make_url(PATH)))
        view = await person.open_share()
        await person.submit(view, VALUES)
    await built.close()
    assert link_of(person.now(view))


async def test_c1_the_passphrase_is_nowhere(
    anna: Person,
    vault: Vault,
    ring: KeyRing,
    store_client: Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C1: canaries of passphrase and text in no log at DEBUG, no key of the store, no call to Slack."""
    caplog.set_level(logging.DEBUG)
    canary, text = "canary-pass-5eed", "canary-text-c0de"
    values: dict[str, str | None] = {ids.Block.SECRET: text, ids.Block.PASSPHRASE: canary}
    view = await anna.open_share()
    answers = [await anna.submit(view, values)]
    await ready(anna, view)
    assert await opened_with(vault, holder_of(anna.now(view)), canary) == text
    anna.slack.fail("views.update", Fault(error="not_found"))
    await anna.submit(await anna.open_share(), values)
    await anna.slack.seen("chat.postMessage", seconds=30)
    too_long = await anna.submit(
        await anna.open_share(), {**values, ids.Block.PASSPHRASE: canary * 20}
    )
    assert too_long.errors
    places = {
        "logs": repr([vars(record) for record in caplog.records]).encode(),
        "store": as_bytes(await snapshot(store_client)),
        "slack": json.dumps([call.body for call in anna.slack.calls]).encode(),
        "answers": "".join(answer.text for answer in [*answers, too_long]).encode(),
    }
    for where, found in places.items():
        for needle in (canary, text):
            assert not holds(found, needle.encode()), where


@pytest.mark.parametrize("spelled", [bytes, bytes.hex, base64.b64encode, b64u])
def test_c1_control_a_canary_is_found_in_any_spelling(spelled: Callable[[bytes], object]) -> None:
    """C1's negative control: what the test above looks for, it would see."""
    found = spelled(b"x" + b"canary-pass-5eed" + b"y")
    text = found if isinstance(found, bytes) else str(found).encode()
    assert holds(b"before " + text + b" after", b"canary-pass-5eed")
    assert not holds(b"before " + text + b" after", b"canary-pass-0000")
