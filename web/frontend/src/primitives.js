/**
 * HKDF-SHA256 and AES-256-GCM as their standards define them, with nothing of this protocol in it.
 * Salts, infos and additional data are the callers'. That way the vectors which the standards
 * publish run through the very code that opens a secret; storage/primitives.py is the same for the
 * server.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 */
import { concat } from "./bytes.js";

const IV_BYTES = 12;

/**
 * HKDF-SHA256 (RFC 5869).
 *
 * @param {Bytes} ikm
 * @param {Bytes} salt
 * @param {Bytes} info
 * @param {number} length in bytes
 * @returns {Promise<Bytes>}
 */
export async function hkdf(ikm, salt, info, length) {
  const key = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, length * 8));
}

/**
 * @param {Bytes} key 32 bytes
 * @param {"encrypt" | "decrypt"} use
 */
const aes = (key, use) => crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);

/**
 * @param {Bytes} iv
 * @param {Bytes} additionalData
 */
const gcm = (iv, additionalData) => ({ name: "AES-GCM", iv, additionalData });

/**
 * AES-256-GCM (NIST SP 800-38D).
 *
 * @param {Bytes} key 32 bytes
 * @param {Bytes} plaintext
 * @param {Bytes} aad
 * @param {Bytes} iv 12 random bytes, never used twice with a key
 * @returns {Promise<Bytes>} iv, ciphertext, tag (16 bytes)
 */
export async function sealBytes(key, plaintext, aad, iv) {
  const how = gcm(iv, aad);
  const sealed = await crypto.subtle.encrypt(how, await aes(key, "encrypt"), plaintext);
  return concat(iv, new Uint8Array(sealed));
}

/**
 * Undoes `sealBytes`.
 *
 * @param {Bytes} key 32 bytes
 * @param {Bytes} sealed
 * @param {Bytes} aad
 * @returns {Promise<Bytes>}
 * @throws {DOMException} OperationError: not sealed under this key with this aad, or cut
 */
export async function openBytes(key, sealed, aad) {
  const how = gcm(sealed.subarray(0, IV_BYTES), aad);
  const opened = crypto.subtle.decrypt(how, await aes(key, "decrypt"), sealed.subarray(IV_BYTES));
  return new Uint8Array(await opened);
}
