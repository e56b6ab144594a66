"""C4: the vectors that the standards publish, in a real browser, through the code of the pages."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.stage import Stage
from tests.browsers import Visitor
from tests.vectors.published import falsified, in_hex, published

pytestmark = pytest.mark.asyncio(loop_scope="session")

NODE = Path(__file__).parents[2] / ".ci/node.py"
# Bundled as build.mjs bundles the share page's script, with a name to call it by.
_BUNDLE = (
    *("node", "node_modules/esbuild/bin/esbuild", "../../tests/frontend/published.js"),
    *("--bundle", "--minify", "--target=es2022", "--format=iife", "--global-name=published"),
)


@pytest.fixture(scope="module")
def check() -> str:
    """A JavaScript function from vectors to how many of them hold."""
    command = [sys.executable, str(NODE), *_BUNDLE]
    script = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return f"(vectors) => {{ {script} return published.check(vectors); }}"


async def test_c4_the_published_vectors_hold(stage: Stage, stranger: Visitor, check: str) -> None:
    """C4: what RFC 5869, NIST and the HPKE working group publish holds; one bit flipped, none."""
    page = await stranger.open(stage.site.url)
    assert await page.evaluate(check, in_hex(published())) == {
        "hkdf": {"right": 4, "wrong": 0},
        "encrypt": {"right": 375, "wrong": 0},
        "decrypt": {"right": 375, "wrong": 0},
        "x_wing": {"right": 2, "wrong": 0},
        "hpke_seal": {"right": 4, "wrong": 0},
        "hpke_open": {"right": 36, "wrong": 0},
    }
    assert await page.evaluate(check, in_hex(falsified(published()))) == {
        "hkdf": {"right": 0, "wrong": 8},
        "encrypt": {"right": 0, "wrong": 750},
        "decrypt": {"right": 0, "wrong": 890},
        "x_wing": {"right": 0, "wrong": 4},
        "hpke_seal": {"right": 0, "wrong": 16},
        "hpke_open": {"right": 0, "wrong": 54},
    }
