/**
 * The envelope of a share: AES-256-GCM (NIST SP 800-38D) under the content key, bound to the id
 * (docs/protocol.md, "Content"). `seal` is here so that both directions sit side by side; the share
 * page imports `open` only, and the bundler leaves the rest out.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 */
import { utf8 } from "./bytes.js";
import { decodeContent, encodeContent, pad } from "./content.js";
import { openBytes, sealBytes } from "./primitives.js";

/** The blob was not sealed under this key for this id, or was changed since. */
export class CannotOpen extends Error {
  constructor() {
    super("the blob does not open");
  }
}

/** @param {string} id */
const aad = (id) => utf8(`slash-secret/1/content|${id}`);

/**
 * @param {string} id
 * @param {Bytes} key the content key, 32 bytes
 * @param {Bytes} blob iv, ciphertext, tag
 * @returns {Promise<Content>}
 * @throws {CannotOpen} also when what was sealed is no content
 */
export async function open(id, key, blob) {
  try {
    return decodeContent(await openBytes(key, blob, aad(id)));
  } catch {
    throw new CannotOpen();
  }
}

/**
 * @param {string} id
 * @param {Bytes} key the content key, 32 bytes
 * @param {Content} content
 * @param {Bytes} iv 12 random bytes, never used twice with a key
 * @returns {Promise<Bytes>} the blob
 * @throws {import("./content.js").MalformedContent}
 */
export const seal = async (id, key, content, iv) =>
  sealBytes(key, pad(encodeContent(content)), aad(id), iv);
