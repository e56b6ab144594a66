/**
 * What people write beside a secret, on one line and without tricks: storage/texts.py for the
 * browser, so that a name in a message to copy, which no server sees, is as clean as a label.
 */

/** As Python's str.split() takes them: more than \s knows, but for U+FEFF, which is dropped anyway. */
const SPACES = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}]/gu;
/** Letters, marks and symbols that show nothing although their category says otherwise. */
const BLANK =
  /^[\p{Cc}\p{Cf}\p{Cs}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]*$/u;

/** Of labels, questions and names, in characters. */
export const LINE_LIMIT = 80;

/** @param {string} text */
const folded = (text) => text.split(SPACES).filter(Boolean).join(" ");

/**
 * @param {string} text
 * @returns {boolean} whether a reader would see nothing
 */
export const isBlank = (text) => BLANK.test(text);

/**
 * @param {string} typed
 * @returns {string} on one line, without characters that hide, reorder or break text; maybe empty
 */
export function clean(typed) {
  const shown = folded(folded(typed).replace(HIDDEN, ""));
  return isBlank(shown) ? "" : shown;
}

/**
 * @param {string} text
 * @returns {number} characters as Python counts them
 */
export const lengthOf = (text) => [...text].length;
