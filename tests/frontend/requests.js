/**
 * The shared vectors of requests (tests/vectors/v1-request.json), which pytest runs too.
 *
 * @typedef {import("../../web/frontend/src/content.js").Content} Content
 * @typedef {object} RequestVector
 * @property {string} id
 * @property {string} seed_hex
 * @property {string} public_key_hex
 * @property {string} request_key_hex  K of kind r
 * @property {string} code
 * @property {string} request_token
 * @property {string} collect_token
 * @property {string} submit_proof_hex
 * @property {string} link_proof_hex  of kind c
 * @typedef {object} AnswerVector
 * @property {string} id
 * @property {string} seed_hex
 * @property {string} ekm_hex
 * @property {Content} content
 * @property {string} plaintext_utf8_hex  before padding
 * @property {string} blob_hex
 * @typedef {object} Vectors
 * @property {[RequestVector, ...RequestVector[]]} requests
 * @property {{ why: string, kind: "s" | "r" | "c", id: string, token: string }[]} damaged_links
 * @property {[AnswerVector, ...AnswerVector[]]} answers
 * @property {{ why: string, id: string, seed_hex: string, blob_hex: string }[]} damaged_answers
 * @property {{ why: string, public_key_hex: string }[]} foreign_keys
 * @property {{ why: string, public_key_hex: string }[]} bad_public_keys
 */
import { readFileSync } from "node:fs";

const file = new URL("../vectors/v1-request.json", import.meta.url);

/** @type {Vectors} */
export const requests = JSON.parse(readFileSync(file, "utf8"));
