/**
 * The words of the sandbox page, from the catalogue of its language (locales). Texts are plain: what
 * stands in braces is filled with text, never with markup. What the app says is not among them.
 *
 * @typedef {keyof typeof import("./locales/en.json").sandbox} Key
 */
import { sandbox as catalogue } from "./locales/en.json";

/**
 * @param {Key} key
 * @param {Record<string, string | number>} slots by the name between the braces
 * @returns {string}
 */
export const text = (key, slots = {}) =>
  catalogue[key].replace(/\{(\w+)\}/g, (whole, name) => String(slots[name] ?? whole));
