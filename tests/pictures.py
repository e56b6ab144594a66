"""Pictures of every state of every page: ``python -m tests.pictures [--readme] [FOLDER]``.

Each is taken on a phone and a desktop, light and dark, of a site and store of their own; the Slack
side of a sandbox of its own. Without FOLDER they go to build/pictures. ``--readme`` also renews
those that the README shows. Ends with 1, and names what is missing, when a picture was not made or
is empty, or when a page has a screen that is on none of them.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Error, Page

from storage import logs, store
from storage.embedded import EmbeddedStore
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests import logos
from tests.browser import states
from tests.browser.sandbox import plays
from tests.browser.stage import Stage, in_look
from tests.browser.states_languages import SPOKEN
from tests.browsers import DESKTOP, DEVICES, SCHEMES, Device, launch, visitor
from tests.deployment import deployment
from tests.site import serve
from web.brand import Brand, Palette
from web.colour import Colour

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "web/frontend/src/locales/en.json"
README_FOLDER = ROOT / "docs/pictures"
README_DEVICE = Device("readme", 390, 720, 1.5, touch=True)  # shown at half its width, side by side
README = {
    "ready": ("share-ready.png", README_DEVICE),
    "secret": ("share-secret.png", README_DEVICE),
    "sandbox-form": ("sandbox-form.png", DESKTOP),
    "sandbox-scanned": ("sandbox-link.png", DESKTOP),
}
RUN = ["-c", "from bot.cli import main; raise SystemExit(main(['run']))"]
README_MAX = 180 * 1024
BRAND = Brand(Palette.of(Colour.of("#1d4e89")), logos.LIFEBUOY)
PLAYS = {**states.ALL, **states.BRANDED, **SPOKEN}
_AT_ONCE = 2


def expected() -> list[str]:
    """File names, in order."""
    names = [f"{device.name}-{scheme}" for device in DEVICES for scheme in SCHEMES]
    return [f"{state}-{name}.png" for state in [*PLAYS, *plays.ALL] for name in names]


def titles() -> set[str]:
    """The heading of every screen that the pages with a script have, from their catalogue."""
    sections = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        text
        for name in ("page", "share", "request", "collect", "composer")
        for key, text in sections[name].items()
        if key.endswith("_title")
    }


@asynccontextmanager
async def a_stage() -> AsyncIterator[Stage]:
    """A site on a store of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="slash-secret-"))
    embedded = EmbeddedStore(folder)
    await embedded.start()
    client = store.connect(embedded.url)
    ring = KeyRing([MasterKey.random()])
    try:
        async with serve(Vault(client, ring), client) as site:
            yield Stage(site, client, ring)
    finally:
        await client.aclose()
        await embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def take(browser: Browser, stage: Stage, state: str, device: Device, out: Path) -> str:
    """Bring a page into a state and take it in light and dark. Gives the screen's heading."""
    javascript = state != states.NO_JAVASCRIPT
    async with visitor(browser, stage.site.url, device=device, javascript=javascript) as stranger:
        page = await stranger.context.new_page()
        await PLAYS[state](stage, page)
        heading = page.get_by_role("heading", level=1)
        await shoot(page, f"{state}-{device.name}", out)
        return await heading.inner_text()


async def take_sandbox(browser: Browser, state: str, device: Device, out: Path) -> None:
    """The same of the Slack side, in a process as a newcomer starts it."""
    with tempfile.TemporaryDirectory() as folder:
        async with deployment(Path(folder), {}, commands={"run": RUN}) as running:
            await running.ready()
            async with visitor(browser, running.url, device=device) as person:
                page = await person.open(f"{running.url}/sandbox")
                await plays.ALL[state](page)
                await shoot(page, f"{state}-{device.name}", out)


async def shoot(page: Page, name: str, out: Path) -> None:
    """Take a page as it stands, in light and dark."""
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        path = out / f"{name}-{scheme}.png"
        await page.screenshot(path=path, full_page=True, animations="allow")


async def take_all(out: Path) -> set[str]:
    """Take every picture; a state that fails is reported and leaves its pictures missing."""
    seen = set()
    turns = asyncio.Semaphore(_AT_ONCE)
    async with a_stage() as stage, in_look(stage, BRAND) as branded, launch() as browser:

        async def turn(state: str, device: Device) -> None:
            where = branded if state in states.BRANDED else stage
            async with turns:
                try:
                    if state in plays.ALL:
                        await take_sandbox(browser, state, device, out)
                    else:
                        seen.add(await take(browser, where, state, device, out))
                except (Error, AssertionError) as error:
                    print(f"{state} on a {device.name}: {error}", file=sys.stderr)

        async with asyncio.TaskGroup() as group:
            for state in [*PLAYS, *plays.ALL]:
                for device in DEVICES:
                    group.create_task(turn(state, device))
    return seen


def problems(out: Path, seen: set[str]) -> list[str]:
    """What keeps the set from being complete."""
    found = []
    for name in expected():
        path = out / name
        if not path.is_file() or not path.stat().st_size:
            found.append(f"missing or empty: {name}")
    return found + [f'on no picture: the screen "{title}"' for title in sorted(titles() - seen)]


async def renew_readme() -> list[str]:
    """Take the README's pictures; give those that are too heavy for it."""
    README_FOLDER.mkdir(parents=True, exist_ok=True)
    heavy = []
    with tempfile.TemporaryDirectory() as folder:
        async with a_stage() as stage, launch() as browser:
            for state, (target, device) in README.items():
                if state in plays.ALL:
                    await take_sandbox(browser, state, device, Path(folder))
                else:
                    await take(browser, stage, state, device, Path(folder))
                taken = Path(folder) / f"{state}-{device.name}-light.png"
                if taken.stat().st_size > README_MAX:
                    heavy.append(f"larger than {README_MAX} bytes: {target}")
                shutil.copyfile(taken, README_FOLDER / target)
    return heavy


def main() -> int:
    """Take the pictures, print the list, give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/pictures")
    parser.add_argument("--readme", action="store_true", help="also renew docs/pictures")
    arguments = parser.parse_args()
    out: Path = arguments.folder
    out.mkdir(parents=True, exist_ok=True)
    for name in expected():
        (out / name).unlink(missing_ok=True)  # and nothing else: the folder is the caller's
    logs.configure("CRITICAL")
    seen = asyncio.run(take_all(out))
    wrong = problems(out, seen)
    if arguments.readme and not wrong:
        wrong = asyncio.run(renew_readme())
    for path in filter(Path.is_file, (out / name for name in expected())):
        print(f"{path.stat().st_size:>8}  {path}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
