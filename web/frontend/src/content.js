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
const MAX_BYTES = 65_536;
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
 * @param {unknown} value
 * @param {string[]} names
 * @returns {value is Record<string, unknown>} an object with exactly these members
 */
function hasExactly(value, names) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const present = Object.keys(value);
  return present.length === names.length && names.every((name) => present.includes(name));
}

/**
 * Text that UTF-8 can carry. JSON can spell half a surrogate pair; Python could not have sealed it.
 *
 * @param {unknown} value
 * @returns {value is string}
 */
const isText = (value) => typeof value === "string" && !LONE_SURROGATE.test(value);

/**
 * @param {unknown} value
 * @param {string} second the member beside `name`
 * @returns {boolean}
 */
const isNamed = (value, second) =>
  hasExactly(value, ["name", second]) && isText(value["name"]) && isText(value[second]);

/**
 * @param {Content} content
 * @returns {number} bytes of UTF-8 of everything a person wrote: text, names, values, file
 */
function sizeOf(content) {
  const parts = "text" in content ? [content.text] : content.fields.flatMap(Object.values);
  if (content.file) parts.push(content.file.name, content.file.text);
  return parts.reduce((size, part) => size + utf8(part).length, 0);
}

/**
 * @param {unknown} value
 * @returns {Content}
 * @throws {MalformedContent}
 */
export function checkContent(value) {
  const file = Object(value).file === undefined ? [] : ["file"];
  const isContent =
    (hasExactly(value, ["v", "text", ...file]) && isText(value["text"])) ||
    (hasExactly(value, ["v", "fields", ...file]) &&
      Array.isArray(value["fields"]) &&
      value["fields"].length > 0 &&
      value["fields"].every((field) => isNamed(field, "value")));
  const { v, file: attached } = Object(value);
  if (!isContent || v !== 1 || (file.length > 0 && !isNamed(attached, "text"))) {
    throw new MalformedContent();
  }
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
