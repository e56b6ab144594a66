"""JSON bodies at the API and payloads at Slack's entrance, bent at random: refused, never a fault."""

import json
import random
import time
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from bot.views.ids import Action, Block, Shortcut
from storage.tickets import Errand, Purpose
from storage.wire import b64u
from tests import slack
from tests.asking import BLOB, answered
from tests.bot.conftest import anna, bot, server, session, stranger_to_slack
from tests.bot.person import Person
from tests.fuzz.dice import ODD, bent, rounds
from tests.links import share
from tests.people import ANNA
from tests.site import OWN_PAGE, Site
from tests.slack import SIGNING_SECRET, sign
from tests.web.test_composer import Draft, question
from tests.web.test_requests import redeem

__all__ = ["anna", "bot", "server", "session", "stranger_to_slack"]

CANARY = "canary-hunter2"


async def test_no_body_is_a_fault_of_the_api(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Every POST with a bent body: as docs/openapi.yaml says, below 500, and not in a log."""
    shared, asked = await share(site.vault, single_use=False), await answered(site.vault)
    await redeem(site, ANNA, Purpose.COMPOSE)
    await redeem(site, ANNA, Purpose.COLLECT, Errand(asked.id))
    proof, submit = b64u(shared.proof.expose()), b64u(asked.submit.expose())
    nonce = b64u(b"n" * 16)
    calls: list[tuple[str, dict[str, Any]]] = [
        (site.path(shared.id, "status"), {"link_proof": proof}),
        (site.path(shared.id, "reveal"), {"link_proof": proof, "nonce": nonce}),
        (site.path(shared.id, "ack"), {"link_proof": proof, "nonce": nonce}),
        (site.path(asked.id, "saved"), {"link_proof": b64u(asked.link.expose())}),
        (f"/api/requests/{asked.id.value}/status", {"submit_proof": submit}),
        (
            f"/api/requests/{asked.id.value}/submit",
            {"submit_proof": submit, "nonce": nonce, "blob": b64u(BLOB)},
        ),
        ("/api/secrets", Draft().body(label=CANARY)),
        ("/api/requests", question(what=CANARY)),
        ("/api/session", {"ticket": CANARY}),
    ]
    met = set[int]()
    for dice in rounds("fuzz JSON", full=100):
        path, body = dice.choice(calls)
        raw = json.dumps(bent(dice, body)).encode()
        if dice.random() < 0.2:
            raw = raw[: dice.randrange(len(raw))] + dice.randbytes(2)
        async with site.client.post(site.url + path, data=raw, headers=OWN_PAGE) as response:
            met.add(response.status)
            assert response.status < 500, (path, raw)
            assert CANARY not in await response.text() or response.status < 300
    assert 400 in met
    assert CANARY not in repr([vars(record) for record in caplog.records])


async def test_no_payload_is_a_fault_of_the_bot(
    anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Signed payloads of odd shapes: refused at the door; nothing leaks."""
    payloads = await _payloads(anna)
    met = set[int]()
    for dice in rounds("fuzz Slack", full=200):
        kind, sound = dice.choice(payloads)
        met.add(await _send(anna, dice, kind, sound))
        assert max(met) < 500
        assert CANARY not in repr([vars(record) for record in caplog.records])
        caplog.clear()
    assert {200, 400} <= met


def _home(home: dict[str, Any]) -> list[bytes]:
    """What can be pressed there."""
    return [
        slack.block_actions(home, f"{Action.LOOK}_1"),
        slack.block_actions(home, Action.STATUS, "active"),
    ]


async def _payloads(anna: Person) -> list[tuple[str, dict[str, Any]]]:
    """One of each kind that Slack sends, as it sends them."""
    form = await anna.open_share()
    await anna.submit(form, {Block.SECRET: CANARY, Block.LABEL: "ACME"})
    ready = anna.now(form)
    await anna.type("history")
    await anna.slack.seen("views.update")
    history = anna.now(anna.latest())
    await anna.type("request")
    asks = anna.latest()
    await anna.look_home()
    await anna.slack.seen("views.publish")
    bodies = [
        slack.slash_command(f"history {CANARY}"),
        slack.view_submission(form, {Block.SECRET: CANARY, Block.LABEL: "ACME"}),
        slack.view_submission(asks, {Block.WHAT: "The login"}),
        slack.block_actions(ready, Action.BURN_NOW),
        slack.shortcut(Shortcut.SHARE),
        *_home(anna.home),
        slack.message_shortcut(
            slack.CHANNEL, {"user": slack.BEN, "ts": "1.000001", "text": CANARY}, Shortcut.MOVE
        ),
        *(
            slack.block_actions(history, element["action_id"])
            for block in history["blocks"]
            for element in block.get("elements", ())
            if element["type"] == "button"
        ),
    ]
    found = list[tuple[str, dict[str, Any]]]()
    for body in bodies:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        payload = json.loads(fields["payload"]) if "payload" in fields else fields
        found.append(("payload" if "payload" in fields else "form", payload))
    return found


async def _send(anna: Person, dice: random.Random, kind: str, sound: dict[str, Any]) -> int:
    odd = bent(dice, sound)
    if kind == "payload":
        body = urlencode({"payload": json.dumps(odd)})
    else:
        body = urlencode(
            {name: str(value).encode("utf-8", "replace") for name, value in odd.items()}
        )
    if dice.random() < 0.05:
        body = urlencode({"payload": json.dumps(dice.choice(ODD))})
    headers = sign(SIGNING_SECRET, int(time.time()), body.encode())
    async with anna.session.post(anna.url, data=body.encode(), headers=headers) as response:
        assert CANARY not in await response.text()
        return response.status
