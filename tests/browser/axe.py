"""axe-core, on a page as it stands."""

import asyncio
from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web/frontend/node_modules/axe-core/axe.min.js"
_RUN = """async ([where, runOnly]) => {
  // The fine lines of the card are a pseudo element: axe-core would judge nothing that stands on it.
  const checks = { "color-contrast": { options: { ignorePseudo: true } } };
  const result = await axe.run(where, { runOnly, checks });
  // A single letter it never judges; the next word in the same colour it does.
  const isShort = ({ any }) => any[0]?.data?.messageKey === "shortTextContent";
  const unjudged = result.incomplete
    .filter(({ id }) => id === "color-contrast")
    .map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !isShort(node)) }))
    .filter(({ nodes }) => nodes.length > 0);
  return [...result.violations, ...unjudged].map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.map(({ html, any }) => html + " " + (any[0]?.message ?? ""))}`);
}"""
_WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All that can differ between light and dark.
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


async def violations(page: Page, where: str = "html") -> list[str]:
    """What axe-core finds below ``where``, light and dark.

    Scripts of the developer tools are not bound by the page's CSP.
    """
    async with asyncio.timeout(30):
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = await page.evaluate(_RUN, [where, _WCAG])
        await page.emulate_media(color_scheme="dark")
        return found + [f"dark: {one}" for one in await page.evaluate(_RUN, [where, _COLOURS])]
