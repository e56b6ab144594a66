/**
 * One small text file beside what is typed: a key, a configuration. It is read here, in the browser,
 * and goes nowhere but into what is sealed.
 *
 * @typedef {import("./content.js").TextFile} TextFile
 * @typedef {import("./text.js").Key} Key
 */
import { utf8 } from "./bytes.js";
import { MAX_BYTES } from "./content.js";
import { button, element, isolated } from "./dom.js";
import { clean } from "./lines.js";
import { phrase, text } from "./text.js";

/** Line ends become LF, so that a file may be twice as long as what is left of it. */
const LONGEST_READ = 2 * MAX_BYTES;

/**
 * @param {string} value
 * @returns {string} what UTF-8 can carry, with LF at the end of its lines
 */
export const tidy = (value) => value.replace(/\r\n?/g, "\n").replace(/\p{Surrogate}/gu, "\ufffd");

/**
 * @param {File} file
 * @returns {Promise<TextFile | Key>} or why not
 */
export async function readText(file) {
  if (file.size > LONGEST_READ) return "file_large";
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return "file_unread";
  }
  if (bytes.length === 0) return "file_empty";
  // Text may hold a NUL, but no text file does: what has one would arrive and be of no use.
  if (bytes.includes(0)) return "file_binary";
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const read = tidy(decoder.decode(bytes));
    if (utf8(read).length > MAX_BYTES) return "file_large";
    return { name: clean(file.name) || text("file_nameless"), text: read };
  } catch {
    return "file_binary";
  }
}

/** @param {DragEvent} event */
const brings = ({ dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;

/**
 * @param {HTMLElement} zone
 * @param {GlobalEventHandlers} target where a file may be dropped
 * @param {(files: FileList) => void} onDrop
 */
function acceptDrops(zone, target, onDrop) {
  // Missed by a finger's breadth, the browser would open the file in this page's place.
  for (const name of /** @type {const} */ (["dragover", "drop"]))
    addEventListener(name, (event) => brings(event) && event.preventDefault());
  target.addEventListener("dragover", (event) => zone.classList.toggle("over", brings(event)));
  target.addEventListener("dragleave", () => zone.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    // Not into a form that is not the one on the screen.
    const isSeen = zone.offsetParent !== null;
    if (event.dataTransfer && brings(event) && isSeen) onDrop(event.dataTransfer.files);
  });
}

/**
 * @param {() => void} onChange
 * @param {GlobalEventHandlers} [target] where a file may be dropped; without it, on its place only
 * @returns {{ node: HTMLElement, file: () => TextFile | null, clear: () => void }}
 */
export function filePicker(onChange, target) {
  /** @type {TextFile | null} */
  let held = null;
  /** Which reading counts: the last one begun. */
  let turn = 0;
  const input = element("input", { type: "file", hidden: "" });
  const error = element("p", { class: "error", role: "alert" });
  const label = element("p", { class: "hint" }, text("file_hint"));
  const pick = button("quiet", text("file_add"), () => input.click());
  const zone = element("div", { class: "drop" }, label, pick);
  const node = element("div", { class: "row" }, zone, input, error);

  /** @param {TextFile | null} file */
  const hold = (file) => {
    held = file;
    turn += 1;
    error.textContent = "";
    zone.replaceChildren(...(file ? chosen(file) : [label, pick]));
    onChange();
  };
  /** @param {TextFile} file */
  const chosen = (file) => {
    const remove = button("quiet", text("file_remove"), () => {
      hold(null);
      pick.focus();
    });
    remove.append(element("span", { class: "spoken" }, " ", isolated(file.name)));
    const said = phrase("file_held", { name: isolated(file.name) });
    return [element("p", { class: "filename", role: "status" }, ...said), remove];
  };
  /** @param {FileList} files */
  const take = async ([file, ...more]) => {
    if (!file) return;
    const mine = (turn += 1);
    const read = more.length > 0 ? "file_many" : await readText(file);
    if (mine !== turn) return;
    if (typeof read === "string") error.textContent = text(read);
    else hold(read);
  };

  input.addEventListener("change", async () => {
    await take(/** @type {FileList} */ (input.files));
    input.value = ""; // so that the same one can be chosen again
    /** @type {HTMLElement | null} */ (zone.querySelector("button"))?.focus();
  });
  acceptDrops(zone, target ?? zone, (files) => void take(files));
  return { node, file: () => held, clear: () => hold(null) };
}
