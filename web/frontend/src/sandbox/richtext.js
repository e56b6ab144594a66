/**
 * rich_text: what Slack's own editor writes. Its texts are literal: no entity and no mark in them means
 * anything.
 *
 * @typedef {import("./slack").RichElement} RichElement
 * @typedef {import("./slack").RichPart} RichPart
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./tree.js").Tree} Tree
 */
import { slackDate } from "./dates.js";
import { named } from "./state.js";
import { harmless } from "./tokens.js";
import { h } from "./tree.js";
import { unknown } from "./unknown.js";
import { clock } from "./words.js";

/** @type {[style: "code" | "strike" | "italic" | "bold", tag: string][]} */
const STYLES = [
  ["code", "code"],
  ["strike", "s"],
  ["italic", "i"],
  ["bold", "b"],
];

/** @param {string} hex code points, e.g. 1f3f3-fe0f */
function emoji(hex) {
  const points = hex.split("-").map((point) => Number.parseInt(point, 16));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : null;
}

/** @type {Record<string, (part: RichPart) => Node>} */
const PARTS = {
  text: ({ text = "" }) => text,
  link: ({ url = "", text }) => {
    const href = harmless(url);
    const shown = text || url;
    if (href === null) return shown;
    return h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, shown);
  },
  user: ({ user_id = "" }) => h("span", { class: "mention" }, `@${named(user_id)}`),
  channel: ({ channel_id = "" }) => h("span", { class: "mention" }, `#${channel_id}`),
  broadcast: ({ range = "" }) => h("span", { class: "mention" }, `@${range}`),
  emoji: ({ name = "", unicode }) => (unicode && emoji(unicode)) || `:${name}:`,
  date: ({ timestamp, format = "", fallback = "" }) => {
    const written = slackDate(String(timestamp), format, clock());
    return written ? h("time", { datetime: written.iso, title: fallback }, written.text) : fallback;
  },
};

/**
 * @param {RichPart} part
 * @returns {Node}
 */
function part(part) {
  const make = PARTS[part.type];
  if (make === undefined) return unknown("unknown_rich_text", part.type);
  const styles = STYLES.filter(([style]) => part.style?.[style]);
  return styles.reduce((inner, [, tag]) => h(tag, {}, inner), make(part));
}

/** @param {RichElement} element */
const parts = (element) => element.elements.map((one) => part(/** @type {RichPart} */ (one)));

/**
 * There is no button to copy it, as in Slack; by keyboard, "select all" in it means it.
 *
 * @param {KeyboardEvent} event
 */
function selectAll(event) {
  if (event.key !== "a" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  getSelection()?.selectAllChildren(/** @type {globalThis.Node} */ (event.currentTarget));
}

/** @param {RichElement} list */
function list(list) {
  const ordered = list.style === "ordered";
  const level = `indent-${Math.min(list.indent ?? 0, 8)}`;
  const items = list.elements.map((one) => h("li", {}, rich(/** @type {RichElement} */ (one))));
  const start = ordered && list.offset ? String(list.offset + 1) : null;
  return h(ordered ? "ol" : "ul", { class: level, start }, items);
}

/**
 * @param {RichElement} element
 * @returns {Node | Node[]}
 */
function rich(element) {
  switch (element.type) {
    case "rich_text_section":
      return h("div", {}, parts(element));
    case "rich_text_preformatted":
      return h("pre", { tabindex: "0", onkeydown: selectAll }, parts(element));
    case "rich_text_quote":
      return h("blockquote", {}, parts(element));
    case "rich_text_list":
      return list(element);
    default:
      return unknown("unknown_rich_text", element.type);
  }
}

/**
 * @param {unknown[]} elements
 * @returns {Tree}
 */
export const richText = (elements) =>
  h("div", { class: "rich", dir: "auto" }, /** @type {RichElement[]} */ (elements).map(rich));
