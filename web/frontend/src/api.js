/**
 * The server, as the pages see it. The only file that calls fetch: what leaves a page can be read
 * here. Refusals are values, since "already opened" is a normal Tuesday.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 *
 * @typedef {object} Status
 * @property {boolean} single_use
 * @property {number} expires_at  Unix seconds
 * @property {boolean} created_by_you
 * @property {import("./passphrase.js").Cost | null} passphrase  null: there is none
 * @property {number} tries_left
 * @property {string} workspace  a name
 * @property {string} agent  a name
 * @property {string | null} language  that the agent chose for the customer
 * @property {State} state
 * @property {string} [what]  asked for; this one and the next four of a request, with a session
 * @property {string[]} [fields]
 * @property {string} [label]
 * @property {number} [lifetime]  seconds
 * @property {"me" | "channel"} [collect_by]
 *
 * @typedef {"active" | "waiting" | "received" | Reason} State
 *
 * @typedef {object} Asked  a request, to whoever has its own link
 * @property {State} state
 * @property {string} public_key  base64url
 * @property {string} what
 * @property {string[]} fields  names, or none for free text
 * @property {number} expires_at  Unix seconds, and so are the others
 * @property {number | null} received_at
 * @property {number | null} collected_at
 * @property {string} workspace  a name
 * @property {string} agent  a name
 * @property {string | null} language  that the agent chose
 *
 * @typedef {object} Granted  what a ticket was good for; the last two for one to compose only
 * @property {"visit" | "compose" | "collect"} purpose
 * @property {string} tag  what an id made here begins with
 * @property {string} workspace  a name
 * @property {string} agent  a name
 * @property {{ lifetimes: number[], require_passphrase: boolean, browser_only: boolean,
 *   requests: boolean } | null} policy
 * @property {{ kind: "s" | "r", channel: string | null, lifetime: number,
 *   single_use: boolean, language: string | null } | null} prefill
 *
 * @typedef {{ blob: string }} Revealed  base64url
 * @typedef {"viewed" | "collected" | "expired" | "burned" | "lost" | "tampered"} Reason
 *
 * @typedef {{ kind: "gone", reason: Reason | null, at: number | null }
 *   | { kind: "limited", seconds: number }
 *   | { kind: "postponed" }
 *   | { kind: "cut" }
 *   | { kind: "wrong", triesLeft: number }
 *   | { kind: "locked" }
 *   | { kind: "refused", code?: unknown, reason?: unknown, at?: unknown }} Refusal
 *   gone: 404 and 410, a reason only with 410 (a newer server's may be another word); limited: 429; postponed: 503, nothing was shown;
 *   cut: no answer, half of one, or a proxy's; wrong: the passphrase was; locked: there is one, and
 *   none was proven; refused: what a retry would not change, with what docs/protocol.md says of it
 */

/**
 * @template T
 * @typedef {{ kind: "ok", body: T } | Refusal} Answer
 */
import { toBase64url } from "./bytes.js";

const PATIENCE = 20_000;
const TICKET_PATIENCE = 5000;
const TEXTS_PATIENCE = 5000;
const RETRY_AFTER = 700;
const LONGEST_WAIT = 3600;
const DEFAULT_WAIT = 30;
const NO_ROOM = 507;

/**
 * @param {Response} response anything but a success
 * @returns {Promise<Refusal>}
 */
async function refusal(response) {
  const { status } = response;
  if (status === 404) return { kind: "gone", reason: null, at: null };
  if (status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || DEFAULT_WAIT;
    return { kind: "limited", seconds: Math.min(seconds, LONGEST_WAIT) };
  }
  if (status === 503) return { kind: "postponed" };
  if (status >= 500 && status !== NO_ROOM) return { kind: "cut" };
  // A proxy's own body says nothing to us.
  const error = Object(Object(await response.json().catch(() => null)).error);
  const { code } = error;
  if (code === "gone")
    return {
      kind: "gone",
      reason: error.reason,
      at: Number.isSafeInteger(error.at) ? error.at : null,
    };
  if (code === "passphrase_required") return { kind: "locked" };
  if (code === "wrong_passphrase" && Number.isSafeInteger(error.tries_left))
    return { kind: "wrong", triesLeft: error.tries_left };
  return { ...error, kind: "refused" };
}

/**
 * @param {string} _
 * @param {any} value our own bytes, or anything else
 */
