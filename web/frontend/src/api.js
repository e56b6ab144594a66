/**
 * The server, as the share page sees it. The only file that calls fetch: what leaves the page can
 * be read here. Refusals are values, since "already opened" is a normal Tuesday.
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
 *
 * @typedef {{ blob: string }} Revealed  base64url
 * @typedef {"viewed" | "expired" | "burned" | "lost" | "tampered"} Reason
 *
 * @typedef {{ kind: "gone", reason: Reason | null, at: number | null }
 *   | { kind: "limited", seconds: number }
 *   | { kind: "postponed" }
 *   | { kind: "cut" }
 *   | { kind: "wrong", triesLeft: number }
 *   | { kind: "locked" }
 *   | { kind: "refused" }} Refusal
 *   gone: 404 and 410, a reason only with 410; limited: 429; postponed: 503, nothing was shown;
 *   cut: no answer, half of one, or a proxy's; wrong: the passphrase was; locked: there is one, and
 *   none was proven; refused: what a retry would not change
 */

/**
 * @template T
 * @typedef {{ kind: "ok", body: T } | Refusal} Answer
 */
import { toBase64url } from "./bytes.js";

const PATIENCE = 20_000;
const TICKET_PATIENCE = 5000;
const RETRY_AFTER = 700;
const LONGEST_WAIT = 3600;
const DEFAULT_WAIT = 30;
/** @type {readonly unknown[]} */
const REASONS = ["viewed", "expired", "burned", "lost", "tampered"];

/**
 * @param {Response} response anything but 200
 * @returns {Promise<Refusal>}
 */
async function refusal(response) {
  if (response.status === 404) return { kind: "gone", reason: null, at: null };
  if (response.status === 410) {
    const error = Object((await response.json()).error);
    const reason = REASONS.includes(error.reason) ? error.reason : null;
    return { kind: "gone", reason, at: Number.isSafeInteger(error.at) ? error.at : null };
  }
  if (response.status === 429) {
    const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    return { kind: "limited", seconds: Math.min(seconds || DEFAULT_WAIT, LONGEST_WAIT) };
  }
  if (response.status === 503) return { kind: "postponed" };
  if (response.status === 403) return forbidden(await response.json().catch(() => null));
  return { kind: response.status >= 500 ? "cut" : "refused" };
}

/**
 * @param {unknown} body of a 403; a proxy's own says nothing to us
 * @returns {Refusal}
 */
function forbidden(body) {
  const error = Object(Object(body).error);
  if (error.code === "passphrase_required") return { kind: "locked" };
  if (error.code === "wrong_passphrase" && Number.isSafeInteger(error.tries_left))
    return { kind: "wrong", triesLeft: error.tries_left };
  return { kind: "refused" };
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {{ keepalive?: boolean, patience?: number }} how patience: milliseconds
 * @returns {Promise<Response>}
 */
const send = (path, body, { keepalive = false, patience = PATIENCE }) =>
  fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    keepalive,
    signal: AbortSignal.timeout?.(patience) ?? null,
  });

/**
 * @template T
 * @param {string} id
 * @param {"status" | "reveal" | "ack"} verb
 * @param {Record<string, Bytes>} body
 * @returns {Promise<Answer<T>>}
 */
async function post(id, verb, body) {
  const written = Object.entries(body).map(([name, bytes]) => [name, toBase64url(bytes)]);
  try {
    // The page may be closed right after the reveal; the confirmation should still arrive.
    const how = { keepalive: verb === "ack" };
    const response = await send(`/api/secrets/${id}/${verb}`, Object.fromEntries(written), how);
    if (!response.ok) return await refusal(response);
    return { kind: "ok", body: verb === "ack" ? null : await response.json() };
  } catch {
    return { kind: "cut" };
  }
}

/**
 * Trades a ticket from Slack for a session, so that the status knows its reader. Whatever becomes of
 * it, the page goes on: a used or forged ticket makes a stranger of its reader, no more.
 *
 * @param {string} ticket
 * @returns {Promise<void>}
 */
export async function session(ticket) {
  await send("/api/session", { ticket }, { patience: TICKET_PATIENCE }).catch(() => {});
}

/**
 * @param {string} id
 * @param {{ link_proof: Bytes }} body
 * @returns {Promise<Answer<Status>>} changes nothing on the server
 */
export const status = (id, body) => post(id, "status", body);

/**
 * @param {string} id
 * @param {{ link_proof: Bytes, nonce: Bytes, passphrase_proof?: Bytes }} body
 *   nonce: 16 bytes; the same one may ask again
 * @returns {Promise<Answer<Revealed>>}
 */
export const reveal = (id, body) => post(id, "reveal", body);

/**
 * @param {string} id
 * @param {{ link_proof: Bytes, nonce: Bytes }} body of the reveal that arrived
 * @returns {Promise<Answer<null>>}
 */
export const ack = (id, body) => post(id, "ack", body);

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
