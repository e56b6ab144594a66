/**
 * What ties a request's link to its public key (docs/protocol.md, "Answers to requests"): the
 * fragment's K is the key's SHA-256, and the code that people read to each other is made of K.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 */
import { concat, same, utf8 } from "./bytes.js";

/** Crockford's base32: without I, L, O and U, which look or sound like others. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS = 6;

/** @param {Bytes} bytes */
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/**
 * @param {Bytes} publicKey 1,216 bytes
 * @returns {Promise<Bytes>} K of kind r
 */
export const requestKey = (publicKey) => sha256(publicKey);

/**
 * Whether the server's public key is the one that this link was made for. Where it is not, somebody
 * between the agent and this page wants to read the answer: no form, nothing sealed.
 *
 * @param {Bytes} publicKey as the server sent it
 * @param {import("./link.js").Link} link of kind r
 * @returns {Promise<boolean>}
 */
export const isKeyOf = async (publicKey, { key }) => same(await requestKey(publicKey), key);

/**
 * @param {Bytes} key K of kind r
 * @returns {Promise<string>} `XXX-XXX`, the same on both ends of a telephone
 */
export async function readAloudCode(key) {
  const digest = await sha256(concat(utf8("slash-secret/1/code|"), key));
  const first = new DataView(digest.buffer).getUint32(0);
  const letters = Array.from(
    { length: LETTERS },
    (_, at) => ALPHABET[(first >>> (27 - 5 * at)) & 31],
  );
  return `${letters.slice(0, 3).join("")}-${letters.slice(3).join("")}`;
}
