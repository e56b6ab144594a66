/**
 * One thing that is asked for: its label and where it is typed. The names are the asker's; how a
 * thing is typed follows from the four that every team has, and any other takes lines as well.
 *
 * @typedef {object} Given
 * @property {HTMLElement} row
 * @property {() => string} read  with LF at the end of its lines
 * @property {() => void} clear
 */
import { element, isolated } from "./dom.js";
import { eye } from "./eye.js";
import { shownName } from "./names.js";
import { text } from "./text.js";
import { tidy } from "./textfile.js";

/** Nothing typed here is remembered, corrected or sent to a spelling service. */
const PRIVATE = {
  dir: "auto",
  autocomplete: "off",
  autocapitalize: "none",
  autocorrect: "off",
  spellcheck: "false",
};

/** @type {Record<string, Record<string, string>>} */
const LINES = {
  // Not of type url, which would refuse what has no scheme.
  "Login page": { type: "text", inputmode: "url" },
  Username: { type: "text" },
  // Keyboards learn what is typed into other fields.
  Password: { type: "password", class: "secretive" },
};
const LONG = "Notes";

/**
 * @param {string | null} name null: one box for all
 * @param {string} id
 * @returns {Given}
 */
export function given(name, id) {
  const line = name !== null && Object.hasOwn(LINES, name) ? LINES[name] : null;
  const box = line
    ? element("input", { ...PRIVATE, ...line, id })
    : element("textarea", { ...PRIVATE, id, rows: "1" });
  if (name !== null && name !== LONG) box.classList.toggle("short", !line);
  const label = element(
    "label",
    { for: id },
    name === null ? text("free_label") : isolated(shownName(name)),
  );
  const masked = box instanceof HTMLInputElement && box.type === "password";
  const field = masked
    ? element("div", { class: "field" }, box, eye(box, shownName(name ?? "")))
    : box;
  return {
    row: element("div", { class: "row" }, label, field),
    read: () => tidy(box.value),
    clear() {
      box.value = "";
    },
  };
}
