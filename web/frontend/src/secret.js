/**
 * The open secret: one box per part, each with its copy button, and one button that hides them all.
 * The boxes are plain elements rather than form fields: browsers keep the content of fields across
 * reloads (on disk), and writing helpers send it to their makers.
 *
 * @typedef {import("./content.js").Content} Content
 * @typedef {{ name: string, value: string }} Part
 */
import { button, element, isolated } from "./dom.js";
import { shownName } from "./names.js";
import { phrase, text } from "./text.js";

const HIDE_AFTER = 5 * 60_000;
const COPIED_FOR = 4000;

/**
 * @param {Content} content
 * @returns {Part[]} what is shown, in order
 */
function partsOf(content) {
  const parts =
    "text" in content
      ? [{ name: text("secret_label"), value: content.text }]
      : content.fields.map(({ name, value }) => ({ name: shownName(name), value }));
  const { file } = content;
  return file ? [...parts, { name: file.name, value: file.text }] : parts;
}

/**
 * @param {HTMLElement} box
 */
function select(box) {
  getSelection()?.selectAllChildren(box);
  box.focus();
}

/**
 * One part: name, box, copy button.
 *
 * @param {Part} part
 * @param {boolean} alone whether it is the only one
 * @param {{ say: (...words: (string | Node)[]) => void, show: () => void }} view
 */
function partView({ name, value }, alone, view) {
  const box = element("pre", { role: "group", tabindex: "0", dir: "auto", translate: "no" });
  const label = text(alone ? "copy" : "copy_short");
  const word = element("span", {}, label);
  const copy = button(alone ? "primary" : "quiet", word, async () => {
    try {
      await navigator.clipboard.writeText(value);
      view.say(...phrase("copied_status", { name: isolated(name) }));
      word.textContent = text("copied");
      setTimeout(() => (word.textContent = label), COPIED_FOR);
    } catch {
      // No clipboard, or no permission: never claim a copy that did not happen.
      view.show();
      select(box);
      view.say(text("copy_failed"));
    }
  });
  // Several buttons that read the same: who hears them needs to hear which.
  if (!alone) copy.append(element("span", { class: "spoken" }, " ", isolated(name)));
  return {
    box,
    copy,
    row: alone
      ? element("div", { class: "part" }, box)
      : element(
          "div",
          { class: "part" },
          element("div", { class: "part-head" }, element("h2", {}, isolated(name)), copy),
          box,
        ),
    /** @param {boolean} hidden */
    mask(hidden) {
      // The box keeps its height, so that nothing moves under the reader's finger.
      box.style.minBlockSize = hidden ? `${box.offsetHeight}px` : "";
      box.classList.toggle("masked", hidden);
      box.textContent = hidden ? "" : value;
      const spoken = hidden ? phrase("secret_hidden", { name }).join("") : name;
      box.setAttribute("aria-label", spoken);
    },
  };
}

/**
 * @param {Content} content
 * @returns {{ nodes: Node[], close: () => void }} close: stops the timer and empties the boxes
 */
export function secretView(content) {
  const parts = partsOf(content);
  const note = element("p", { role: "status", class: "said" });
  let hidden = false;
  let timer = 0;

  /** @param {boolean} hide */
  const mask = (hide) => {
    hidden = hide;
    clearTimeout(timer);
    for (const row of rows) row.mask(hide);
    toggle.textContent = text(hide ? "show" : "hide");
    if (!hide) timer = window.setTimeout(hideByTimer, HIDE_AFTER);
  };
  const hideByTimer = () => {
    mask(true);
    say(text("hidden_timer"));
  };
  /** @param {...(string | Node)} words */
  const say = (...words) => note.replaceChildren(...words);

  const toggle = button("quiet", text("hide"), () => {
    mask(!hidden);
    say(hidden ? text("hidden_status") : "");
  });
  const view = { say, show: () => mask(false) };
  const rows = parts.map((part) => partView(part, parts.length === 1, view));
  mask(false);

  const [only] = rows;
  const actions = element("div", { class: "actions" }, toggle);
  if (rows.length === 1 && only) actions.prepend(only.copy);
  const print = element("p", { class: "print-only" }, text("print"));
  return {
    nodes: [
      element("div", { class: "parts" }, ...rows.map(({ row }) => row)),
      actions,
      note,
      print,
    ],
    close() {
      clearTimeout(timer);
      for (const { box } of rows) box.textContent = "";
    },
  };
}
