/**
 * Blocks as Slack draws them, near enough. Every one that the app uses; any other is drawn as what it
 * is: unknown here.
 *
 * @typedef {import("./press.js").Surface} Surface
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Control} Control
 * @typedef {import("./slack").ImageLike} ImageLike
 * @typedef {import("./slack").TextObject} TextObject
 * @typedef {import("./tree.js").Tree} Tree
 */
import { control } from "./controls.js";
import { input } from "./inputs.js";
import { richText } from "./richtext.js";
import { idOf } from "./state.js";
import { dataTable, plainTable } from "./tables.js";
import { text } from "./text.js";
import { h } from "./tree.js";
import { unknown } from "./unknown.js";
import { plain, worded } from "./words.js";

const LEVELS = new Set(["default", "info", "warning", "error", "success"]);

/**
 * A picture would be fetched from somewhere else, which this page never does: its description stands
 * in its place.
 *
 * @param {ImageLike | Block} image
 */
const image = ({ alt_text = "", title }) =>
  h("span", { class: "picture" }, text("picture", { text: (title && plain(title)) || alt_text }));

/**
 * @param {TextObject} object
 * @param {Record<string, string | null>} properties
 */
const words = (object, properties) => h("div", { dir: "auto", ...properties }, worded(object));

/**
 * @param {Surface} surface
 * @param {Block} block
 */
function section(surface, block) {
  const { text: object, fields = [], accessory } = block;
  const id = idOf(surface.id, block.block_id, "text");
  return h(
    "div",
    { class: "section" },
    h(
      "div",
      { class: "section-text" },
      object && words(object, { class: "words", id }),
      fields.length > 0 &&
        h(
          "div",
          { class: "facts" },
          fields.map((field) => words(field, { class: "words" })),
        ),
    ),
    accessory &&
      h(
        "div",
        { class: "accessory" },
        accessory.type === "image"
          ? image(/** @type {ImageLike} */ (accessory))
          : control(surface, block, /** @type {Control} */ (accessory)),
      ),
  );
}

/** @param {Block} block */
function context({ elements = [] }) {
  const parts = /** @type {(TextObject | ImageLike)[]} */ (elements);
  return h(
    "div",
    { class: "context" },
    parts.map((part) => (part.type === "image" ? image(part) : words(part, { class: "words" }))),
  );
}

/** @type {Record<string, (surface: Surface, block: Block) => Tree>} */
const BLOCKS = {
  section,
  input,
  context: (_, block) => context(block),
  divider: () => h("hr", {}),
  header: (_, block) => h("h3", { dir: "auto" }, plain(block.text)),
  actions: (surface, block) =>
    h(
      "div",
      { class: "actions" },
      /** @type {Control[]} */ (block.elements ?? []).map((one) => control(surface, block, one)),
    ),
  rich_text: (_, block) => richText(block.elements ?? []),
  table: (_, block) => plainTable(block),
  data_table: (surface, block) => dataTable(block, surface.id),
  alert: (_, block) => {
    const level = LEVELS.has(block.level ?? "") ? block.level : "default";
    return h(
      "div",
      { class: `alert ${level}`, role: "note" },
      block.text && words(block.text, { class: "words" }),
    );
  },
  image: (_, block) => image(block),
};

/**
 * @param {Surface} surface
 * @param {Block[]} list
 * @returns {Tree[]}
 */
export const blocks = (surface, list) =>
  list.map((block) => {
    const make = Object.hasOwn(BLOCKS, block.type) ? BLOCKS[block.type] : undefined;
    const drawn = make ? make(surface, block) : unknown("unknown_block", block.type);
    return h("div", { key: block.block_id, class: "block", "data-block": block.block_id }, drawn);
  });
