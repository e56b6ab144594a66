/**
 * The ready-made messages to customers, in each language that there is: bot/ready.py for the browser,
 * from the same texts. The page around them is the agent's, in English.
 *
 * @typedef {{ name: string, days: string[], message: Record<string, string> }} Words
 *   name: the language's own; days: how a date is written, for each month
 */
import { clean } from "./lines.js";
import { fill } from "./text.js";

/** By the language's code. @type {Record<string, Words>} */
const known = {};

/** @param {Record<string, Words>} languages */
export const learn = (languages) => Object.assign(known, languages);

/** @returns {[code: string, name: string][]} what there is to choose from */
export const languages = () =>
  Object.entries(known).map(([code, { name }]) => /** @type {[string, string]} */ ([code, name]));

/**
 * @param {string | null} language null: nobody chose one
 * @returns {Words}
 */
const words = (language) =>
  /** @type {Words} */ (
    (language && Object.hasOwn(known, language) && known[language]) || known.en
  );

/**
 * @param {string | null} language
 * @param {string} key
 * @param {Record<string, string>} slots
 */
const said = (language, key, slots) => fill(words(language).message[key] ?? "", slots).join("");

/**
 * A moment for texts to copy, the same in every time zone.
 *
 * @param {number} seconds Unix time
 * @param {string | null} [language]
 * @returns {string} e.g. 24 November 2026, 16:00 UTC
 */
export function utcDate(seconds, language = null) {
  const when = new Date(seconds * 1000);
  const slots = { day: String(when.getUTCDate()), year: String(when.getUTCFullYear()) };
  const day = fill(words(language).days[when.getUTCMonth()] ?? "", slots).join("");
  return said(language, "date", { day, time: when.toISOString().slice(11, 16) });
}

/**
 * @param {string | null} language
 * @param {string} [name] the customer's, as typed
 */
const hello = (language, name = "") =>
  said(language, clean(name) ? "hello" : "hello_nobody", { name: clean(name) });

/**
 * It never holds the passphrase.
 *
 * @param {{ link: string, expiresAt: number, singleUse: boolean, locked: boolean }} made
 * @param {string | null} [language]
 * @returns {string}
 */
export function shareMessage({ link, expiresAt, singleUse, locked }, language = null) {
  const slots = { hello: hello(language), link, date: utcDate(expiresAt, language) };
  const keys = ["share", ...(singleUse ? ["share_once", "share_care"] : ["share_often"])];
  if (locked) keys.push("share_passphrase");
  return keys.map((key) => said(language, key, slots)).join(" ");
}

/**
 * @param {{ name: string, link: string, expiresAt: number }} about name: as typed, maybe empty
 * @param {string | null} [language]
 * @returns {string}
 */
export const requestMessage = ({ name, link, expiresAt }, language = null) =>
  said(language, "request", {
    hello: hello(language, name),
    link,
    date: utcDate(expiresAt, language),
  });

/**
 * @param {string | null} language
 * @returns {string} what to tell a customer whose answer was collected
 */
export const replyMessage = (language) => said(language, "reply", {});
