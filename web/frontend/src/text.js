/**
 * The words of the share page, from the catalogue of its language (src/locales). Texts are plain:
 * what stands in braces is filled with text or with elements, never with markup.
 *
 * @typedef {keyof typeof import("./locales/en.json").share} Key
 */
import { share as catalogue } from "./locales/en.json";

/**
 * @param {Key} key
 * @returns {string}
 */
export const text = (key) => catalogue[key];

/**
 * @param {Key} key
 * @param {Record<string, string | Node>} slots by the name between the braces
 * @returns {(string | Node)[]} ready for `append`
 */
export const phrase = (key, slots) =>
  text(key)
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 1 ? (slots[part] ?? "") : part));
