"""E2: whatever is in a secret or a name stays text."""

import asyncio
from random import Random

import pytest
from playwright.async_api import Browser, Dialog, Page

from storage.model import Agent, Content, Lifetime, TextFile
from storage.outcomes import Shared
from tests.browser.stage import Stage, reveal_button
from tests.browser.states_languages import state, wish
from tests.browsers import Visitor, address, visitor
from tests.links import Holder
from tests.numbers import SHARES, n
from tests.people import ANNA
from tests.site import serve
from tests.tally import tally

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each tries to set window.ran, to open a dialog or to load something.
ATTACKS = (
    "<script>ran=1</script>",
    "</pre></main><script>ran=1</script>",
    "<img src=x onerror=ran=1>",
    "<svg onload=ran=1><animate onbegin=ran=1 attributeName=x dur=1s>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<math><mi xlink:href='javascript:ran=1'>x</mi></math>",
    "<details open ontoggle=ran=1>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><button autofocus>Click to reveal</button></form>",
    "<template><img src=x onerror=ran=1></template>",
    "javascript:ran=1",
    "data:text/html,<script>ran=1</script>",
    "' onfocus=ran=1 autofocus tabindex=1 x='",
    '" onmouseover="ran=1" style="position:fixed;inset:0" x="',
    "`${ran=1}`",
    "${alert(1)} {{constructor.constructor('ran=1')()}} <%= ran %> #{ran}",
    "{agent} {workspace} {time} {on} {name} %%BRAND%% %%HOST%%",
    "]]><!--<script>ran=1</script>-->",
    "&lt;script&gt;ran=1&lt;/script&gt; &#x3C;img src=x onerror=ran=1&#x3E;",
    "\\u003cscript\\u003eran=1\\u003c/script\\u003e",
    '{"v":1,"text":"other"}',
    "__proto__",
    "constructor",
    "toString",
)
ODDITIES = (
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u2068 isolates left open",
    "\u200f\u061c\u200e",
    "\u0645\u0641\u062a\u0627\u062d \u05e1\u05d9\u05e1\u05de\u05d4",
    "line\u2028paragraph\u2029next\u0085",
    "\ufeffbyte order mark",
    "\u0301\u0300\u0489 combining without a base",
    "Z\u0351\u036b\u0343\u032a\u0302a\u0310\u035c\u0321l\u0317\u0342g\u0322o",
    "\u200b\u200c\u200d\u2060zero\u00adwidth",
    "\U0001f3f3\ufe0f\u200d\U0001f308 \U0001f468\U0001f3fd\u200d\U0001f4bb",
    "\U000e0001\U000e0041 tags",
    "\ud7ff\ue000\ufffd\uffff\U0010ffff",
    "\x00\x01\x1b[2J\x7f\x80\x9f",
    "  \t outer white space \n\n ",
    "\r\n\r carriage returns",
    "a" * 5000,
    "nobreak\u00a0" * 300,
    "<" * 2000,
)
ELEMENTS = {
    *("BDI", "BUTTON", "DD", "DIV", "DL", "DT", "H1", "H2", "P", "PRE", "SPAN", "STRONG", "TIME")
}
_LOOK = """() => ({
  ran: window.ran ?? null,
  tags: [...document.querySelectorAll("main *")].map((element) => element.tagName),
  texts: [...document.querySelectorAll("pre")].map((box) => box.textContent),
  names: [...document.querySelectorAll("main bdi")].map((name) => name.textContent),
  title: document.title,
  isWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  directions: [...document.querySelectorAll("pre")].map((box) => box.dir),
})"""
_CLICK = f"""() => {{
  const seen = ({_LOOK})();
  document.querySelector("main button").click();
  return seen;
}}"""
_AT_ONCE = 2
TITLES = {"en": "A secret for you", "ar": "معلومات سرية لك"}
# Each would reorder the line that it stands in, were it not set apart.
REORDERING = (
    "\u202danna",
    "\u2066anna",
    "\u2069\u202danna",
    "\u202egnp.exe",
    "\u200e1, 2 (",
    "مفتاح\u202d 4711",
    "</bdi><bdo dir=ltr>anna",
)
# Where the two names in a line stand: whether the first is to the right of the second.
_ORDER = """() => {
  const [agent, workspace] = [...document.querySelectorAll(".from bdi")]
    .map((name) => name.getBoundingClientRect());
  return agent.left >= workspace.right;
}"""


def hostile(random: Random) -> str:
    """One to four attacks and oddities in a row; each alone now and then."""
    parts = random.choices([*ATTACKS, *ODDITIES], k=random.randint(1, 4))
    return random.choice(["", " ", "\n"]).join(parts)


async def _share(stage: Stage, content: Content, *, workspace: str, agent: str) -> Holder:
    made = await stage.site.vault.share(
        Agent(ANNA.workspace, workspace, ANNA.user, agent),
        content,
        label=workspace,
        lifetime=Lifetime(3600),
        single_use=True,
    )
    assert isinstance(made, Shared)
    return Holder.of(made.link)


