/**
 * Everything derived from K: HKDF-SHA256 (RFC 5869) with salt = id (docs/protocol.md, "Keys from
 * K"). Each value has an info of its own, and the id as salt, so that knowing one tells nothing
 * about another and nothing derived for one secret is good for a second.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./link.js").Link} Link
 */
import { concat, utf8 } from "./bytes.js";
import { hkdf } from "./primitives.js";

/**
 * @param {string} name what follows `slash-secret/1/` in the info
 * @param {number} length in bytes
 * @returns {(link: Link, ...more: Bytes[]) => Promise<Bytes>} more: what follows K, if anything
 */
function derived(name, length) {
  const info = utf8(`slash-secret/1/${name}`);
  return ({ id, key }, ...more) => hkdf(concat(key, ...more), utf8(id), info, length);
}

/** Shows the server that we hold the fragment, without telling it what opens the content. */
export const linkProof = /* @__PURE__ */ derived("link-proof", 32);

/** Opens the content of a secret that has no passphrase. */
export const contentKey = /* @__PURE__ */ derived("content", 32);

/** The salt of Argon2id for a secret that has a passphrase. */
export const passphraseSalt = /* @__PURE__ */ derived("passphrase-salt", 16);

/**
 * Shows the server that we hold the passphrase too.
 *
 * @type {(link: Link, stretched: Bytes) => Promise<Bytes>} stretched: P, 32 bytes
 */
export const passphraseProof = /* @__PURE__ */ derived("passphrase-proof", 32);

/**
 * Opens the content of a secret that has a passphrase.
 *
 * @type {(link: Link, stretched: Bytes) => Promise<Bytes>} stretched: P, 32 bytes
 */
export const lockedContentKey = /* @__PURE__ */ derived("content-passphrase", 32);

/** The proof of a request page, which holds another K than the collect page. */
export const submitProof = /* @__PURE__ */ derived("submit-proof", 32);
