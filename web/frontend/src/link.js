/**
 * Links: `/<kind>/<id>#<token>` (docs/protocol.md, "Links"). A page reads its own address here and
 * refuses a damaged one before it sends anything.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {"s" | "r" | "c"} Kind  share, request, collect
 * @typedef {{ id: string, key: Bytes }} Link  key: K, the 32 bytes that only the fragment carries:
 *   random in a share's link, SHA-256 of the public key in a request's, the seed in a collect link
 */
import { concat, fromBase64url, same, toBase64url, utf8 } from "./bytes.js";

const VERSION = Uint8Array.of(1);
const KEY_BYTES = 32;
const CHECKSUM_BYTES = 3;
const TAG_LETTERS = 4;
const ID_BYTES = 16;
const ID = /^[\w-]{26}$/;
const PATH = /^\/(\w)\/([^/]*)$/;

/** What a Slack button adds behind the token; a lone full stop is a damaged link. */
const TICKET = /\.[\w-]+$/;

/** What the fragment becomes once a single-use secret was shown. */
export const OPENED = "#opened";

/**
 * @param {string} from an id of the workspace, or its tag alone
 * @returns {string} a new id
 */
export const newId = (from) =>
  from.slice(0, TAG_LETTERS) + toBase64url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));

/**
 * @param {Kind} kind
 * @param {string} id
 * @param {string} token
 */
export const address = (kind, id, token) => `${location.origin}/${kind}/${id}#${token}`;

/**
 * @param {string} id
 * @returns {boolean} whether it is a tag (4 letters) and 16 bytes in base64url
 */
const isId = (id) => ID.test(id) && fromBase64url(id.slice(TAG_LETTERS)) !== null;

/**
 * The first 3 bytes of SHA-256 over kind, version, id and K: it covers the path as well as the
 * fragment, so a link pasted together from two is refused like a cut one.
 *
 * @param {Kind} kind
 * @param {string} id
 * @param {Bytes} key
 * @returns {Promise<Bytes>}
 */
async function checksum(kind, id, key) {
  const covered = concat(utf8(`slash-secret/1/checksum|${kind}`), VERSION, utf8(id), key);
  const digest = await crypto.subtle.digest("SHA-256", covered);
  return new Uint8Array(digest, 0, CHECKSUM_BYTES);
}

/**
 * @param {Kind} kind
 * @param {string} id
 * @param {Bytes} key 32 bytes
 * @returns {Promise<string>} 48 characters
 */
export async function makeToken(kind, id, key) {
  return toBase64url(concat(VERSION, key, await checksum(kind, id, key)));
}

/**
 * Mail programs cut `-` and `_` off the end of a link: a new K is made until its token ends well.
 *
 * @param {string} token
 * @returns {boolean} whether the last character is a letter or a digit
 */
export const endsWell = (token) => /[^\W_]$/.test(token);

/**
 * @param {Kind} kind
 * @param {string} id
 * @param {string} token
 * @returns {Promise<Link | null>} null when id or token is damaged
 */
export async function parseLink(kind, id, token) {
  const bytes = isId(id) ? fromBase64url(token) : null;
  if (bytes?.length !== VERSION.length + KEY_BYTES + CHECKSUM_BYTES) return null;
  if (!same(bytes.subarray(0, 1), VERSION)) return null;
  const key = bytes.slice(1, 1 + KEY_BYTES);
  return same(bytes.subarray(1 + KEY_BYTES), await checksum(kind, id, key)) ? { id, key } : null;
}

/**
 * @param {Kind} kind
 * @param {{ pathname: string }} address `location`, or the same of a URL
 * @returns {string | null} the id that the path names; null when it is none, or of another kind
 */
export function idIn(kind, { pathname }) {
  const [, letter, id = ""] = PATH.exec(pathname) ?? [];
  return letter === kind && isId(id) ? id : null;
}

/**
 * @param {Kind} kind
 * @param {{ pathname: string, hash: string }} address `location`, or the same of a URL
 * @returns {Promise<Link | null>} null when anything about it is damaged
 */
export async function readLink(kind, { pathname, hash }) {
  const id = idIn(kind, { pathname });
  return id === null ? null : parseLink(kind, id, hash.slice(1));
}

/**
 * @param {string} hash of an address, e.g. `#<token>.<ticket>`
 * @returns {{ hash: string, ticket: string | null }} the address's hash without the ticket
 */
export function withoutTicket(hash) {
  const found = TICKET.exec(hash)?.[0];
  if (!found) return { hash, ticket: null };
  return { hash: hash.slice(0, -found.length), ticket: found.slice(1) };
}