async def _look_and_click(
    page: Page, link: str, who: list[str], content: Content, language: str
) -> None:
    await page.goto(link, wait_until="commit")
    await state(page, "ready")
    before = await page.evaluate(_CLICK)
    assert before["names"] == who
    await page.locator("pre").first.wait_for()
    after = await page.evaluate(_LOOK)
    parts = list(content.fields) or [("Secret", content.text or "")]
    if content.file:
        parts.append((content.file.name, content.file.text))
    assert after["texts"] == [value for _, value in parts]
    if len(parts) > 1:
        named = [name for name, _ in parts for _ in ("heading", "button")]
        assert after["names"] == named
    for seen in (before, after):
        assert seen["ran"] is None
        assert set(seen["tags"]) <= ELEMENTS
        assert seen["title"] == f"{TITLES[language]} · localhost"
        assert not seen["isWide"]
        assert set(seen["directions"]) <= {"auto"}


@pytest.mark.parametrize("share", range(SHARES))
async def test_e2_hostile_secrets_and_names_stay_text(
    stage: Stage, stranger: Visitor, share: int
) -> None:
    """E2: no script runs, no CSP report, and what is shown equals what was written; right to left, too."""
    dialogs: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    stranger.context.on("dialog", dismiss)

    async def reader(random: Random, cases: int, language: str) -> None:
        page = await stranger.context.new_page()
        await wish(page, language)
        for _ in range(cases):
            text, workspace, agent, field, file = (hostile(random) for _ in range(5))
            content = Content(text=text)
            if random.random() < 0.2:
                content = Content(fields=((field, text), ("x", field)), file=TextFile(file, agent))
            who = [agent[:80], workspace[:80]]
            holder = await _share(stage, content, agent=who[0], workspace=who[1])
            await _look_and_click(page, address(stage.site, holder), who, content, language)

    cases = n("E2", everyday=15, full=5000) // SHARES
    first = share * (_AT_ONCE + 1)
    seeds = range(first, first + _AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for seed in seeds:
            group.create_task(reader(Random(seed), cases // _AT_ONCE, "en"))
        group.create_task(reader(Random(seeds.stop), cases // 5, "ar"))
    tally("E2", runs=cases + cases // 5, violations=len(dialogs))
    assert dialogs == []


async def _in_order(stage: Stage, page: Page, agent: str, style: str = "", value: str = "") -> bool:
    holder = await _share(stage, Content(text="x"), agent=agent, workspace="Example")
    await page.goto(address(stage.site, holder))
    await state(page, "ready")
    await page.evaluate(
        """([style, value]) => document.querySelectorAll(".from bdi")
          .forEach((name) => { name.style[style] = value; })""",
        [style, value],
    )
    found: bool = await page.evaluate(_ORDER)
    return found


async def test_e2_no_name_reorders_the_line_around_it(stage: Stage, stranger: Visitor) -> None:
    """E2: right to left, the team stands left of its agent, whatever the agent is called."""
    page = await stranger.context.new_page()
    await wish(page, "ar")
    for agent in REORDERING:
        assert await _in_order(stage, page, agent), agent
    # The control: a name that is not set apart does; nor is <bdi> alone enough for them all.
    assert not await _in_order(stage, page, REORDERING[0], "unicodeBidi", "normal")
    assert not await _in_order(stage, page, REORDERING[1], "display", "inline")


@pytest.mark.parametrize("page_path", ["/", "/about", "/s/x", "/r/x", "/c/x", "/new"])
async def test_e2_a_hostile_brand_stays_text(
    stage: Stage, chromium: Browser, page_path: str
) -> None:
    """E2: the team's name is the workspace's, and whoever may rename it is no author of pages."""
    brand = "".join(ATTACKS)
    async with (
        serve(stage.site.vault, stage.redis, name=brand) as site,
        visitor(chromium, site.url) as stranger,
    ):
        page = await stranger.open(site.url + page_path)
        assert await page.locator(".plate b").text_content() == brand
        assert await page.evaluate("window.ran ?? null") is None
        assert stranger.watch.foreign == []
        assert stranger.watch.complaints == []


async def test_e2_an_unknown_brand_is_the_workspace(stage: Stage, chromium: Browser) -> None:
    """E2: without a brand the page shows the workspace's name, as text."""
    async with (
        serve(stage.site.vault, stage.redis, name="") as site,
        visitor(chromium, site.url) as stranger,
    ):
        name = ATTACKS[2]
        holder = await _share(stage, Content(text="x"), agent="anna", workspace=name)
        page = await stranger.open(address(site, holder))
        await reveal_button(page).wait_for()
        assert await page.locator(".plate b").text_content() == name
        assert stranger.watch.complaints == []


async def test_the_record_would_show_an_attack(stage: Stage, chromium: Browser) -> None:
    """Negative control of E2 and E3: markup that is let in shows up as a CSP report."""
    async with visitor(chromium, stage.site.url) as stranger:
        page = await stranger.open(stage.site.url + "/about")
        await page.evaluate(
            "document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x' }))"
        )
        await page.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch {}")
        await page.wait_for_timeout(200)
        seen = "\n".join(stranger.watch.complaints)
        assert "CSP: img-src https://evil.example/x" in seen
        assert "CSP: require-trusted-types-for" in seen
