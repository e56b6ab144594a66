/**
 * Parts of the composer's forms: what is asked, what is wrong with it, and that we are at work.
 *
 * @typedef {import("./text.js").Key} Key
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 *
 * @typedef {object} Row  one question
 * @property {HTMLElement} node
 * @property {(...words: (string | Node)[]) => void} complain  without any: nothing is wrong
 */
import { button, element } from "./dom.js";
import { text } from "./text.js";

/** Nothing typed is kept by the browser, corrected by its maker's servers, or filled in from elsewhere. */
const PRIVATE = {
  autocomplete: "off",
  autocapitalize: "none",
  autocorrect: "off",
  spellcheck: "false",
};

/**
 * @param {string} id
 * @param {Record<string, string>} [more]
 */
export const line = (id, more = {}) =>
  element("input", { id, type: "text", dir: "auto", ...PRIVATE, ...more });

/**
 * Without a direction of its own: the stylesheet gives each line one. For `auto`, Chromium looks at
 * every line again for every line, and 65,536 of them keep it busy for half a minute.
 *
 * @param {string} id
 * @param {Record<string, string>} [more]
 */
export const area = (id, more = {}) => element("textarea", { id, ...PRIVATE, ...more });

/** @param {Key} key */
export const hint = (key) => element("p", { class: "hint" }, text(key));

/**
 * @param {Key} label
 * @param {Control} control
 * @param {{ hint?: Key, shown?: Node, after?: Node[] }} [more] shown: the control with what stands
 *   beside it; after: what follows it
 * @returns {Row}
 */
export function row(label, control, { hint: help, shown = control, after = [] } = {}) {
  const { id } = control;
  // There from the start: screen readers hear what comes into a place they know.
  const error = element("p", { id: `${id}-error`, class: "error", role: "alert" });
  const helps = help ? [element("p", { id: `${id}-hint`, class: "hint" }, text(help))] : [];
  control.setAttribute("aria-describedby", [error, ...helps].map((one) => one.id).join(" "));
  const title = element("label", { for: id }, text(label));
  return {
    node: element("div", { class: "row" }, title, shown, error, ...after, ...helps),
    complain(...words) {
      error.replaceChildren(...words);
      if (words.length > 0) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
  };
}

/**
 * @param {"radio" | "checkbox"} type
 * @param {string} name of the group
 * @param {{ value: string, label: string, help?: Key, checked?: boolean }[]} options
 * @returns {{ nodes: HTMLElement[], chosen: () => string[] }}
 */
export function choices(type, name, options) {
  const inputs = options.map(({ value, checked = false }) => {
    const input = element("input", { type, name, value, autocomplete: "off" });
    input.checked = checked;
    return input;
  });
  return {
    nodes: options.map(({ label, help }, at) => {
      const words = element("span", {}, label);
      if (help) words.append(element("span", { class: "hint" }, text(help)));
      return element("label", { class: "choice" }, inputs[at] ?? "", words);
    }),
    chosen: () => inputs.filter(({ checked }) => checked).map(({ value }) => value),
  };
}

/**
 * @param {Key} legend
 * @param {...Node} nodes
 */
export const group = (legend, ...nodes) =>
  element("fieldset", { class: "row" }, element("legend", {}, text(legend)), ...nodes);

/**
 * @typedef {object} Form
 * @property {HTMLFormElement} node
 * @property {(label: Key) => void} busy  says so on the button, and takes no input
 * @property {(done: number) => void} progress  from 0 to 1, where that is known
 * @property {(...words: (string | Node)[]) => void} idle  what kept it from being done, if anything
 */

/**
 * @param {Node[]} rows
 * @param {() => void} onCreate
 * @returns {Form}
 */
export function form(rows, onCreate) {
  const fields = element("div", { class: "form" }, ...rows);
  const said = element("p", { class: "error", role: "alert" });
  const bar = element("progress", { "aria-label": text("create_busy") });
  const slow = element("p", { class: "hint", hidden: "" }, text("passphrase_slow"));
  const work = element("div", { hidden: "" }, bar, slow);
  // No submit button: Enter in the first field must not make a link of half a form.
  const create = button("primary wide", text("create"), onCreate);
  const node = element(
    "form",
    { class: "compose", novalidate: "", autocomplete: "off" },
    fields,
    element("div", { class: "row" }, said, create, work),
  );
  node.addEventListener("submit", (event) => event.preventDefault());
  /** @param {Key | null} label */
  const working = (label) => {
    create.setAttribute("aria-disabled", String(label !== null));
    create.classList.toggle("busy", label !== null);
    create.textContent = text(label ?? "create");
    fields.inert = label !== null;
    work.hidden = label !== "create_stretching";
    slow.hidden = true;
    bar.removeAttribute("value");
  };
  return {
    node,
    busy(label) {
      said.textContent = "";
      working(label);
    },
    progress(done) {
      slow.hidden = false;
      bar.value = done;
    },
    idle(...words) {
      working(null);
      said.replaceChildren(...words);
      if (words.length === 0)
        /** @type {HTMLElement | null} */ (node.querySelector("[aria-invalid]"))?.focus();
    },
  };
}
