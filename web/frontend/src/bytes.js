/**
 * Bytes and their spellings: UTF-8, concatenation, length prefixes and strict base64url
 * (docs/protocol.md, first paragraph). Nothing here knows about secrets.
 *
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * @param {string} text
 * @returns {Bytes} its UTF-8
 */
export const utf8 = (text) => new TextEncoder().encode(text);

/**
 * @param {...Bytes} parts
 * @returns {Bytes} all of them, one after the other
 */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/**
 * `lp(x)`: the length of x as 4 bytes, big-endian, then x.
 *
 * @param {Bytes} bytes
 * @returns {Bytes}
 */
export function lp(bytes) {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, bytes.length);
  return concat(prefix, bytes);
}

/**
 * @param {Bytes} left
 * @param {Bytes} right
 * @returns {boolean} whether both hold the same bytes; not constant-time: both sides are ours
 */
export const same = (left, right) =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);

/**
 * Base64url without padding (RFC 4648, section 5).
 *
 * @param {Bytes} bytes
 * @returns {string}
 */
export function toBase64url(bytes) {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(index, index + 3);
    const word = (a << 16) | (b << 8) | c;
    const letters = Math.min(bytes.length - index, 3) + 1;
    for (let letter = 0; letter < letters; letter += 1) {
      text += ALPHABET[(word >> (18 - 6 * letter)) & 63];
    }
  }
  return text;
}

/**
 * The strict inverse: no padding, no white space, no other alphabet, no set trailing bits, so that
 * every byte string has exactly one spelling and a damaged link cannot pass as a good one.
 *
 * @param {string} text
 * @returns {Bytes | null} null when the text is not canonical
 */
export function fromBase64url(text) {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[length] = bits >> held;
      length += 1;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}
