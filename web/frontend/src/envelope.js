/**
 * The envelope of a share: AES-256-GCM (NIST SP 800-38D) under the content key, bound to the id
 * (docs/protocol.md, "Content"). `seal` is here so that both directions sit side by side; the share
 * page imports `open` only, and the bundler leaves the rest out.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 */
import { concat, utf8 } from "./bytes.js";
import { decodeContent, encodeContent, pad } from "./content.js";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The blob was not sealed under this key for this id, or was changed since. */
export class CannotOpen extends Error {
  constructor() {
    super("the blob does not open");
  }
}

/**
 * @param {string} id
 * @param {Bytes} iv
 */
const gcm = (id, iv) => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8(`slash-secret/1/content|${id}`),
});

/**
 * @param {Bytes} key
 * @param {"encrypt" | "decrypt"} use
 */
const aes = (key, use) => crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);

/**
 * @param {string} id
 * @param {Bytes} key the content key, 32 bytes
 * @param {Bytes} blob iv, ciphertext, tag
 * @returns {Promise<Content>}
 * @throws {CannotOpen} also when what was sealed is no content
 */
export async function open(id, key, blob) {
  if (blob.length < IV_BYTES + TAG_BYTES) throw new CannotOpen();
  try {
    const how = gcm(id, blob.subarray(0, IV_BYTES));
    const sealed = blob.subarray(IV_BYTES);
    const padded = await crypto.subtle.decrypt(how, await aes(key, "decrypt"), sealed);
    return decodeContent(new Uint8Array(padded));
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
export async function seal(id, key, content, iv) {
  const plaintext = pad(encodeContent(content));
  const sealed = await crypto.subtle.encrypt(gcm(id, iv), await aes(key, "encrypt"), plaintext);
  return concat(iv, new Uint8Array(sealed));
}
