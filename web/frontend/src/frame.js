/**
 * What every page with a script does the same: one screen at a time in the card, the team's name on
 * the plate, and a new start when another link is pasted over this one.
 *
 * @typedef {import("./text.js").Key} Key
 * @typedef {{ state: string, title: Key, nodes: Node[] }} Screen
 */
import { element } from "./dom.js";
import { withoutTicket } from "./link.js";
import { insecure, unsupported } from "./screens.js";
import { text } from "./text.js";

const main = /** @type {HTMLElement} */ (document.querySelector("main"));

/** @param {Screen} screen */
export function show({ state, title, nodes }) {
  const heading = element("h1", { tabindex: "-1" }, text(title));
  main.dataset["state"] = state;
  main.replaceChildren(heading, ...nodes);
  // A screen reader goes on from the new heading instead of from what is no longer there.
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** @returns {string | undefined} of the screen that is shown */
export const stateNow = () => main.dataset["state"];

/** @param {string} state of the screen that stays, for its styles */
export const nowIn = (state) => {
  main.dataset["state"] = state;
};

/** @param {string} workspace fills the plate, unless the server knew the team's name */
export function introduce(workspace) {
  const brand = /** @type {HTMLElement} */ (document.querySelector("#brand"));
  brand.textContent ||= workspace;
}

/** Fetches the page's icon: not before the click, since until then every request counts. */
export function addIcon() {
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
  icon.href = icon.dataset["icon"] ?? "";
}

/**
 * Starts the page. A ticket from Slack leaves the address bar before anything is shown.
 *
 * @param {(hash: string, ticket: string | null) => Promise<unknown>} start gets the address's hash
 *   without the ticket, and the ticket
 * @returns {() => Promise<unknown>} starts it once more
 */
export function begin(start) {
  const run = async () => {
    const { hash, ticket } = withoutTicket(location.hash);
    if (ticket) history.replaceState(null, "", hash || location.pathname);
    if (!isSecureContext) return show(insecure());
    // What a browser lacks may show only when it is used, as with HKDF in some old ones.
    if (!globalThis.crypto?.subtle) return show(unsupported());
    return start(hash, ticket).catch(() => show(unsupported()));
  };
  // A link pasted over this one changes the fragment only; start again with it, from nothing.
  addEventListener("hashchange", () => location.reload());
  void run();
  return run;
}
