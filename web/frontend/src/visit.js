/**
 * One opening of one link, from the first look to the secret (docs/protocol.md, "State"). Looking
 * asks for the status, which changes nothing; only the click reveals.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./link.js").Link} Link
 * @typedef {import("./lock.js").Unlocked} Unlocked
 *
 * @typedef {object} Place  where a visit happens
 * @property {(screen: screens.Screen) => void} show
 * @property {(status: Status) => void} onLook
 * @property {() => void} onClick
 * @property {(content: Content, status: Status) => void} onOpened
 */
import * as api from "./api.js";
import { button } from "./dom.js";
import { fromBase64url } from "./bytes.js";
import { open } from "./envelope.js";
import { contentKey } from "./keys.js";
import { Lock } from "./lock.js";
import { isReasonable } from "./passphrase.js";
import * as screens from "./screens.js";
import { text } from "./text.js";

export class Visit {
  /** Made once per page load: whoever repeats it is this very page, asking again. */
  #nonce = crypto.getRandomValues(new Uint8Array(16));
  /** Whether a single-use secret may be bound to this page's nonce by now. */
  #claimed = false;
  #wasCut = false;
  /** @type {Lock | null} */
  #lock = null;
  /** @type {screens.Screen | null} */
  #ready = null;

  /**
   * @param {Link} link
   * @param {Bytes} proof
   * @param {Place} place
   */
  constructor(link, proof, place) {
    this.link = link;
    this.proof = proof;
    this.place = place;
  }

  look = async () => {
    const answer = await api.patiently(() => api.status(this.link.id, { link_proof: this.proof }));
    if (answer.kind !== "ok") return this.#refused(answer, this.look);
    const { body } = answer;
    this.place.onLook(body);
    if (body.passphrase && !isReasonable(body.passphrase)) return this.#changed();
    this.#ready = screens.ready(body, this.#entrance(body));
    return this.place.show(this.#ready);
  };

  /**
   * @param {Status} status
   * @returns {Node} what to press, and what to fill in before
   */
  #entrance(status) {
    this.#lock?.close();
    this.#lock = null;
    if (status.passphrase) {
      /** @param {Unlocked} unlocked */
      const go = (unlocked) => void this.#reveal(status, api.patiently, unlocked);
      this.#lock = new Lock(this.link, status.passphrase, status.tries_left, go);
      return this.#lock.node;
    }
    const pressed = button("primary wide", text("ready_button"), () => {
      this.place.onClick();
      screens.busy(pressed, "ready_busy");
      void this.#reveal(status, api.patiently);
    });
    return pressed;
  }

  /**
   * @param {Status} status
   * @param {<T>(ask: () => Promise<api.Answer<T>>) => Promise<api.Answer<T>>} manner
   * @param {Unlocked} [unlocked] by the passphrase, if there is one
   * @returns {Promise<void>}
   */
  async #reveal(status, manner, unlocked) {
    this.#claimed = status.single_use;
    const proven = unlocked ? { passphrase_proof: unlocked.proof } : {};
    const body = { link_proof: this.proof, nonce: this.#nonce, ...proven };
    const answer = await manner(async () => {
      const once = await api.reveal(this.link.id, body);
      this.#wasCut ||= once.kind === "cut" || once.kind === "postponed";
      return once;
    });
    // Pressed again by hand, it asks a single time: the server counts how often a nonce comes back.
    // A passphrase is not stretched again for it.
    if (answer.kind !== "ok")
      return this.#refused(answer, () => this.#reveal(status, (ask) => ask(), unlocked));
    this.#lock?.close();
    try {
      const blob = fromBase64url(answer.body.blob) ?? new Uint8Array();
      const key = unlocked?.contentKey ?? (await contentKey(this.link));
      return this.#opened(await open(this.link.id, key, blob), status);
    } catch {
      return this.#changed();
    }
  }

  /**
   * @param {Content} content
   * @param {Status} status
   */
  #opened(content, status) {
    this.place.onOpened(content, status);
    const body = { link_proof: this.proof, nonce: this.#nonce };
    void api.patiently(() => api.ack(this.link.id, body));
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
    const { show } = this.place;
    if (refusal.kind === "gone") {
      this.#lock?.close();
      show(screens.gone(refusal, this.#wasCut, this.#lock?.tries));
    } else if (refusal.kind === "limited") show(screens.limited(refusal.seconds, again));
    else if (refusal.kind === "wrong") this.#wrong(refusal.triesLeft);
    else if (refusal.kind === "locked") void this.look();
    else show(screens.unreachable(refusal.kind, this.#claimed, again));
  }

  /** @param {number} tries that are left */
  #wrong(tries) {
    // Then nothing was claimed, not even by an answer that got lost before.
    this.#claimed = false;
    this.#wasCut = false;
    // The question is as it was left, with what was typed, also behind a broken connection.
    if (this.#ready && !this.#lock?.node.isConnected) this.place.show(this.#ready);
    this.#lock?.wrong(tries);
  }

  #changed() {
    this.place.show(screens.gone({ kind: "gone", reason: "tampered", at: null }, false));
  }
}
