/**
 * What is to be shared: free text or named fields, and perhaps a text file; counted while typing.
 *
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./text.js").Key} Key
 */
import { area, choices, group, row } from "./composer-forms.js";
import { loginFields } from "./composer-login.js";
import { MAX_BYTES, isText, sizeOf } from "./content.js";
import { element } from "./dom.js";
import { isBlank } from "./lines.js";
import { phrase, text } from "./text.js";
import { filePicker } from "./textfile.js";

const TEXT = "text";
const FIELDS = "fields";

/** @param {number} count */
const number = (count) => count.toLocaleString("en-GB");

/**
 * @param {Content} content
 * @returns {Key | null} what is wrong with it
 */
function mistakeIn(content) {
  const body = "text" in content ? [content.text] : content.fields.map(({ value }) => value);
  if (body.every(isBlank) && !content.file) return "secret_empty";
  const names = "text" in content ? [] : content.fields.map(({ name }) => name);
  if (![...body, ...names].every(isText)) return "half_character";
  if (names.includes("")) return "field_nameless";
  return sizeOf(content) > MAX_BYTES ? "secret_large" : null;
}

/** @returns {{ node: HTMLElement, over: (size: number) => void }} the size, and that it is too much */
function counter() {
  const shown = element("p", { class: "counter" });
  // Said once, when the limit is passed, and not at every letter.
  const warning = element("p", { class: "error", role: "status" });
  return {
    node: element("div", { class: "row" }, shown, warning),
    over(size) {
      const most = number(MAX_BYTES);
      shown.replaceChildren(...phrase("secret_size", { size: number(size), most }));
      shown.classList.toggle("over", size > MAX_BYTES);
      const words = size > MAX_BYTES ? text("secret_large") : "";
      if (warning.textContent !== words) warning.textContent = words;
    },
  };
}

/**
 * @returns {{ nodes: HTMLElement[], unsent: () => boolean, read: () => Content | null,
 *   clear: () => void }} read: null when something is wrong with it, which is then said
 */
export function contentPart() {
  const box = area("secret", { class: "secretive", rows: "5" });
  const size = counter();
  const update = () => size.over(sizeOf(current()));
  const login = loginFields();
  const attached = filePicker(update, window);
  const free = row("secret", box);
  const mode = choices("radio", "shape", [
    { value: TEXT, label: text("shape_text"), checked: true },
    { value: FIELDS, label: text("shape_fields") },
  ]);
  const fields = group("login", login.node);
  const error = element("p", { class: "error", role: "alert" });
  const isFree = () => mode.chosen()[0] === TEXT;
  /** @returns {Content} */
  const current = () => {
    const file = attached.file();
    const more = file ? { file } : {};
    // A file alone is no field and no text, so that its reader sees one box.
    if (isFree() && (!file || !isBlank(box.value))) return { v: 1, text: box.value, ...more };
    return { v: 1, fields: isFree() ? [] : login.fields(), ...more };
  };
  const choose = () => {
    free.node.hidden = !isFree();
    fields.hidden = isFree();
    error.textContent = "";
    update();
  };
  const switching = group("shape", element("div", { class: "switch" }, ...mode.nodes));
  switching.addEventListener("change", choose);
  const node = element("div", { class: "form" }, switching, free.node, fields, error);
  node.append(attached.node, size.node);
  node.addEventListener("input", update);
  choose();
  return {
    nodes: [node],
    unsent: () => box.value !== "" || login.fields().length > 0 || attached.file() !== null,
    read() {
      const content = current();
      const mistake = mistakeIn(content);
      const words = mistake ? [text(mistake)] : [];
      free.complain(...(isFree() ? words : []));
      error.replaceChildren(...(isFree() ? [] : words));
      const part = mistake === "field_nameless" ? "name" : mistake && "value";
      login.mark(isFree() ? null : part);
      return mistake ? null : content;
    },
    clear() {
      box.value = "";
      login.clear();
      attached.clear();
    },
  };
}
