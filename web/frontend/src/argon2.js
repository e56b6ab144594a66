/**
 * Argon2id (RFC 9106), twice: WebAssembly where the browser compiles it, else plain JavaScript,
 * which is several times slower but runs everywhere. Only the Worker
 * (argon2.worker.js) bundles this file.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {object} Job
 * @property {Bytes} passphrase  UTF-8, normalised
 * @property {Bytes} salt  16 bytes
 * @property {number} m  KiB
 * @property {number} t  passes
 * @property {number} p  lanes
 */
import { argon2id as plain } from "@noble/hashes/argon2.js";
import { argon2id as compiled } from "hash-wasm";

const HASH_BYTES = 32;

/**
 * @param {Job} job
 * @returns {Promise<Uint8Array>} P, 32 bytes
 */
export const inWebAssembly = ({ passphrase, salt, m, t, p }) =>
  compiled({
    password: passphrase,
    salt,
    memorySize: m,
    iterations: t,
    parallelism: p,
    hashLength: HASH_BYTES,
    outputType: "binary",
  });

/**
 * @param {Job} job
 * @param {(done: number) => void} onProgress from 0 to 1, some hundred times
 * @returns {Uint8Array} P, 32 bytes
 */
export const inJavaScript = ({ passphrase, salt, m, t, p }, onProgress) =>
  plain(passphrase, salt, { m, t, p, dkLen: HASH_BYTES, onProgress });

/**
 * @param {Job} job
 * @param {(done: number) => void} onProgress called by the slow way only
 * @returns {Promise<Uint8Array>} P, 32 bytes
 */
export async function stretch(job, onProgress) {
  try {
    return await inWebAssembly(job);
  } catch {
    // No WebAssembly (iOS Lockdown Mode), one that a policy forbids, or no memory in one piece.
    return inJavaScript(job, onProgress);
  }
}
