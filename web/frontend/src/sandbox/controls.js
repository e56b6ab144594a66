/**
 * What can be pressed or chosen outside of a form's fields: buttons, selects, overflow menus.
 *
 * @typedef {import("./press.js").Surface} Surface
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Control} Control
 */
import { checkboxes, radios, select } from "./fields.js";
import { menuButton } from "./menu.js";
import { press, pressKey } from "./press.js";
import { idOf, state } from "./state.js";
import { text } from "./text.js";
import { harmless } from "./tokens.js";
import { h } from "./tree.js";
import { unknown } from "./unknown.js";
import { plain } from "./words.js";

/**
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 */
function button(surface, block, control) {
  const busy = state.busy.has(pressKey(surface, block, control));
  const common = {
    class: ["button", control.style, busy && "busy"].filter(Boolean).join(" "),
    "aria-label": control.accessibility_label,
    "aria-disabled": busy ? "true" : null,
  };
  const href = control.url ? harmless(control.url) : null;
  const label = h("bdi", {}, plain(control.text));
  if (href === null) {
    const onclick = () => !busy && press(surface, block, control);
    return h("button", { type: "button", ...common, onclick }, label);
  }
  const onclick = async (/** @type {Event} */ event) => {
    // The browser opens it, unless the app wants a question asked before.
    const asked = control.confirm !== undefined;
    if (asked) event.preventDefault();
    const meant = await press(surface, block, control);
    if (asked && meant) open(href, "_blank", "noopener,noreferrer");
  };
  return opener(href, { ...common, onclick }, label);
}

/**
 * A link that looks, reads and answers to the keyboard as a button.
 *
 * @param {string} href
 * @param {Record<string, any>} properties
 * @param {...import("./tree.js").Child} children
 */
export function opener(href, properties, ...children) {
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).click();
  };
  const rel = "noopener noreferrer";
  const note = "new-tab";
  return h(
    "a",
    {
      href,
      role: "button",
      target: "_blank",
      rel,
      "aria-describedby": note,
      onkeydown,
      ...properties,
    },
    ...children,
  );
}

/**
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 */
function overflow(surface, block, control) {
  const key = pressKey(surface, block, control);
  const items = (control.options ?? []).map((option) => ({
    text: plain(option.text),
    href: option.url ? harmless(option.url) : null,
    onpick: () => void press(surface, block, control, option.value),
  }));
  const how = {
    label: text("more_actions"),
    describedby: idOf(surface.id, block.block_id, "text"),
    busy: state.busy.has(key),
  };
  return menuButton(key, how, items);
}

/**
 * @param {Control} control
 * @returns {string} for a select that has no label, which Slack names by nothing but what it shows
 */
function nameOf({ action_id, placeholder }) {
  if (placeholder) return plain(placeholder);
  const words = action_id.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * A choice that is reported at once, and taken back if the person does not mean it after all.
 *
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 * @param {import("./slack").Value} value
 * @param {() => void} takeBack
 */
async function report(surface, block, control, value, takeBack) {
  const before = surface.form.get(block, control);
  surface.form.set(block, control, value);
  if (await press(surface, block, control, value)) return;
  surface.form.set(block, control, before);
  takeBack();
}

/**
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control of an actions block, or beside a text
 */
export function control(surface, block, control) {
  const field = { surface, block, control, label: nameOf(control), onpick: report };
  switch (control.type) {
    case "button":
      return button(surface, block, control);
    case "overflow":
      return overflow(surface, block, control);
    case "static_select":
      return select(field, { "aria-label": field.label });
    case "radio_buttons":
      return radios(field, { "aria-label": field.label });
    case "checkboxes":
      return checkboxes(field, { "aria-label": field.label });
    default:
      return unknown("unknown_element", control.type);
  }
}
