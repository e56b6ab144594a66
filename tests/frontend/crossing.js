/**
 * The browser's half of answers that cross between the two languages (tests/browser/test_answers.py).
 *
 * @typedef {import("../../web/frontend/src/content.js").Content} Content
 * @typedef {{ id: string, seed: string, blob: string }} Theirs  bytes in hexadecimal
 * @typedef {{ id: string, publicKey: string, content: Content }} Wanted
 */
import { readAloudCode, requestKey } from "../../web/frontend/src/code.js";
import {
  newRequestKeys,
  openAnswer,
  sealAnswer,
} from "../../web/frontend/src/hpke.js";
import { fromHex } from "./hex.js";

/** @param {Uint8Array} bytes */
const hex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {Theirs[]} answers
 * @returns {Promise<Content[]>}
 */
export async function open(answers) {
  const opened = [];
  for (const { id, seed, blob } of answers)
    opened.push(await openAnswer(fromHex(seed), id, fromHex(blob)));
  return opened;
}

/**
 * @param {Wanted[]} answers
 * @returns {Promise<string[]>} the blobs
 */
export async function seal(answers) {
  const sealed = [];
  for (const { id, publicKey, content } of answers)
    sealed.push(hex(await sealAnswer(fromHex(publicKey), id, content)));
  return sealed;
}

/** @param {string} id */
export async function ask(id) {
  const { seed, publicKey, requestToken, collectToken } =
    await newRequestKeys(id);
  const code = await readAloudCode(await requestKey(publicKey));
  return {
    seed: hex(seed),
    publicKey: hex(publicKey),
    requestToken,
    collectToken,
    code,
  };
}

/**
 * Makes this browser one whose WebCrypto has never heard of X25519.
 *
 * @returns {Promise<string>} what it now says when it is asked for such a key
 */
export async function forgetX25519() {
  for (const name of [
    "generateKey",
    "importKey",
    "deriveBits",
    "deriveKey",
    "exportKey",
  ]) {
    const real = Reflect.get(SubtleCrypto.prototype, name);
    /** @param {...unknown} args */
    const without = function (...args) {
      const asked = JSON.stringify(
        args.map((arg) => Object(arg).name ?? String(arg)),
      );
      if (asked.includes("X25519"))
        return Promise.reject(
          new DOMException("X25519: unknown", "NotSupportedError"),
        );
      return Reflect.apply(real, crypto.subtle, args);
    };
    Reflect.set(SubtleCrypto.prototype, name, without);
  }
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    return "known";
  } catch (error) {
    return error instanceof DOMException ? error.name : "something else";
  }
}
