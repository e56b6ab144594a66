/**
 * The envelope of a request's answer (docs/protocol.md, "Answers to requests"): sealed to the
 * request's public key, bound to its id, opened with its seed. Pages that take or give answers load
 * this; the share page must not, since it is as large as all the rest together.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 * @typedef {object} RequestKeys
 * @property {Bytes} seed  K of kind c: opens every answer
 * @property {Bytes} publicKey  1,216 bytes, for the server
 * @property {string} requestToken  for the customer's link
 * @property {string} collectToken  for the agent's link
 */
import { utf8 } from "./bytes.js";
import { requestKey } from "./code.js";
import { MalformedContent, decodeContent, encodeContent, pad } from "./content.js";
import { CannotOpen } from "./envelope.js";
import { endsWell, makeToken } from "./link.js";
import { openWith, publicKeyOf, sealTo } from "./xwing.js";

export { CannotOpen, publicKeyOf };

const SEED_BYTES = 32;

/** @param {string} id */
const info = (id) => utf8(`slash-secret/1/request|${id}`);

/** @returns {Bytes} 32 random bytes */
export const newSeed = () => crypto.getRandomValues(new Uint8Array(SEED_BYTES));

/**
 * A key pair and its two tokens, made anew until both survive the end of a mail's line.
 *
 * @param {string} id
 * @returns {Promise<RequestKeys>}
 */
export async function newRequestKeys(id) {
  for (;;) {
    const seed = newSeed();
    const publicKey = await publicKeyOf(seed);
    const requestToken = await makeToken("r", id, await requestKey(publicKey));
    const collectToken = await makeToken("c", id, seed);
    if (endsWell(requestToken) && endsWell(collectToken))
      return { seed, publicKey, requestToken, collectToken };
  }
}

/**
 * @param {Bytes} publicKey 1,216 bytes, after `isKeyOf` said that it is the fragment's
 * @param {string} id
 * @param {Content} content
 * @param {Bytes} [ekm] 64 bytes, given by test vectors only
 * @returns {Promise<Bytes>} the blob: enc (1,120 bytes), ciphertext, tag
 * @throws {import("./content.js").MalformedContent} also when it is too large
 * @throws {import("@hpke/core").HpkeError} when that is no public key
 */
export const sealAnswer = async (publicKey, id, content, ekm) =>
  sealTo(publicKey, info(id), pad(encodeContent(content)), ekm);

/**
 * @param {Bytes} seed 32 bytes
 * @param {string} id
 * @param {Bytes} blob
 * @returns {Promise<Content>}
 * @throws {CannotOpen} also when what was sealed is no content
 */
export async function openAnswer(seed, id, blob) {
  const padded = await openWith(seed, info(id), blob);
  try {
    if (padded !== null) return decodeContent(padded);
  } catch (error) {
    if (!(error instanceof MalformedContent)) throw error;
  }
  throw new CannotOpen();
}
