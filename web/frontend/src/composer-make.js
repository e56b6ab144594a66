/**
 * Secrets and requests, made here (docs/protocol.md, "Keys from K"): the server gets proofs and
 * ciphertext, the links stay in this page.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 *
 * @typedef {object} Wish  a secret as it was filled in
 * @property {Content} content
 * @property {Bytes | null} passphrase  normalised
 * @property {string} label
 * @property {number} lifetime  seconds
 * @property {boolean} singleUse
 * @property {string | null} language  the customer's; '' and null leave it to their browser
 *
 * @typedef {object} Question  a request as it was filled in
 * @property {string} what
 * @property {string} label
 * @property {number} lifetime  seconds
 * @property {string[]} fields
 * @property {string | null} language
 * @property {string | null} channel  in which it may be collected; null: by its creator only
 *
 * @typedef {{ body: Record<string, unknown>, link: string }} MadeSecret  body: for the server
 */
import { seal } from "./envelope.js";
import {
  contentKey,
  linkProof,
  lockedContentKey,
  passphraseProof,
  passphraseSalt,
} from "./keys.js";
import { address, endsWell, makeToken, newId } from "./link.js";
import { newRequest } from "./newrequest.js";

/** RFC 9106's second recommended option with one lane; storage/envelope.py has the same. */
const COST = { m: 65_536, t: 3, p: 1 };

/** @param {number} length */
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * @param {string} id
 * @returns {Promise<{ key: Bytes, token: string }>} made anew until a mail program leaves it whole
 */
async function newKey(id) {
  for (;;) {
    const key = random(32);
    const token = await makeToken("s", id, key);
    if (endsWell(token)) return { key, token };
  }
}

/**
 * @param {string} tag
 * @param {Wish} wish
 * @param {(job: import("./argon2.js").Job) => Promise<Bytes>} stretch
 * @returns {Promise<MadeSecret>}
 * @throws {import("./passphrase.js").CannotStretch}
 */
export async function makeSecret(tag, wish, stretch) {
  const id = newId(tag);
  const { key, token } = await newKey(id);
  const link = { id, key };
  /** @type {Record<string, unknown>} */
  const locked = {};
  let opens = await contentKey(link);
  if (wish.passphrase) {
    const job = { passphrase: wish.passphrase, salt: await passphraseSalt(link), ...COST };
    const stretched = await stretch(job);
    opens = await lockedContentKey(link, stretched);
    locked["passphrase"] = { name: "argon2id", ...COST };
    locked["passphrase_proof"] = await passphraseProof(link, stretched);
  }
  const body = {
    id,
    link_proof: await linkProof(link),
    blob: await seal(id, opens, wish.content, random(12)),
    label: wish.label,
    lifetime: wish.lifetime,
    single_use: wish.singleUse,
    language: wish.language,
    ...locked,
  };
  return { body, link: address("s", id, token) };
}

/**
 * @param {string} tag
 * @param {Question} question
 * @returns {Promise<import("./newrequest.js").NewRequest>}
 */
export async function makeRequest(tag, { channel, ...asked }) {
  const made = await newRequest(tag);
  const collect = { collect_by: channel ? "channel" : "me", channel: channel ?? "" };
  return { ...made, body: { ...made.body, ...asked, ...collect } };
}
