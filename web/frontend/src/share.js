/**
 * The share page: from the link in the address bar to the secret on the screen
 * (docs/protocol.md, "Links" and "State"). Looking asks for the status, which changes nothing; only
 * the click reveals. The secret lives in this page's memory and its boxes, nowhere else.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./link.js").Link} Link
 */
import * as api from "./api.js";
import { fromBase64url } from "./bytes.js";
import { element } from "./dom.js";
import { open } from "./envelope.js";
import { contentKey, linkProof } from "./keys.js";
import { OPENED, readLink } from "./link.js";
import * as screens from "./screens.js";
import { secretView } from "./secret.js";
import { text } from "./text.js";

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

/** One opening of one link, from the first look to the secret. */
class Visit {
  /** Made once per page load: whoever repeats it is this very page, asking again. */
  #nonce = crypto.getRandomValues(new Uint8Array(16));
  /** Whether a single-use secret may be bound to this page's nonce by now. */
  #claimed = false;
  #wasCut = false;

  /**
   * @param {Link} link
   * @param {Bytes} proof
   */
  constructor(link, proof) {
    this.link = link;
    this.proof = proof;
  }

  look = async () => {
    const answer = await api.patiently(() => api.status(this.link.id, { link_proof: this.proof }));
    if (answer.kind !== "ok") return this.#refused(answer, this.look);
    const { body } = answer;
    if (brand.textContent === "") brand.textContent = body.workspace;
    return show(screens.ready(body, (pressed) => this.#click(pressed, body)));
  };

  /**
   * @param {HTMLButtonElement} pressed
   * @param {Status} status
   */
  #click(pressed, status) {
    main.dataset["state"] = "opening";
    screens.busy(pressed, "ready_busy");
    void this.#reveal(status, api.patiently);
  }

  /**
   * @param {Status} status
   * @param {<T>(ask: () => Promise<api.Answer<T>>) => Promise<api.Answer<T>>} manner
   * @returns {Promise<void>}
   */
  async #reveal(status, manner) {
    this.#claimed = status.single_use;
    const body = { link_proof: this.proof, nonce: this.#nonce };
    const answer = await manner(async () => {
      const once = await api.reveal(this.link.id, body);
      this.#wasCut ||= once.kind === "cut" || once.kind === "postponed";
      return once;
    });
    // Pressed again by hand, it asks a single time: the server counts how often a nonce comes back.
    if (answer.kind !== "ok")
      return this.#refused(answer, () => this.#reveal(status, (ask) => ask()));
    try {
      const blob = fromBase64url(answer.body.blob) ?? new Uint8Array();
      // A passphrase would join K here.
      const content = await open(this.link.id, await contentKey(this.link), blob);
      this.#opened(content, status);
    } catch {
      show(screens.gone({ kind: "gone", reason: "tampered", at: null }, false));
    }
  }

  /**
   * @param {import("./content.js").Content} content
   * @param {Status} status
   */
  #opened(content, status) {
    const view = secretView(content);
    forget = () => {
      view.close();
      forget = null;
      if (status.single_use) show(screens.reloaded());
    };
    show(screens.secret(status, view.nodes));
    const body = { link_proof: this.proof, nonce: this.#nonce };
    void api.patiently(() => api.ack(this.link.id, body));
    // Not before: until the click every request counts, and a damaged link makes none.
    icon.href = icon.dataset["icon"] ?? "";
    // From here on the link is spent: it leaves the address bar, history and any later screenshot.
    if (status.single_use) history.replaceState(null, "", OPENED);
  }

  /**
   * @param {Refusal} refusal
   * @param {() => Promise<void>} retry
   */
  #refused(refusal, retry) {
    /** @param {HTMLButtonElement} pressed */
    const again = (pressed) => {
      screens.busy(pressed, "again_busy");
      void retry();
    };
    if (refusal.kind === "gone") show(screens.gone(refusal, this.#wasCut));
    else if (refusal.kind === "limited") show(screens.limited(refusal.seconds, again));
    else show(screens.unreachable(refusal.kind, this.#claimed, again));
  }
}

async function start() {
  if (location.hash === OPENED) return show(screens.reloaded());
  if (!isSecureContext) return show(screens.insecure());
  if (!globalThis.crypto?.subtle) return show(screens.unsupported());
  // Damaged links end here, before anything is sent.
  const link = await readLink("s", location);
  if (link === null) return show(screens.damaged());
  return new Visit(link, await linkProof(link)).look();
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
