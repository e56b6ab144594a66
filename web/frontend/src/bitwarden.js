/**
 * What was sent, in the order of a Bitwarden login item, and as the item itself: the JSON that
 * `bw encode | bw create item` takes (the CLI's templates item, item.login, item.login.uri, item.field
 * and item.secureNote). Pure; what strangers wrote is data in it, never a link that somebody follows.
 *
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./content.js").Field} Field
 * @typedef {{ name: string, value: string, type: 0 | 1 }} CustomField  text, hidden
 * @typedef {object} Item
 * @property {null} organizationId
 * @property {null} collectionIds
 * @property {null} folderId
 * @property {1 | 2} type  login, secure note
 * @property {string} name
 * @property {string | null} notes
 * @property {false} favorite
 * @property {CustomField[]} fields
 * @property {{ uris: { match: null, uri: string }[], username: string | null,
 *   password: string | null, totp: null } | null} login
 * @property {{ type: 0 } | null} secureNote
 * @property {0} reprompt
 */
import { utf8 } from "./bytes.js";

const ORDER = ["Login page", "Username", "Password", "Notes"];
/** More than anybody asks for: from here on, one box holds the rest. */
const MOST = 20;
/** Bitwarden keeps 10,000 characters of an encrypted note: what that leaves for its text. */
const NOTES_MAX = 7400;

/** @param {string} value */
const isBlank = (value) => value.trim() === "";

/** @param {Field[]} fields */
const lines = (fields) => fields.map(({ name, value }) => `${name}:\n${value}`).join("\n\n");

/**
 * @param {Field[]} fields
 * @returns {Field[]} the first of each name that a login item has, then the others as they came
 */
function sorted(fields) {
  const known = ORDER.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  return [...known, ...fields.filter((field) => !known.includes(field))];
}

/**
 * @param {Content} content
 * @param {{ nameless: string, more: string }} words for a field without a name, and for the rest
 * @returns {{ content: Content, blank: string[] }} what is shown, in order; names of what was left blank
 */
export function inOrder(content, { nameless, more }) {
  if ("text" in content) return { content, blank: [] };
  const named = sorted(content.fields).map(({ name, value }) => ({
    name: isBlank(name) ? nameless : name,
    value,
  }));
  const filled = named.filter(({ value }) => !isBlank(value));
  const rest = filled.slice(MOST);
  const shown = filled.slice(0, MOST);
  if (rest.length > 0) shown.push({ name: more, value: lines(rest) });
  const blank = named.filter(({ value }) => isBlank(value)).map(({ name }) => name);
  return { content: { ...content, fields: shown }, blank: blank.slice(0, MOST) };
}

/**
 * A login page that Bitwarden may open and match. Anything else is kept as text beside it.
 *
 * @param {string} value
 */
const isAddress = (value) =>
  /^https?:\/\/[^\s]+$/i.test(value) || /^[\w-]+(\.[\w-]+)+(:\d+)?(\/\S*)?$/.test(value);

/** @param {string} value */
const isLine = (value) => !/[\n\r]/.test(value);

/**
 * @param {Content} content
 * @param {string} name of the item
 * @returns {Item} a login where one of its fields came, else a secure note
 */
export function itemOf(content, name) {
  const fields = "text" in content ? [] : sorted(content.fields).filter((f) => !isBlank(f.value));
  /** @param {string} key */
  const first = (key) => fields.find((field) => field.name === key)?.value ?? null;
  const page = first("Login page")?.trim() ?? "";
  const uris = isAddress(page) ? [{ match: null, uri: page }] : [];
  const [username, password] = [first("Username"), first("Password")];
  const isLogin = page !== "" || username !== null || password !== null;
  const taken = new Set(["Username", "Password", "Notes", ...uris.map(() => "Login page")]);
  const others = fields.filter((field) => !taken.delete(field.name));
  const notes = [
    "text" in content ? content.text : (first("Notes") ?? ""),
    // A custom field has one line, and Bitwarden's form would drop the breaks.
    lines(others.filter(({ value }) => !isLine(value))),
    // A note keeps line breaks, too; an attachment would need a file on disk.
    content.file ? `${content.file.name}:\n${content.file.text}` : "",
  ].filter((part) => part !== "");
  return {
    organizationId: null,
    collectionIds: null,
    folderId: null,
    type: isLogin ? 1 : 2,
    name,
    notes: notes.join("\n\n") || null,
    favorite: false,
    fields: others
      .filter(({ value }) => isLine(value))
      // Hidden: nobody knows what it is but whoever asked for it.
      .map(({ name: key, value }) => ({ name: key, value, type: key === "Login page" ? 0 : 1 })),
    login: isLogin ? { uris, username, password, totp: null } : null,
    secureNote: isLogin ? null : { type: 0 },
    reprompt: 0,
  };
}

/**
 * @param {Item} item
 * @returns {boolean} whether Bitwarden will refuse its notes as too long
 */
export const isTooLong = ({ notes }) => utf8(notes ?? "").length > NOTES_MAX;
