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
 * @typedef {{ seed: string, public_key: string }} KeyPair
 * @typedef {object} Answer
 * @property {string} seed
 * @property {string} public_key
 * @property {string} ekm
 * @property {string} info
 * @property {string | null} plaintext  null: must not open
 * @property {string} sealed  enc, ciphertext, tag
 * @typedef {object} Vectors
 * @property {Derivation[]} hkdf
 * @property {Message[]} encrypt
 * @property {Message[]} decrypt
 * @property {KeyPair[]} x_wing
 * @property {Answer[]} hpke_seal
 * @property {Answer[]} hpke_open
 * @typedef {{ right: number, wrong: number }} Tally
 */
import { same } from "../../web/frontend/src/bytes.js";
import {
  hkdf,
  openBytes,
  sealBytes,
} from "../../web/frontend/src/primitives.js";
import { openWith, publicKeyOf, sealTo } from "../../web/frontend/src/xwing.js";
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

/** @param {KeyPair} vector */
const generates = async ({ seed, public_key }) =>
  same(await publicKeyOf(fromHex(seed)), fromHex(public_key));

/** @param {Answer} vector */
async function seals({ public_key, ekm, info, plaintext, sealed }) {
  const made = await sealTo(
    fromHex(public_key),
    fromHex(info),
    fromHex(plaintext ?? ""),
    fromHex(ekm),
  );
  return same(made, fromHex(sealed));
}

/** @param {Answer} vector */
async function opens({ seed, info, plaintext, sealed }) {
  const opened = await openWith(fromHex(seed), fromHex(info), fromHex(sealed));
  if (plaintext === null || opened === null) return plaintext === opened;
  return same(opened, fromHex(plaintext));
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
 * @returns {Promise<Record<keyof Vectors, Tally>>} how many hold
 */
export const check = async (vectors) => ({
  hkdf: await tally(vectors.hkdf, derives),
  encrypt: await tally(vectors.encrypt, encrypts),
  decrypt: await tally(vectors.decrypt, decrypts),
  x_wing: await tally(vectors.x_wing, generates),
  hpke_seal: await tally(vectors.hpke_seal, seals),
  hpke_open: await tally(vectors.hpke_open, opens),
});
