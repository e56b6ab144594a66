/**
 * The words of a page, from the catalogue of its language (src/locales). Pages have sections of
 * their own, so that none carries another's texts; where two say a thing of the same name in their
 * own words, as when a connection breaks, its key is the same. Texts are plain: what stands in
 * braces is filled with text or with elements, never with markup.
 *
 * @typedef {typeof import("./locales/en.json")} Sections
 * @typedef {{ [Name in keyof Sections]: keyof Sections[Name] }[keyof Sections]} Key
 */

/**
 * A text that counts has a form for each kind of number that its language tells apart.
 *
 * @typedef {Record<string, string | Record<string, string>>} Section
 * @type {Section}
 */
const catalogue = {};

/**
 * Says which texts this page has; to be called before any is asked for.
 *
 * @param {...Section} sections a later one's words win
 */
export const speak = (...sections) => Object.assign(catalogue, ...sections);

/**
 * @param {Key} key
 * @returns {string}
 */
export const text = (key) => /** @type {string} */ (catalogue[key]);

/**
 * @template {string | Node} Slot
 * @param {string} words
 * @param {Record<string, Slot>} slots by the name between the braces
 * @returns {(string | Slot)[]}
 */
export const fill = (words, slots) =>
  words.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 1 ? (slots[part] ?? "") : part));

/**
 * @param {Key} key
 * @param {Record<string, string | Node>} slots
 * @returns {(string | Node)[]} ready for `append`
 */
export const phrase = (key, slots) => fill(text(key), slots);

/** For dates and numbers: British ones in English, and the digits of the messages everywhere. */
export const locale = () => `${document.documentElement.lang.replace(/^en$/, "en-GB")}-u-nu-latn`;

/**
 * @param {Key} key of a text that counts
 * @param {string} slot that the number fills
 * @param {number} count
 * @returns {(string | Node)[]}
 */
export function counted(key, slot, count) {
  const forms = Object(catalogue[key]);
  const kind = new Intl.PluralRules(locale()).select(count);
  return fill(forms[kind] ?? forms.other, { [slot]: count.toLocaleString(locale()) });
}
