/**
 * A request that begins in this page: its keys, what the server gets of them, and the two links, which
 * nobody else has.
 *
 * @typedef {object} NewRequest
 * @property {Record<string, unknown>} body  its id and proofs as POST /api/requests wants them
 * @property {string} requestLink  for the customer
 * @property {string} collectLink  for the agent alone
 * @property {string} code  to be read aloud
 */
import { readAloudCode, requestKey } from "./code.js";
import { newRequestKeys } from "./hpke.js";
import { linkProof, submitProof } from "./keys.js";
import { address, newId } from "./link.js";

/**
 * @param {string} tag of the workspace
 * @returns {Promise<NewRequest>}
 */
export async function newRequest(tag) {
  const id = newId(tag);
  const { seed, publicKey, requestToken, collectToken } = await newRequestKeys(id);
  const key = await requestKey(publicKey);
  return {
    body: {
      id,
      public_key: publicKey,
      submit_proof: await submitProof({ id, key }),
      link_proof: await linkProof({ id, key: seed }),
    },
    requestLink: address("r", id, requestToken),
    collectLink: address("c", id, collectToken),
    code: await readAloudCode(key),
  };
}
