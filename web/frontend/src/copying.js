/**
 * Texts to hand on, each in a box with its copy button. A copy that did not happen is never claimed:
 * then the text is selected, to be copied by hand.
 *
 * @typedef {import("./text.js").Key} Key
 * @typedef {(...words: (string | Node)[]) => void} Say
 */
import { button, element } from "./dom.js";
import { phrase, text } from "./text.js";

const COPIED_FOR = 4000;

/** @returns {{ node: HTMLElement, say: Say }} where it is said that something was copied */
export function sayings() {
  const node = element("p", { role: "status", class: "said" });
  return { node, say: (...words) => node.replaceChildren(...words) };
}

/**
 * @param {{ name: Key, label: Key, value: string, primary?: boolean }} what label: the button's
 * @param {Say} say
 * @param {() => void} [onCopied]
 * @returns {HTMLElement}
 */
export function copyPart({ name, label, value, primary = false }, say, onCopied) {
  const spoken = { role: "group", tabindex: "0", dir: "auto", translate: "no" };
  const box = element("pre", { ...spoken, "aria-label": text(name) }, value);
  const word = element("span", {}, text(label));
  const copy = button(primary ? "primary" : "quiet", word, async () => {
    try {
      await navigator.clipboard.writeText(value);
      say(...phrase("copied_status", { name: text(name) }));
      word.textContent = text("copied");
      setTimeout(() => (word.textContent = text(label)), COPIED_FOR);
      onCopied?.();
    } catch {
      getSelection()?.selectAllChildren(box);
      box.focus();
      say(text("copy_failed"));
    }
  });
  // Several buttons that read the same: who hears them needs to hear which.
  if (label === "copy_short") copy.append(element("span", { class: "spoken" }, ` ${text(name)}`));
  const head = element("div", { class: "part-head" }, element("h2", {}, text(name)), copy);
  return element("div", { class: "part" }, head, box);
}
