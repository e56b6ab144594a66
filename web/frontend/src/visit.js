/**
 * One visit to one link, from the first look to what it opens (docs/protocol.md, "State"). Looking
 * asks for the status, which changes nothing; only the click reveals. What differs between a secret
 * and an answer is the place's: how it is asked for, and what opens it.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 *
 * @typedef {object} Place  where a visit happens
 * @property {(screen: screens.Screen) => void} show
 * @property {(status: Status) => void} onLook  shows what to press
 * @property {(content: Content, status: Status) => void} onOpened
 * @property {(refusal: Refusal, wasCut: boolean) => boolean} onRefused  shows what is said to it here,
 *   or gives false; wasCut: an answer to this page's own reveal got lost before
 */
import * as api from "./api.js";
import { fromBase64url } from "./bytes.js";
import { inLanguage } from "./language.js";
import * as screens from "./screens.js";

export class Visit {
  /** Made once per page load: whoever repeats it is this very page, asking again. */
  #nonce = crypto.getRandomValues(new Uint8Array(16));
  /** Whether a single-use secret may be bound to this page's nonce by now. */
  #claimed = false;
  #wasCut = false;

  /**
   * @param {string} id
   * @param {Bytes} proof
   * @param {Place} place
   */
  constructor(id, proof, place) {
    this.id = id;
    this.proof = proof;
    this.place = place;
  }

  look = async () => {
    const answer = await api.patiently(() => api.status(this.id, { link_proof: this.proof }));
    if (answer.kind !== "ok") return this.#refused(answer, this.look);
    await inLanguage(answer.body.language);
    return this.place.onLook(answer.body);
  };

  /**
   * The click.
   *
   * @param {Status} status
   * @param {(blob: Bytes) => Promise<Content>} open
   * @param {{ passphrase_proof?: Bytes }} [proven]
   * @param {<T>(ask: () => Promise<api.Answer<T>>) => Promise<api.Answer<T>>} [manner]
   * @returns {Promise<void>}
   */
  async reveal(status, open, proven = {}, manner = api.patiently) {
    this.#claimed = status.single_use;
    const body = { link_proof: this.proof, nonce: this.#nonce };
    const answer = await manner(async () => {
      const once = await api.reveal(this.id, { ...body, ...proven });
      this.#wasCut ||= once.kind === "cut" || once.kind === "postponed";
      return once;
    });
    // Pressed again by hand, it asks a single time: the server counts how often a nonce comes back.
    // A passphrase is not stretched again for it.
    if (answer.kind !== "ok")
      return this.#refused(answer, () => this.reveal(status, open, proven, (ask) => ask()));
    try {
      const content = await open(fromBase64url(answer.body.blob) ?? new Uint8Array());
      this.place.onOpened(content, status);
      void api.patiently(() => api.ack(this.id, body));
    } catch {
      this.changed();
    }
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
    const { kind } = refusal;
    // A wrong passphrase: then nothing was claimed, not even by an answer that got lost before.
    if (kind === "wrong") this.#claimed = this.#wasCut = false;
    if (this.place.onRefused(refusal, this.#wasCut)) return;
    this.place.show(
      kind === "limited"
        ? screens.limited(refusal.seconds, again)
        : screens.unreachable(kind, this.#claimed, again),
    );
  }

  /** What the server sent is not what was sealed. */
  changed() {
    this.place.onRefused({ kind: "gone", reason: "tampered", at: null }, false);
  }
}
