/**
 * The passphrase between the field and the server (docs/protocol.md, "Keys from K"): normalised as
 * Python does it, stretched in a Worker. It never leaves the browser.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {{ name: string, m: number, t: number, p: number }} Cost  m: KiB
 */
import { utf8 } from "./bytes.js";

const LONGEST = 256;
const MIB = 1024;

/**
 * @param {string} typed
 * @returns {Bytes | "empty" | "long"} UTF-8 of 1 to 256 characters; white space alone is empty
 */
export function normalised(typed) {
  const clean = typed.trim().normalize("NFKC");
  if (clean === "") return "empty";
  return [...clean].length > LONGEST ? "long" : utf8(clean);
}

/**
 * Whether we are willing to compute this. Less would be a gift to whoever guesses, and more could
 * keep a phone busy for hours: neither is what the sender's program asked for.
 *
 * @param {Cost} cost as the server said
 * @returns {boolean}
 */
export const isReasonable = ({ name, m, t, p }) =>
  name === "argon2id" &&
  [m, t, p].every(Number.isSafeInteger) &&
  m >= 8 * MIB &&
  m <= 128 * MIB &&
  t >= 1 &&
  t <= 6 &&
  p === 1;

/** The Worker did not start, or the device could not do it. Nothing was sent. */
export class CannotStretch extends Error {
  constructor() {
    super("the passphrase could not be stretched");
  }
}

/**
 * What may become a script's address here: one, known when the page was built.
 *
 * @param {string} url
 * @returns {string}
 * @throws {TypeError}
 */
function onlyTheWorker(url) {
  if (url !== ARGON2_WORKER) throw new TypeError("not an address of ours");
  return url;
}

/**
 * @typedef {{ createScriptURL: (url: string) => string }} Policy
 * @type {Policy | undefined}
 */
let policy;

/** @returns {Worker} */
function startWorker() {
  /** @type {{ createPolicy: (name: string, rules: Policy) => Policy } | undefined} */
  const trustedTypes = Reflect.get(globalThis, "trustedTypes");
  policy ??= trustedTypes?.createPolicy("slash-secret", { createScriptURL: onlyTheWorker });
  return new Worker(policy?.createScriptURL(ARGON2_WORKER) ?? ARGON2_WORKER);
}

/** A Worker that stretches, fetched and started when it is made, so that it is there when needed. */
export class Stretcher {
  /** @type {Worker | null} */
  #worker = startWorker();

  constructor() {
    this.#worker?.addEventListener("error", this.close);
  }

  /**
   * @param {import("./argon2.js").Job} job
   * @param {(done: number) => void} onProgress from 0 to 1; never called by the fast way
   * @returns {Promise<Bytes>} P, 32 bytes
   * @throws {CannotStretch}
   */
  stretch(job, onProgress) {
    // One that failed to load is tried again: connections come back.
    const worker = (this.#worker ??= startWorker());
    return new Promise((resolve, reject) => {
      const fail = () => {
        this.close();
        reject(new CannotStretch());
      };
      worker.onerror = fail;
      worker.onmessage = ({ data }) => {
        if (data.hash) resolve(data.hash);
        else if (data.failed) fail();
        else onProgress(data.progress);
      };
      worker.postMessage(job);
    });
  }

  /** Ends the Worker, and whatever it remembers. */
  close = () => {
    this.#worker?.terminate();
    this.#worker = null;
  };
}
