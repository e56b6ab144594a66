/**
 * The vectors that the standards publish, as tests/vectors/published.py prints them (bytes in
 * hexadecimal), through the code that the pages ship. Runs in Node and in browsers alike.
 *
 * @typedef {{ ikm: string, salt: string, info: string, okm: string }} Derivation
 * @typedef {object} Message
 * @property {string} key
 * @property {string} aad
 * @property {string | null} plaintext  null: must not open
 * @property {string} sealed  iv, ciphertext, tag
 * @typedef {{ hkdf: Derivation[], encrypt: Message[], decrypt: Message[] }} Vectors
 * @typedef {{ right: number, wrong: number }} Tally
 */
import { same } from "../../web/frontend/src/bytes.js";
import {
  hkdf,
  openBytes,
  sealBytes,
} from "../../web/frontend/src/primitives.js";
import { fromHex } from "./hex.js";

/** @param {Derivation} vector */
async function derives({ ikm, salt, info, okm }) {
  const expected = fromHex(okm);
  const made = await hkdf(
    fromHex(ikm),
    fromHex(salt),
    fromHex(info),
    expected.length,
  );
  return same(made, expected);
}

/** @param {Message} vector */
async function encrypts({ key, aad, plaintext, sealed }) {
  const expected = fromHex(sealed);
  const iv = expected.slice(0, 12);
  const made = await sealBytes(
    fromHex(key),
    fromHex(plaintext ?? ""),
    fromHex(aad),
    iv,
  );
  return same(made, expected);
}

/** @param {Message} vector */
async function decrypts({ key, aad, plaintext, sealed }) {
  try {
    const opened = await openBytes(fromHex(key), fromHex(sealed), fromHex(aad));
    return plaintext !== null && same(opened, fromHex(plaintext));
  } catch (error) {
    // What WebCrypto says to a wrong tag; anything else is a defect of ours.
    return (
      plaintext === null &&
      error instanceof DOMException &&
      error.name === "OperationError"
    );
  }
}

/**
 * @template Vector
 * @param {Vector[]} vectors
 * @param {(vector: Vector) => Promise<boolean>} holds
 * @returns {Promise<Tally>}
 */
async function tally(vectors, holds) {
  const count = { right: 0, wrong: 0 };
  for (const vector of vectors)
    count[(await holds(vector)) ? "right" : "wrong"] += 1;
  return count;
}

/**
 * @param {Vectors} vectors
 * @returns {Promise<{ hkdf: Tally, encrypt: Tally, decrypt: Tally }>} how many hold
 */
export const check = async ({ hkdf, encrypt, decrypt }) => ({
  hkdf: await tally(hkdf, derives),
  encrypt: await tally(encrypt, encrypts),
  decrypt: await tally(decrypt, decrypts),
});