const written = (_, value) =>
  value instanceof Uint8Array ? toBase64url(/** @type {Bytes} */ (value)) : value;

/**
 * @template T
 * @param {string} path below /api
 * @param {Record<string, unknown>} body bytes are written as base64url
 * @param {{ keepalive?: boolean, patience?: number }} [how] patience: milliseconds
 * @returns {Promise<Answer<T>>}
 */
async function post(path, body, { keepalive = false, patience = PATIENCE } = {}) {
  try {
    const response = await fetch(`/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body, written),
      redirect: "error",
      keepalive,
      signal: AbortSignal.timeout?.(patience) ?? null,
    });
    if (!response.ok) return await refusal(response);
    return { kind: "ok", body: await response.json() };
  } catch {
    return { kind: "cut" };
  }
}

/**
 * A page's texts in another language.
 *
 * @param {string} address of an asset of ours
 * @returns {Promise<{ dir: string, texts: import("./text.js").Section } | null>} null: it did not come
 */
export async function catalogue(address) {
  try {
    const signal = AbortSignal.timeout?.(TEXTS_PATIENCE) ?? null;
    const response = await fetch(address, { redirect: "error", signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * Trades a ticket from Slack for a session, so that the server knows whose browser this is.
 *
 * @param {string} ticket
 * @returns {Promise<Answer<Granted>>}
 */
export const session = (ticket) => post("session", { ticket }, { patience: TICKET_PATIENCE });

/**
 * @param {string} id
 * @param {{ link_proof: Bytes }} body
 * @returns {Promise<Answer<Status>>} changes nothing on the server
 */
export const status = (id, body) => post(`secrets/${id}/status`, body);

/**
 * @param {string} id
 * @param {{ link_proof: Bytes, nonce: Bytes, passphrase_proof?: Bytes }} body
 *   nonce: 16 bytes; the same one may ask again
 * @returns {Promise<Answer<Revealed>>}
 */
export const reveal = (id, body) => post(`secrets/${id}/reveal`, body);

/**
 * The page may be closed right after the reveal; the confirmation should still arrive.
 *
 * @param {string} id
 * @param {{ link_proof: Bytes, nonce: Bytes }} body of the reveal that arrived
 * @returns {Promise<Answer<{}>>}
 */
export const ack = (id, body) => post(`secrets/${id}/ack`, body, { keepalive: true });

/**
 * @param {string} id of a collected request
 * @param {{ link_proof: Bytes }} body
 * @returns {Promise<Answer<{}>>} the answer is in the team's vault, and this page cleared
 */
export const saved = (id, body) => post(`secrets/${id}/saved`, body, { keepalive: true });

/**
 * @param {string} id
 * @param {{ submit_proof: Bytes }} body
 * @returns {Promise<Answer<Asked>>} the form, or the receipt, as long as history lasts
 */
export const requestStatus = (id, body) => post(`requests/${id}/status`, body);

/**
 * @param {string} id
 * @param {{ submit_proof: Bytes, nonce: Bytes, blob: Bytes }} body
 *   nonce: 16 bytes; the same one again is the same submission
 * @returns {Promise<Answer<{}>>}
 */
export const submit = (id, body) => post(`requests/${id}/submit`, body);

/**
 * @param {string} id
 * @param {"withdraw" | "unexpected"} verb
 * @param {{ submit_proof: Bytes }} body
 * @returns {Promise<Answer<{}>>}
 */
export const takeBack = (id, verb, body) => post(`requests/${id}/${verb}`, body);

/**
 * @param {Record<string, unknown>} body as POST /api/secrets wants it
 * @returns {Promise<Answer<{ expires_at: number }>>}
 */
export const createSecret = (body) => post("secrets", body);

/**
 * @typedef {{ expires_at: number, language?: string | null }} Requested
 *   language: the customer's, where an earlier request is asked again
 *
 * @param {Record<string, unknown>} body as POST /api/requests wants it
 * @returns {Promise<Answer<Requested>>}
 */
export const createRequest = (body) => post("requests", body);

/**
 * Asks once more if the first answer got lost or was put off. Safe for a reveal too: the server
 * gives the same nonce the same bytes.
 *
 * @template T
 * @param {() => Promise<Answer<T>>} ask
 * @returns {Promise<Answer<T>>}
 */
export async function patiently(ask) {
  const answer = await ask();
  if (answer.kind !== "cut" && answer.kind !== "postponed") return answer;
  await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
  return ask();
}
