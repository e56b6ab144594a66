/**
 * A small text file beside what is typed: chosen by the button, or dropped anywhere on the page.
 *
 * @typedef {import("./content.js").TextFile} TextFile
 */
import { MAX_BYTES } from "./content.js";
import { hint } from "./composer-forms.js";
import { button, element, isolated } from "./dom.js";
import { clean } from "./lines.js";
import { phrase, text } from "./text.js";

/**
 * @param {File} file
 * @returns {Promise<TextFile | "file_large" | "file_binary">}
 */
export async function readTextFile(file) {
  if (file.size > MAX_BYTES) return "file_large";
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (decoded.includes("\0")) return "file_binary";
    // Line ends are LF from the moment a secret is written.
    const lines = decoded.replace(/\r\n?/g, "\n");
    return { name: clean(file.name) || text("file_nameless"), text: lines };
  } catch {
    // Not UTF-8, or it went away.
    return "file_binary";
  }
}

/**
 * @param {HTMLElement} node
 * @param {(file: File) => void} onFile
 */
function takeDrops(node, onFile) {
  /** @param {DragEvent} event */
  const over = (event) => {
    if (!node.isConnected || !event.dataTransfer?.types.includes("Files")) return;
    // A file dropped beside its field would replace the page, and with it what was typed.
    event.preventDefault();
    node.classList.toggle("over", event.type === "dragover");
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", over);
  addEventListener("drop", (event) => {
    over(event);
    const file = event.dataTransfer?.files[0];
    // Not into a form that is not the one on the screen.
    if (file && node.offsetParent) onFile(file);
  });
}

/**
 * @param {() => void} onChange
 * @returns {{ node: HTMLElement, file: () => TextFile | null, clear: () => void }}
 */
export function filePart(onChange) {
  /** @type {TextFile | null} */
  let held = null;
  const input = element("input", { type: "file", hidden: "", tabindex: "-1" });
  const said = element("p", { role: "status" });
  const error = element("p", { class: "error", role: "alert" });
  const choose = button("quiet", text("file_choose"), () => input.click());
  const remove = button("quiet", text("file_remove"), () => {
    hold(null);
    choose.focus();
  });
  /** @param {TextFile | null} file */
  const hold = (file) => {
    held = file;
    input.value = "";
    error.textContent = "";
    said.replaceChildren(...(file ? phrase("file_held", { name: isolated(file.name) }) : []));
    remove.hidden = file === null;
    choose.textContent = text(file ? "file_other" : "file_choose");
    onChange();
  };
  /** @param {File} file */
  const take = async (file) => {
    const read = await readTextFile(file);
    if (typeof read !== "string") return hold(read);
    return error.replaceChildren(text(read));
  };
  input.addEventListener("change", () => input.files?.[0] && void take(input.files[0]));
  const actions = element("div", { class: "actions" }, choose, remove);
  const node = element(
    "div",
    { class: "drop row" },
    said,
    actions,
    error,
    hint("file_hint"),
    input,
  );
  takeDrops(node, (file) => void take(file));
  remove.hidden = true;
  return { node, file: () => held, clear: () => hold(null) };
}
