/**
 * The elements in which something is typed or chosen, as native ones. They keep what is in them
 * themselves from draw to draw; the form only listens.
 *
 * @typedef {import("./press.js").Surface} Surface
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Control} Control
 * @typedef {import("./slack").Option} Option
 * @typedef {import("./slack").Value} Value
 * @typedef {import("./tree.js").Tree} Tree
 *
 * @typedef {object} Field
 * @property {Surface} surface
 * @property {Block} block
 * @property {Control} control
 * @property {(surface: Surface, block: Block, control: Control, value: Value, takeBack: () => void) => void} onpick
 *   after every change
 *
 * @typedef {Record<string, string | null | undefined>} Described  attributes: id, name, description, error
 */
import { pressKey } from "./press.js";
import { idOf } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";
import { plain } from "./words.js";

/**
 * @param {Field} field
 * @param {Described} described
 */
export function typed({ surface, block, control, onpick }, described) {
  const { form } = surface;
  return h(control.multiline ? "textarea" : "input", {
    ...described,
    key: pressKey(surface, block, control),
    type: control.multiline ? null : "text",
    rows: control.multiline ? "4" : null,
    autocomplete: "off",
    dir: "auto",
    placeholder: control.placeholder && plain(control.placeholder),
    "data-focus": control.focus_on_load === true,
    made: (/** @type {HTMLInputElement} */ element) => {
      element.value = String(form.get(block, control) ?? "");
    },
    oninput: (/** @type {Event} */ { target }) =>
      onpick(surface, block, control, /** @type {HTMLInputElement} */ (target).value, () => {}),
  });
}

/**
 * @param {Field} field
 * @param {Described} described
 */
export function day({ surface, block, control, onpick }, described) {
  return h("input", {
    ...described,
    key: pressKey(surface, block, control),
    type: "date",
    "data-focus": control.focus_on_load === true,
    made: (/** @type {HTMLInputElement} */ element) => {
      element.value = String(surface.form.get(block, control) ?? "");
    },
    onchange: (/** @type {Event} */ { target }) =>
      onpick(
        surface,
        block,
        control,
        /** @type {HTMLInputElement} */ (target).value || null,
        () => {},
      ),
  });
}

/** @param {Option} option */
const choice = (option) => h("option", { value: option.value }, plain(option.text));

/**
 * @param {Field} field
 * @param {Described} described
 */
export function select({ surface, block, control, onpick }, described) {
  const groups = control.option_groups?.map(({ label, options }) =>
    h("optgroup", { label: plain(label) }, options.map(choice)),
  );
  const nothing = plain(control.placeholder) || text("select_nothing");
  const show = (/** @type {HTMLSelectElement} */ element) => {
    element.value = String(surface.form.get(block, control) ?? "");
  };
  return h(
    "select",
    {
      ...described,
      key: pressKey(surface, block, control),
      "data-focus": control.focus_on_load === true,
      made: show,
      onchange: (/** @type {Event} */ { target }) => {
        const element = /** @type {HTMLSelectElement} */ (target);
        onpick(surface, block, control, element.value, () => show(element));
      },
    },
    h("option", { value: "", disabled: true, hidden: true }, nothing),
    groups ?? (control.options ?? []).map(choice),
  );
}

/**
 * @param {Field} field
 * @param {"radio" | "checkbox"} type
 * @param {Described} described for each input
 * @returns {Tree[]}
 */
function options({ surface, block, control, onpick }, type, described) {
  const { form } = surface;
  const name = idOf(pressKey(surface, block, control));
  const isChosen = (/** @type {string} */ value) =>
    [form.get(block, control)].flat().includes(value);
  return (control.options ?? []).map((option, at) => {
    const id = `${name}-${at}`;
    const about = option.description ? `${id}-about` : null;
    const show = (/** @type {HTMLInputElement} */ element) => {
      element.checked = isChosen(option.value);
    };
    const onchange = (/** @type {Event} */ { target }) => {
      const element = /** @type {HTMLInputElement} */ (target);
      const others = [form.get(block, control)].flat().filter((one) => one !== option.value);
      const several = /** @type {string[]} */ (
        element.checked ? [...others, option.value] : others
      );
      const value = type === "radio" ? option.value : several;
      onpick(surface, block, control, value, () => show(element));
    };
    const input = h("input", {
      ...described,
      type,
      id,
      name,
      made: show,
      onchange,
      "aria-describedby": about,
    });
    return h(
      "div",
      // The description is not part of the name, but a press on it chooses all the same.
      {
        key: option.value,
        class: "option",
        onclick: ({ target }) => target.id === about && document.getElementById(id)?.click(),
      },
      input,
      h("label", { for: id, dir: "auto" }, plain(option.text)),
      about && h("p", { id: about, dir: "auto" }, plain(option.description)),
    );
  });
}

/**
 * @param {Field} field
 * @param {Described} described
 */
export const radios = (field, described) =>
  h(
    "div",
    {
      role: "radiogroup",
      class: "options",
      key: pressKey(field.surface, field.block, field.control),
      ...described,
    },
    options(field, "radio", {}),
  );

/**
 * @param {Field} field
 * @param {Described} described
 */
export function checkboxes(field, { "aria-invalid": invalid, ...described }) {
  const key = pressKey(field.surface, field.block, field.control);
  // A group cannot be invalid, its boxes can.
  return h(
    "div",
    { role: "group", class: "options", key, ...described },
    options(field, "checkbox", { "aria-invalid": invalid }),
  );
}
