/**
 * The form of a request: one field for each thing that is asked for or one box for all, a file, how
 * much of the space is used, and Send. What is typed lives in its fields until it was sent.
 *
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./text.js").Key} Key
 *
 * @typedef {object} AnswerForm
 * @property {HTMLFormElement} node
 * @property {(key: Key) => void} complain  and takes input again
 * @property {() => void} clear  forgets what was typed
 */
import { MAX_BYTES, sizeOf } from "./content.js";
import { button, element } from "./dom.js";
import { given } from "./given.js";
import { busy } from "./screens.js";
import { locale, phrase, text } from "./text.js";
import { filePicker } from "./textfile.js";

/**
 * @param {number} count
 * @param {Intl.NumberFormatOptions} [how]
 */
const grouped = (count, how) => count.toLocaleString(locale(), how);
/** @type {Intl.NumberFormatOptions} */
const BYTES = { style: "unit", unit: "byte", unitDisplay: "long" };

/**
 * @param {string[]} names of what is asked for; none: one box for all
 * @param {(typed: boolean) => void} onChange whether there is something that leaving would lose
 * @param {(content: Content) => void} onSend
 * @returns {AnswerForm}
 */
export function answerForm(names, onChange, onSend) {
  const asked = names.length > 0 ? names : [null];
  const boxes = asked.map((name, at) => given(name, `given-${at}`));
  const file = filePicker(() => changed());
  const counter = element("p", { class: "counter" });
  const error = element("p", { class: "error", role: "alert" });
  const send = button("primary wide", text("send"), () => submit());
  const finish = element("div", { class: "row" }, counter, error, send);
  const fields = element("fieldset", {}, ...boxes.map(({ row }) => row), file.node);
  const node = element(
    "form",
    { class: "form", novalidate: "", autocomplete: "off" },
    fields,
    finish,
  );

  /** @returns {Content} what is asked for and was not given is left out */
  const content = () => {
    const values = boxes.map((box, at) => ({ name: asked[at] ?? "", value: box.read() }));
    const held = file.file();
    const more = held ? { file: held } : {};
    if (names.length === 0) return { v: 1, text: values[0]?.value ?? "", ...more };
    return { v: 1, fields: values.filter(({ value }) => value !== ""), ...more };
  };
  const isEmpty = () => !file.file() && boxes.every((box) => box.read().trim() === "");

  const changed = () => {
    const size = sizeOf(content());
    const over = size > MAX_BYTES;
    const sizes = { size: grouped(size), most: grouped(MAX_BYTES) };
    counter.replaceChildren(...phrase("size", sizes));
    counter.classList.toggle("over", over);
    error.replaceChildren(
      ...(over ? phrase("too_large", { over: grouped(size - MAX_BYTES, BYTES) }) : []),
    );
    onChange(!isEmpty());
    return over;
  };
  /** @param {boolean} on */
  const work = (on) => {
    // Nothing changes between what is sealed and what is on the screen.
    fields.disabled = on;
    if (on) return busy(send, "send_busy");
    send.removeAttribute("aria-disabled");
    send.classList.remove("busy");
    send.textContent = text("send");
  };
  /** @param {Key} key */
  const complain = (key) => {
    work(false);
    error.textContent = text(key);
    send.focus();
  };
  const submit = () => {
    // One byte more is refused here, before anything is encrypted.
    if (changed()) return;
    if (isEmpty()) return complain("nothing_given");
    const sent = content();
    work(true);
    onSend(sent);
  };
  node.addEventListener("input", changed);
  // Enter in a field must not send half of it: an answer can be given once.
  node.addEventListener("submit", (event) => event.preventDefault());
  changed();
  return {
    node,
    complain,
    clear() {
      for (const box of boxes) box.clear();
      file.clear();
    },
  };
}
