"""A stranger's first minutes: ``make newcomer``.

Copies this tree into an empty folder, with an empty home and no cache, runs the commands under "Try
it" in the README and nothing else, and then does the whole job in Chromium by what is on the
screen: share a secret, reveal it as the customer, find it refused the second time, look it up in
the history. Prints the seconds from the command to the first revealed secret, once with
everything to be downloaded and once installed, and ends with 1 above the limits.
"""

import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.stage import GONE
from tests.browsers import DESKTOP, Device, launch, visitor
from tests.deployment import free_port
from tests.desk import LABEL, SECRET, dialog, open_as_the_customer, reveal, say, share, turn_to

ROOT = Path(__file__).resolve().parent.parent
WITH_DOWNLOADS, INSTALLED = 180.0, 20.0
_PATIENCE = 600.0
# How this machine reaches the package registries; nothing else of it is passed on.
_WAY_OUT = re.compile(r"(?i).*(proxy|cert|ca_bundle|cainfo|find_links|index_url).*|LANG")


def commands(readme: str) -> list[str]:
    """What the README's "Try it" tells a stranger to type first."""
    section = readme.split("\n## Try it\n", 1)[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block
    return block[1].strip().splitlines()


def copy_tree(to: Path) -> None:
    """Copy what a clone would hold: what git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def environment(home: Path, port: int) -> dict[str, str]:
    """A fresh account's, with no setting but a port that is free here."""
    kept = {name: value for name, value in os.environ.items() if _WAY_OUT.match(name)}
    path = os.pathsep.join([f"{sys.base_prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"])
    return {**kept, "HOME": str(home), "PATH": path, "PIP_NO_CACHE_DIR": "1", "PORT": str(port)}


@contextmanager
def a_fresh_place() -> Iterator[tuple[Path, Path]]:
    """An empty folder with a space in its name, and an empty home."""
    with tempfile.TemporaryDirectory(prefix="newcomer ") as folder:
        checkout, home = Path(folder) / "slash-secret", Path(folder) / "home"
        checkout.mkdir()
        home.mkdir()
        yield checkout, home


@asynccontextmanager
async def typed(command: str, checkout: Path, environ: Mapping[str, str]) -> AsyncIterator[str]:
    """Run a command as a person does; gives the sandbox's address once it is printed."""
    process = await asyncio.create_subprocess_shell(
        command,
        cwd=checkout,
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout
    said: list[str] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            while not (found := re.search(r"Try it at (\S+/sandbox)\b", "".join(said[-1:]))):
                line = (await process.stdout.readline()).decode(errors="replace")
                if not line:
                    raise SystemExit(f"{command} ended:\n{''.join(said)[-3000:]}")
                said.append(line)
        drained = asyncio.create_task(process.stdout.read())
        yield found[1]
    finally:
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
        await asyncio.wait_for(process.wait(), 30)
    await drained


async def job(browser: Browser, url: str, device: Device = DESKTOP) -> float:
    """Do the whole job; gives the moment at which the first secret was revealed."""
    async with visitor(browser, url.removesuffix("/sandbox"), device=device) as person:
        page = await person.open(url)
        await share(page)
        customer = await open_as_the_customer(page)
        assert SECRET in await reveal(customer)
        moment = time.monotonic()
        await customer.close()
        again = await open_as_the_customer(page)
        await expect(again.get_by_text(GONE)).to_be_visible()
        await again.close()
        await turn_to(page, "Slack")
        await dialog(page, "Your link is ready").get_by_role("button", name="Done").click()
        await say(page, "/secret history")
        rows = dialog(page, "Secret history")
        await expect(rows.get_by_text(LABEL).first).to_be_visible()
        await expect(rows).to_contain_text(re.compile(r"Status\s*Viewed"))
        assert person.watch.foreign == []
        assert person.watch.complaints == []
    return moment


async def timed(command: str, checkout: Path, environ: Mapping[str, str]) -> float:
    """Seconds from the command to the first revealed secret."""
    started = time.monotonic()
    async with typed(command, checkout, environ) as url, launch() as browser:
        return await job(browser, url) - started


def main() -> int:
    """Play the newcomer twice, print the seconds, give the exit code."""
    argparse.ArgumentParser(prog="python -m tests.newcomer", description=__doc__).parse_args()
    (command,) = commands((ROOT / "README.md").read_text())
    with a_fresh_place() as (checkout, home):
        copy_tree(checkout)
        environ = environment(home, free_port())
        failed = False
        for words, limit in (("with downloads", WITH_DOWNLOADS), ("once installed", INSTALLED)):
            seconds = asyncio.run(timed(command, checkout, environ))
            failed |= seconds > limit
            print(
                f"{command}, {words}: first secret revealed after {seconds:.1f} s (limit {limit:.0f})"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
