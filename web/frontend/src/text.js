/**
 * The words of a page, from the catalogue of its language (src/locales). Pages have sections of
 * their own, so that none carries another's texts; where two say a thing of the same name in their
 * own words, as when a connection breaks, its key is the same. Texts are plain: what stands in
 * braces is filled with text or with elements, never with markup.
 *
 * @typedef {typeof import("./locales/en.json")} Sections
 * @typedef {{ [Name in keyof Sections]: keyof Sections[Name] }[keyof Sections]} Key
 */

/** @type {Record<string, string>} */
const catalogue = {};

/**
 * Says which texts this page has; to be called before any is asked for.
 *
 * @param {...Record<string, string>} sections a later one's words win
 */
export const speak = (...sections) => Object.assign(catalogue, ...sections);

/**
 * @param {Key} key
 * @returns {string}
 */
export const text = (key) => /** @type {string} */ (catalogue[key]);

/**
 * @param {Key} key
 * @param {Record<string, string | Node>} slots by the name between the braces
 * @returns {(string | Node)[]} ready for `append`
 */
export const phrase = (key, slots) =>
  text(key)
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 1 ? (slots[part] ?? "") : part));
