"""P12 and P13, in Chromium: what a page weighs before the click, and how soon the secret is seen."""

from pathlib import Path
from statistics import median

from playwright.async_api import Browser, Page

from storage.model import Content, Lifetime
from storage.outcomes import Shared
from storage.vault import Vault
from tests import bytes as weight
from tests.bench import contenders
from tests.bench.figures import Figure, of_rounds
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.programs import Pins
from tests.browser.stage import reveal_button
from tests.browsers import DESKTOP, PHONE, Device, launch, visitor
from tests.people import ANNA
from web.pages import WORKER

# From the click to the frame in which the text is there, by the browser's own clock.
_WATCH = """
addEventListener("click", (event) => {
  const began = event.timeStamp;
  const look = () => {
    const box = document.querySelector('pre[role="group"]');
    if (box?.checkVisibility() && box.textContent.includes("canary")) {
      document.documentElement.dataset.took = String(performance.now() - began);
    } else requestAnimationFrame(look);
  };
  look();
}, { capture: true, once: true });
"""
# What Lighthouse calls slow 4G, on a phone with a quarter of this machine's speed.
SLOWER, ROUND_TRIP_MS, DOWN_KBIT, UP_KBIT = 4, 150, 1638.4, 675
_KBIT = 1024 / 8


async def weigh() -> list[Figure]:
    """As ``make bytes`` counts it."""
    tally = await weight.count()
    late = sum(WORKER in one.what for one in tally.responses.values())
    return [
        of_rounds("P12", "bytes before the click", [tally.wire / 1024], unit="KB", goal=20.0),
        of_rounds("P12", "requests before the click", [tally.requests], unit="", goal=4.0),
        of_rounds("P12", "Argon2 and HPKE among them", [late], unit="", goal=0.0),
    ]


async def measure(plan: Plan, folder: Path, pins: Pins) -> list[Figure]:
    """Click on fresh links, as a desktop on loopback and as a phone far away."""
    free = pins.spread()
    async with contenders.ours(folder, free, name="clicks") as us, launch() as browser:
        fast = await _times(us, browser, plan.clicks, DESKTOP)
        slow = await _times(us, browser, plan.clicks, PHONE)
    return [
        of_rounds("P13", "click to visible secret, loopback", fast, unit="ms", goal=50.0),
        of_rounds("P13", "the same on a slow phone far away", slow, unit="ms", goal=400.0),
    ]


async def _times(
    us: contenders.Contender, browser: Browser, count: int, device: Device
) -> list[float]:
    vault = Vault(us.store.redis, contenders.RING)
    url, times = f"http://localhost:{us.program.port}", []
    for number in range(count + 1):
        async with visitor(browser, url, device=device) as stranger:
            page = await stranger.context.new_page()
            await page.add_init_script(_WATCH)
            if device is PHONE:
                await _slow_down(page)
            took = await _click(page, await _link(vault, url))
        if number:  # the first one finds nothing of the page's code compiled
            times.append(took)
    await vault.aclose()
    if not median(times) > 0:
        raise CannotMeasure("Chromium's clock stood still")
    return times


async def _link(vault: Vault, url: str) -> str:
    made = await vault.share(
        ANNA, Content(text="canary " * 140), label="ACME", lifetime=Lifetime(3600), single_use=True
    )
    if not isinstance(made, Shared):
        raise CannotMeasure("no secret to click on")
    return made.link.url(url)


async def _slow_down(page: Page) -> None:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await cdp.send("Network.enable")
    await cdp.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": DOWN_KBIT * _KBIT,
            "uploadThroughput": UP_KBIT * _KBIT,
        },
    )


async def _click(page: Page, link: str) -> float:
    await page.goto(link)
    await reveal_button(page).click()
    # Not wait_for_function: it evaluates text, which the page's policy forbids.
    took = page.locator("html[data-took]")
    return float(await took.get_attribute("data-took") or 0)
