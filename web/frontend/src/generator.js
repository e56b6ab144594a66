/**
 * Passphrases that nobody thought up: words that are easy to tell on the telephone, or characters.
 * The words are BIP39's English ones, 2,048 that differ within their first four letters.
 */
import { wordlist } from "@scure/bip39/wordlists/english.js";

export { wordlist };

const WORDS = 6;
const LETTERS = 20;
/** Without those that look like others: 0 and O, 1, l and I. */
const ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const RANGE = 2 ** 32;

/**
 * A random index. Values above the last whole multiple are drawn again: a remainder of the range
 * would make the first ones likelier.
 *
 * @param {number} limit
 * @param {() => number} [draw] gives 32 random bits
 * @returns {number} from 0 to limit - 1, each as likely as any other
 */
export function below(limit, draw = randomBits) {
  const whole = RANGE - (RANGE % limit);
  for (;;) {
    const drawn = draw();
    if (drawn < whole) return drawn % limit;
  }
}

/** @returns {number} */
const randomBits = () => crypto.getRandomValues(new Uint32Array(1))[0] ?? RANGE;

/**
 * @param {ArrayLike<string>} from
 * @param {number} count
 * @returns {string[]}
 */
const drawn = (from, count) => Array.from({ length: count }, () => from[below(from.length)] ?? "");

/** @returns {string} six words, 66 bits; hyphens, since a line that breaks would eat a space */
export const words = () => drawn(wordlist, WORDS).join("-");

/** @returns {string} 20 characters, 116 bits */
export const characters = () => drawn(ALPHABET, LETTERS).join("");
