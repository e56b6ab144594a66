/**
 * The shared vectors (tests/vectors/v1.json), which pytest runs too: what both languages must agree
 * on to the byte.
 *
 * @typedef {"s" | "r" | "c"} Kind
 * @typedef {object} LinkVector
 * @property {Kind} kind
 * @property {string} id
 * @property {string} key_hex
 * @property {string} token
 * @property {string} link_proof_hex
 * @property {string} content_key_hex
 * @property {string} passphrase_salt_hex
 * @property {string} submit_proof_hex
 * @typedef {object} ContentVector
 * @property {string} id
 * @property {string} key_hex
 * @property {string} iv_hex
 * @property {import("../../web/frontend/src/content.js").Content} content
 * @property {string} plaintext_utf8_hex  before padding
 * @property {string} blob_hex
 * @typedef {object} PassphraseVector
 * @property {string} id
 * @property {string} key_hex
 * @property {string} passphrase  as typed
 * @property {string} normalised_hex
 * @property {number} m  KiB
 * @property {number} t
 * @property {number} p
 * @property {string} salt_hex
 * @property {string} stretched_hex  P
 * @property {string} passphrase_proof_hex
 * @property {string} content_key_hex
 * @property {import("../../web/frontend/src/content.js").Content} content
 * @property {string} blob_hex
 * @typedef {object} Vectors
 * @property {LinkVector[]} links
 * @property {{ why: string, kind: Kind, id: string, token: string }[]} damaged_links
 * @property {ContentVector[]} contents
 * @property {{ why: string, id: string, key_hex: string, blob_hex: string }[]} damaged_blobs
 * @property {PassphraseVector[]} passphrases
 * @property {string[]} bad_passphrases
 * @property {{ good: [hex: string, text: string][], bad: string[] }} base64url
 */
import { readFileSync } from "node:fs";

const file = new URL("../vectors/v1.json", import.meta.url);

/** @type {Vectors} */
export const vectors = JSON.parse(readFileSync(file, "utf8"));
