/**
 * The share page: from the link in the address bar to the secret on the screen
 * (docs/protocol.md, "Links"). The secret lives in this page's memory and its boxes, nowhere else.
 */
import * as api from "./api.js";
import { element } from "./dom.js";
import { linkProof } from "./keys.js";
import { OPENED, readLink, withoutTicket } from "./link.js";
import * as screens from "./screens.js";
import { secretView } from "./secret.js";
import { text } from "./text.js";
import { Visit } from "./visit.js";

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const brand = /** @type {HTMLElement} */ (document.querySelector("#brand"));
const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));

/** Empties the secret's boxes, while one is on the screen. @type {(() => void) | null} */
let forget = null;

/** @param {screens.Screen} screen */
function show({ state, title, nodes }) {
  const heading = element("h1", { tabindex: "-1" }, text(title));
  main.dataset["state"] = state;
  main.replaceChildren(heading, ...nodes);
  // A screen reader goes on from the new heading instead of from what is no longer there.
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** @type {import("./visit.js").Place} */
const place = {
  show,
  onLook({ workspace }) {
    if (brand.textContent === "") brand.textContent = workspace;
  },
  onClick() {
    main.dataset["state"] = "opening";
  },
  onOpened(content, status) {
    const view = secretView(content);
    forget = () => {
      view.close();
      forget = null;
      if (status.single_use) show(screens.reloaded());
    };
    show(screens.secret(status, view.nodes));
    // Not before: until the click every request counts, and a damaged link makes none.
    icon.href = icon.dataset["icon"] ?? "";
    // From here on the link is spent: it leaves the address bar, history and any later screenshot.
    if (status.single_use) history.replaceState(null, "", OPENED);
  },
};

async function start() {
  const { hash, ticket } = withoutTicket(location.hash);
  if (ticket !== null) history.replaceState(null, "", hash);
  if (hash === OPENED) return show(screens.reloaded());
  if (!isSecureContext) return show(screens.insecure());
  if (!globalThis.crypto?.subtle) return show(screens.unsupported());
  // Damaged links end here, before anything is sent.
  const link = await readLink("s", location);
  if (link === null) return show(screens.damaged());
  if (ticket !== null) await api.session(ticket);
  return new Visit(link, await linkProof(link), place).look();
}

/** What a browser lacks may show only when it is used, as with HKDF in some old ones. */
const begin = () => void start().catch(() => show(screens.unsupported()));

// Leaving empties the page at once: a copy kept for the Back button must not hold the secret.
addEventListener("pagehide", () => forget?.());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && main.dataset["state"] === "secret") begin();
});
// A link pasted over this one changes the fragment only; start again with it, from nothing.
addEventListener("hashchange", () => location.reload());

begin();
