/**
 * The content of a secret: what the plaintext says once it is open (docs/protocol.md, "Content").
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {{ name: string, value: string }} Field
 * @typedef {{ name: string, text: string }} TextFile
 * @typedef {{ v: 1, text: string, file?: TextFile }
 *   | { v: 1, fields: Field[], file?: TextFile }} Content
 */
import { utf8 } from "./bytes.js";

/** The contents together, in bytes of UTF-8, before they are encoded. */
export const MAX_BYTES = 65_536;
const BLOCK = 256;
const END = 0x80;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The plaintext is not what the protocol says; it never says which part, nor quotes it. */
export class MalformedContent extends Error {
  constructor() {
    super("malformed content");
  }
}

/**
 * Text that UTF-8 can carry. JSON can spell half a surrogate pair; Python could not have sealed it.
 *
 * @param {unknown} value
 * @returns {value is string}
 */
export const isText = (value) => typeof value === "string" && !LONE_SURROGATE.test(value);

/**
 * @param {any} value
 * @returns {boolean}
 */
const isField = (value) => isText(value?.name) && isText(value.value);

/**
 * @param {Content} content
 * @returns {number} bytes of UTF-8 of everything a person wrote: text, names, values, file
 */
export function sizeOf(content) {
  const parts =
    "text" in content ? [content.text] : content.fields.flatMap(({ name, value }) => [name, value]);
  if (content.file) parts.push(content.file.name, content.file.text);
  return parts.reduce((size, part) => size + utf8(part).length, 0);
}

/**
 * Members the protocol does not name are ignored: a reader that refused them would lose a secret.
 *
 * @param {unknown} value
 * @returns {Content}
 * @throws {MalformedContent}
 */
export function checkContent(value) {
  const { v, text, fields, file } = Object(value);
  const isBody =
    fields === undefined
      ? isText(text)
      : text === undefined && Array.isArray(fields) && fields.every(isField);
  const isFile = file === undefined || (isText(file?.name) && isText(file.text));
  if (v !== 1 || !isBody || !isFile) throw new MalformedContent();
  const content = /** @type {Content} */ (value);
  if (sizeOf(content) > MAX_BYTES) throw new MalformedContent();
  return content;
}

/**
 * @param {Bytes} padded a positive multiple of 256 bytes
 * @returns {Content}
 * @throws {MalformedContent}
 */
export function decodeContent(padded) {
  const end = padded.lastIndexOf(END);
  const isPadded =
    padded.length % BLOCK === 0 &&
    end >= padded.length - BLOCK &&
    padded.subarray(end + 1).every((byte) => byte === 0);
  if (end < 0 || !isPadded) throw new MalformedContent();
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return checkContent(JSON.parse(decoder.decode(padded.subarray(0, end))));
  } catch {
    // JSON.parse quotes what it stumbles over: its error must not travel on.
    throw new MalformedContent();
  }
}

/**
 * @param {Content} content
 * @returns {Bytes} its JSON, without padding
 * @throws {MalformedContent} also when it is too large
 */
export const encodeContent = (content) => utf8(JSON.stringify(checkContent(content)));

/**
 * Padded with 0x80 and zeros to the next multiple of 256, so that the length says little.
 *
 * @param {Bytes} plaintext
 * @returns {Bytes}
 */
export function pad(plaintext) {
  const padded = new Uint8Array((Math.floor(plaintext.length / BLOCK) + 1) * BLOCK);
  padded.set(plaintext);
  padded[plaintext.length] = END;
  return padded;
}
