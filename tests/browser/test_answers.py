"""C4: answers cross between Python and a real browser, through the code of the pages, both ways."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from storage import answers, envelope
from storage.answers import RequestSeed
from storage.model import Content, Kind, SecretId, TextFile, Token, WorkspaceId
from tests.browser.stage import Stage
from tests.browsers import Visitor
from tests.numbers import n
from tests.vectors.make import material

pytestmark = pytest.mark.asyncio(loop_scope="session")

NODE = Path(__file__).parents[2] / ".ci/node.py"
# Bundled as build.mjs bundles the pages' scripts, with a name to call it by.
_BUNDLE = (
    *("node", "node_modules/esbuild/bin/esbuild", "../../tests/frontend/crossing.js"),
    *("--bundle", "--minify", "--target=es2022", "--format=iife", "--global-name=crossing"),
)
_AT_ONCE = 50


@dataclass
class Browser:
    """The page's code on the other side."""

    page: Page
    script: str

    async def call(self, function: str, *args: Any) -> Any:
        """Call a function of tests/frontend/crossing.js."""
        body = f"(args) => {{ {self.script} return crossing.{function}(...args); }}"
        return await self.page.evaluate(body, args)


@pytest.fixture(scope="module")
def script() -> str:
    """The browser's half, bundled and minified."""
    command = [sys.executable, str(NODE), *_BUNDLE]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest_asyncio.fixture(loop_scope="session")
async def browser(stage: Stage, stranger: Visitor, script: str) -> Browser:
    """A page of ours, under its own Content-Security-Policy."""
    return Browser(await stranger.open(stage.site.url), script)


def content(number: int) -> Content:
    """Contents of every form and of many lengths."""
    text = material(f"crossing {number}", number * 37 % 700).decode("latin-1")
    file = TextFile("é.pem", text) if number % 4 == 3 else None
    if number % 2:
        return Content(fields=(("Pässwörd 🔑", text), ("Notes", "")), file=file)
    return Content(text=text, file=file)


def as_json(one: Content) -> Any:
    """The same as JavaScript has it."""
    return json.loads(envelope.encode_content(one))


async def test_c4_answers_cross_both_ways(browser: Browser) -> None:
    """C4: what Python seals the browser opens, what the browser seals Python opens, each the same."""
    messages = n("C4", everyday=20, full=1000)
    started = time.perf_counter()
    for first in range(0, messages, _AT_ONCE):
        batch = [
            (answers.new_request_keys(SecretId.new(WorkspaceId("T1"))), content(number))
            for number in range(first, first + _AT_ONCE)
        ]
        sealed = [
            {
                "id": keys.request_link.id.value,
                "seed": keys.seed.expose().hex(),
                "blob": answers.seal_answer(keys.public_key, keys.request_link.id, one).hex(),
            }
            for keys, one in batch
        ]
        assert await browser.call("open", sealed) == [as_json(one) for _, one in batch]
        wanted = [
            {
                "id": keys.request_link.id.value,
                "publicKey": keys.public_key.hex(),
                "content": as_json(one),
            }
            for keys, one in batch
        ]
        for (keys, one), blob in zip(batch, await browser.call("seal", wanted), strict=True):
            sid = keys.request_link.id
            assert answers.open_answer(keys.seed, sid, bytes.fromhex(blob)) == one
    print(f"{messages} answers each way in {time.perf_counter() - started:.1f} s")


async def test_a_request_born_in_the_browser_is_one_that_python_knows(browser: Browser) -> None:
    """Keys, both tokens and the code, made in the page, are what Python makes of the seed."""
    for _ in range(10):
        sid = SecretId.new(WorkspaceId("T1"))
        made = await browser.call("ask", sid.value)
        seed = RequestSeed(bytes.fromhex(made["seed"]))
        public_key = answers.public_key_of(seed)
        assert public_key.hex() == made["publicKey"]
        assert answers.read_aloud_code(public_key) == made["code"]
        request, collect = (Token(made[f"{kind}Token"].encode()) for kind in ("request", "collect"))
        assert envelope.decode_token(Kind.COLLECT, sid, collect).expose() == seed.expose()
        assert envelope.decode_token(Kind.REQUEST, sid, request) == answers.request_key(public_key)


async def test_a_browser_without_x25519_answers_all_the_same(browser: Browser) -> None:
    """The bundled X25519 serves where WebCrypto has none; it refuses, as its own answer shows."""
    assert await browser.call("forgetX25519") == "NotSupportedError"
    keys = answers.new_request_keys(sid := SecretId.new(WorkspaceId("T1")))
    one = content(3)
    wanted = {"id": sid.value, "publicKey": keys.public_key.hex(), "content": as_json(one)}
    (blob,) = await browser.call("seal", [wanted])
    assert answers.open_answer(keys.seed, sid, bytes.fromhex(blob)) == one
    theirs = {"id": sid.value, "seed": keys.seed.expose().hex(), "blob": blob}
    assert await browser.call("open", [theirs]) == [as_json(one)]
