/**
 * The hexadecimal spelling the shared vectors use for bytes.
 *
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */

/**
 * @param {string} text
 * @returns {Bytes}
 */
export const fromHex = (text) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export const toHex = (bytes) => Buffer.from(bytes).toString("hex");
