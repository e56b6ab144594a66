"""C1 with everything that talks turned up: asyncio's debug mode, faults, refusals, broken requests."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.slack_http import PATH
from bot.views.ids import Block, View
from storage import envelope
from storage.model import Kind, Passphrase, Proof, SecretId, Token, WorkspaceId
from storage.wire import b64u
from tests.bot.person import Person
from tests.deployment import Deployment, deployment
from tests.flows.acting import PROCESSES, arguments, everything
from tests.links import Holder
from tests.raw import holds
from tests.site import OWN_PAGE
from tests.slack import SIGNING_SECRET, TEAM, TOKEN, FakeSlack, view_submission
from tests.web.test_composer import Draft

pytestmark = pytest.mark.asyncio(loop_scope="session")

HMAC_KEY = secrets.token_bytes(32)


@pytest.fixture
def slack(own_slack: FakeSlack) -> FakeSlack:
    """The Slack of the processes below."""
    return own_slack


@pytest_asyncio.fixture(loop_scope="session")
async def live(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Both processes with every library at its most talkative."""
    environ = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SECRETS_HMAC_KEY": HMAC_KEY.hex(),
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONDEVMODE": "1",
    }
    async with deployment(tmp_path, environ, commands=PROCESSES) as running:
        await running.ready()
        await running.told(b"workspace_known")
        yield running


async def _said(live: Deployment) -> dict[str, bytes]:
    """Where a canary could have got."""
    files = [path for path in live.data_dir.rglob("*") if path.is_file()]
    return {
        "logs": live.logs(),
        "files": b"".join(path.read_bytes() for path in files),
        "store": await everything(live),
        "arguments": b"".join(arguments(live)),
    }


async def test_c1_nothing_is_said_whatever_fails(
    anna: Person, live: Deployment, slack: FakeSlack
) -> None:
    """C1: plaintext, K, proofs, passphrase, tickets, cookie, token and the server's own secrets."""
    text, words = f"canary-{secrets.token_hex(8)}", f"horse-{secrets.token_hex(8)}"
    form = await anna.open_share()
    tickets = re.findall(r"/new#([\w-]+)", json.dumps(form))
    assert tickets
    await anna.submit(form, {Block.SECRET: text, Block.PASSPHRASE: words})
    link = re.search(r"/s/([\w-]+)#([\w-]+)", json.dumps(anna.now(form)))
    async with asyncio.timeout(30):
        while not link:  # the link takes a moment: Argon2
            await asyncio.sleep(0.2)
            link = re.search(r"/s/([\w-]+)#([\w-]+)", json.dumps(anna.now(form)))
    sid, token = SecretId(link[1]), Token(link[2].encode())
    key = envelope.decode_token(Kind.SHARE, sid, token)
    holder = Holder(sid, key, envelope.link_proof(key, sid))
    stretched = envelope.stretch(Passphrase.of(words), key, sid)
    right = envelope.passphrase_proof(key, stretched, sid)
    draft = Draft(SecretId.new(WorkspaceId(TEAM)), text=text)
    async with ClientSession() as client:
        url = f"{live.url}/api/secrets"
        body = {"link_proof": b64u(holder.proof.expose()), "nonce": b64u(b"n" * 16)}

        async def post(address: str, sent: object) -> int:
            async with client.post(address, json=sent, headers=OWN_PAGE) as response:
                await response.read()
                return response.status

        for guess in (Proof.random(), right):
            proof = {"passphrase_proof": b64u(guess.expose())}
            assert await post(f"{url}/{sid.value}/reveal", body | proof) in {200, 403}
        assert await post(f"{live.url}/api/session", {"ticket": tickets[0]}) == 200
        cookie = next(one.value for one in client.cookie_jar)
        assert await post(url, draft.body()) == 201
        assert await post(url, draft.body(blob=text + "*")) == 400
    await _fail(anna, live, form, text, token.expose())
    needles = [text.encode(), words.encode(), key.expose(), token.expose(), right.expose()]
    needles += [holder.proof.expose(), draft.key.expose(), tickets[0].encode(), cookie.encode()]
    needles += [TOKEN.encode(), SIGNING_SECRET.encode(), HMAC_KEY, stretched.expose()]
    said = await _said(live)
    assert b"listener_failed" in said["logs"]
    for name, haystack in said.items():
        for number, needle in enumerate(needles):
            assert not holds(haystack, needle), f"canary {number} is in the {name}"
    # The negative control: a leak that is planted is found, in each of its forms.
    for form_of in (text.encode(), text.encode().hex().encode(), b64u(text.encode()).encode()):
        assert holds(said["logs"] + form_of, text.encode())


async def _fail(
    anna: Person, live: Deployment, form: dict[str, object], text: str, token: bytes
) -> None:
    """Listeners that fail, signatures that are wrong, requests that are none: with canaries in them."""
    body = view_submission({**form, "private_metadata": text}, {Block.SECRET: text}, trigger=text)
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    payload["view"] |= {"callback_id": View.BURN, "private_metadata": text}  # whose? ours never
    assert (await anna.post(urlencode({"payload": json.dumps(payload)}).encode())).status == 400
    await anna.post(body)
    await anna.post(urlencode({"payload": text}).encode())
    await anna.post(body, {"X-Slack-Signature": text})
    where = urlsplit(live.url)
    for line in (b"GET /s/" + token + b" HTTP/9.9", token, b"POST " + text.encode() + b" HTTP/1.1"):
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(line + b"\r\nHost: x\r\nX-Canary: " + token + b"\r\nbroken\r\n\r\n")
        await writer.drain()
        await reader.read(1000)
        writer.close()
    assert PATH in anna.url
