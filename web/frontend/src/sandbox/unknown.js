import { text } from "./text.js";
import { h } from "./tree.js";

/** @type {Set<string>} */
const reported = new Set();

/**
 * What this page cannot draw is said aloud: a sandbox that leaves something out would lie about the app.
 *
 * @param {"unknown_block" | "unknown_element" | "unknown_rich_text"} what
 * @param {string} type
 */
export function unknown(what, type) {
  const said = text(what, { type });
  if (!reported.has(said)) console.error(said);
  reported.add(said);
  return h("div", { class: "unknown" }, said);
}
