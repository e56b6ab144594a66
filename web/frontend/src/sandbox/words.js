/**
 * Text objects: plain_text, in which nothing is a format, and mrkdwn.
 *
 * @typedef {import("./slack").TextObject} TextObject
 * @typedef {import("./tree.js").Node} Node
 */
import { mrkdwn } from "./mrkdwn.js";
import { named } from "./state.js";
import { decode } from "./tokens.js";

export const clock = () => ({ now: Date.now(), locale: globalThis.navigator?.language });

/**
 * @param {TextObject | null | undefined} object
 * @returns {string} of plain_text, as it is shown
 */
export const plain = (object) => decode(object?.text ?? "");

/**
 * @param {string} text
 * @param {boolean} verbatim whether addresses without brackets stay text
 * @returns {Node[]}
 */
export const rich = (text, verbatim = false) => mrkdwn(text, { named, verbatim, clock: clock() });

/**
 * @param {TextObject} object
 * @returns {Node[]}
 */
export const worded = (object) =>
  object.type === "mrkdwn" ? rich(object.text, object.verbatim === true) : [plain(object)];
