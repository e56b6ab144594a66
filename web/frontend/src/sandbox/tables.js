/**
 * table and data_table. A data_table has a caption and pages; where a page stands is kept here.
 *
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Cell} Cell
 */
import { richText } from "./richtext.js";
import { redraw } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";
import { unknown } from "./unknown.js";

const ROWS_A_PAGE = 5;

/** By surface and block. @type {Map<string, number>} */
const pages = new Map();

/** @param {Cell} cell */
function shown(cell) {
  if (cell.type === "rich_text") return richText(cell.elements ?? []);
  if (cell.type === "raw_text" || cell.type === "raw_number")
    return h("bdi", {}, cell.text ?? String(cell.value ?? ""));
  return unknown("unknown_element", cell.type);
}

/**
 * @param {Block} block
 * @param {{ rows: Cell[][], heading: number | null, caption: string | undefined }} what
 *   heading: the column that names a row, if one does
 */
function table({ column_settings = [], rows: [first = []] = [] }, { rows, heading, caption }) {
  const column = (/** @type {number} */ at) => {
    const { align = "left", is_wrapped = false } = column_settings[at] ?? {};
    return is_wrapped ? `align-${align} wrapped` : `align-${align}`;
  };
  const row = (/** @type {Cell[]} */ cells) =>
    cells.map((cell, at) =>
      at === heading
        ? h("th", { scope: "row", class: column(at) }, shown(cell))
        : h("td", { class: column(at) }, shown(cell)),
    );
  return h(
    "div",
    // Wider than its place, it scrolls; a keyboard needs a way in.
    { class: "table", "data-scrolls": true },
    h(
      "table",
      {},
      caption !== undefined && h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          first.map((cell, at) => h("th", { scope: "col", class: column(at) }, shown(cell))),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((cells) => h("tr", {}, row(cells))),
      ),
    ),
  );
}

/** @param {Block} block */
export const plainTable = (block) =>
  table(block, { rows: (block.rows ?? []).slice(1), heading: null, caption: undefined });

/**
 * @param {Block} block
 * @param {string} surface
 */
export function dataTable(block, surface) {
  const key = `${surface}\0${block.block_id}`;
  const rows = (block.rows ?? []).slice(1);
  const size = block.page_size ?? ROWS_A_PAGE;
  const last = Math.max(0, Math.ceil(rows.length / size) - 1);
  const page = Math.min(pages.get(key) ?? 0, last);
  /** @param {number} to */
  const turn = (to) => {
    pages.set(key, to);
    redraw();
  };
  const from = page * size;
  const shownRows = rows.slice(from, from + size);
  /**
   * @param {"table_before" | "table_after"} word
   * @param {number} to
   */
  const turner = (word, to) => {
    const possible = to >= 0 && to <= last;
    const disabled = possible ? null : "true";
    return h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-disabled": disabled,
        onclick: () => possible && turn(to),
      },
      text(word),
    );
  };
  const where = text("table_rows", {
    from: from + 1,
    to: from + shownRows.length,
    all: rows.length,
  });
  return h(
    "div",
    {},
    table(block, {
      rows: shownRows,
      heading: block.row_header_column_index ?? 0,
      caption: block.caption ?? "",
    }),
    last > 0 &&
      h(
        "div",
        { class: "turn" },
        turner("table_before", page - 1),
        h("span", {}, where),
        turner("table_after", page + 1),
      ),
  );
}
