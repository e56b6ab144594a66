/**
 * A secret's passphrase: asked for, stretched, and turned into what proves it and what opens the
 * content. What was typed stays in its field, for a second look, until it was right.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./link.js").Link} Link
 * @typedef {import("./passphrase.js").Cost} Cost
 * @typedef {{ proof: Bytes, contentKey: Bytes }} Unlocked
 */
import { ask } from "./ask.js";
import { lockedContentKey, passphraseProof, passphraseSalt } from "./keys.js";
import { Stretcher, normalised } from "./passphrase.js";

/** @type {Record<"empty" | "long", import("./text.js").Key>} */
const FAULTS = { empty: "passphrase_empty", long: "passphrase_long" };

export class Lock {
  #stretcher = new Stretcher();
  #ask;

  /**
   * @param {Link} link
   * @param {Cost} cost
   * @param {number} tries that are left
   * @param {(unlocked: Unlocked) => void} onUnlocked whether it is right, only the server knows
   */
  constructor(link, cost, tries, onUnlocked) {
    this.link = link;
    this.cost = cost;
    this.tries = tries;
    this.onUnlocked = onUnlocked;
    this.#ask = ask(tries, (typed) => void this.#submit(typed));
    this.node = this.#ask.node;
  }

  /** @param {string} typed */
  async #submit(typed) {
    const passphrase = normalised(typed);
    if (typeof passphrase === "string") return this.#ask.complain(FAULTS[passphrase]);
    this.#ask.busy("passphrase_busy");
    try {
      const unlocked = await this.#unlock(passphrase);
      this.#ask.busy("ready_busy");
      return this.onUnlocked(unlocked);
    } catch {
      return this.#ask.complain("passphrase_failed");
    }
  }

  /**
   * @param {Bytes} passphrase
   * @returns {Promise<Unlocked>}
   * @throws {import("./passphrase.js").CannotStretch}
   */
  async #unlock(passphrase) {
    const { m, t, p } = this.cost;
    const job = { passphrase, salt: await passphraseSalt(this.link), m, t, p };
    const stretched = await this.#stretcher.stretch(job, this.#ask.progress);
    const proof = await passphraseProof(this.link, stretched);
    return { proof, contentKey: await lockedContentKey(this.link, stretched) };
  }

  /** @param {number} tries that are left after the wrong one */
  wrong(tries) {
    this.tries = tries;
    this.#ask.wrong(tries);
  }

  /** Forgets what was typed and computed. */
  close() {
    this.#ask.clear();
    this.#stretcher.close();
  }
}
