/**
 * Input blocks: label, field, hint, what is wrong. A field's name is exactly the label's text.
 *
 * @typedef {import("./fields.js").Field} Field
 * @typedef {import("./press.js").Surface} Surface
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Control} Control
 * @typedef {import("./slack").Value} Value
 */
import { checkboxes, day, radios, select, typed } from "./fields.js";
import { left } from "./forms.js";
import { press } from "./press.js";
import { idOf, redraw } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";
import { unknown } from "./unknown.js";
import { plain } from "./words.js";

/** @type {Record<string, (field: Field, described: Record<string, string | null>) => import("./tree.js").Tree>} */
const FIELDS = {
  plain_text_input: typed,
  static_select: select,
  datepicker: day,
  radio_buttons: radios,
  checkboxes,
};
const GROUPS = new Set(["radio_buttons", "checkboxes"]);

/**
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 * @param {Value} value
 */
function onpick(surface, block, control, value) {
  surface.form.set(block, control, value);
  redraw();
  if (block.dispatch_action && control.type !== "plain_text_input")
    void press(surface, block, control, value);
}

/** @param {number} rest characters, negative if there are too many */
function roomFor(rest) {
  const count = Math.abs(rest);
  if (rest < 0) return count === 1 ? text("field_over_one") : text("field_over", { count });
  return count === 1 ? text("field_left_one") : text("field_left", { count });
}

/**
 * @param {Surface} surface
 * @param {Block} block
 */
export function input(surface, block) {
  const control = block.element;
  const make = FIELDS[control?.type ?? ""];
  if (control === undefined || make === undefined)
    return unknown("unknown_element", control?.type ?? "");
  const label = plain(block.label);
  const error = surface.form.error(block, surface.errors);
  const rest = left(control, surface.form.get(block, control));
  const name = (/** @type {string} */ part) => idOf(surface.id, block.block_id, part);
  const about = [error && name("error"), block.hint && name("hint"), rest !== null && name("left")];
  const isGroup = GROUPS.has(control.type);
  const described = {
    id: name("field"),
    // A label element names a field, but no group.
    "aria-labelledby": isGroup ? name("label") : null,
    "aria-describedby": about.filter(Boolean).join(" ") || null,
    "aria-invalid": error ? "true" : null,
    "aria-required": block.optional || control.type === "checkboxes" ? null : "true",
  };
  const suffix = block.optional && !/\(optional\)\s*$/i.test(label);
  const named = { id: name("label"), class: "label", dir: "auto" };
  return h(
    "div",
    { class: "input" },
    h(
      "div",
      { class: "label-row" },
      isGroup ? h("span", named, label) : h("label", { ...named, for: name("field") }, label),
      suffix && h("span", { class: "soft", "aria-hidden": "true" }, ` ${text("optional")}`),
    ),
    make({ surface, block, control, onpick }, described),
    rest !== null &&
      h("p", { id: name("left"), class: rest < 0 ? "rest error" : "rest" }, roomFor(rest)),
    error && h("p", { id: name("error"), class: "error" }, error),
    block.hint && h("p", { id: name("hint"), class: "hint", dir: "auto" }, plain(block.hint)),
  );
}
