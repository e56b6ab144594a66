/**
 * The question for the passphrase, above the button that reveals: what is typed, what is wrong with
 * it, and that we are at work.
 *
 * @typedef {import("./text.js").Key} Key
 *
 * @typedef {object} Ask
 * @property {HTMLFormElement} node
 * @property {(label: Key) => void} busy  says so on the button, and takes no input
 * @property {(done: number) => void} progress  from 0 to 1
 * @property {(key: Key) => void} complain  about what was typed; selects it
 * @property {(tries: number) => void} wrong  complains, and says how many are left
 * @property {() => void} clear  forgets what was typed
 */
import { element } from "./dom.js";
import { eye } from "./eye.js";
import { counted, text } from "./text.js";

const TRIES = 5;
const FIELD = "passphrase";
/** @type {Record<"passphrase_tries" | "passphrase_wrong", Key>} */
const LAST = {
  passphrase_tries: "passphrase_tries_last",
  passphrase_wrong: "passphrase_wrong_last",
};

/**
 * @param {"passphrase_tries" | "passphrase_wrong"} key
 * @param {number} tries that are left
 * @returns {(string | Node)[]}
 */
const triesLeft = (key, tries) => (tries === 1 ? [text(LAST[key])] : counted(key, "tries", tries));

/** @returns {HTMLInputElement} */
const field = () =>
  element("input", {
    id: FIELD,
    type: "password",
    dir: "auto",
    autocomplete: "off",
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    required: "",
    "aria-describedby": `${FIELD}-error ${FIELD}-tries ${FIELD}-hint`,
  });

/** What shows that we are at work; how far, where that takes long enough to be known. */
function workView() {
  const bar = element("progress", { "aria-label": text("passphrase_busy") });
  const slow = element("p", { class: "hint" }, text("passphrase_slow"));
  const node = element("div", { hidden: "" }, bar, slow);
  return {
    node,
    /** @param {boolean} on */
    show(on) {
      node.hidden = !on;
      slow.hidden = true;
      bar.removeAttribute("value");
    },
    /** @param {number} done from 0 to 1 */
    progress(done) {
      slow.hidden = false;
      bar.value = done;
    },
  };
}

/**
 * @param {number} tries left, of five
 * @param {(typed: string) => void} onSubmit
 * @returns {Ask}
 */
export function ask(tries, onSubmit) {
  const input = field();
  // There from the start: screen readers hear what comes into a place they know.
  const error = element("p", { id: `${FIELD}-error`, class: "error", role: "alert" });
  const hint = element("p", { id: `${FIELD}-hint`, class: "hint" }, text("passphrase_hint"));
  const left = element("p", { id: `${FIELD}-tries`, class: "why" });
  const work = workView();
  const reveal = element("button", { class: "primary wide" }, text("ready_button"));
  const node = element(
    "form",
    { class: "ask", novalidate: "", autocomplete: "off" },
    element("label", { for: FIELD }, text("passphrase_label")),
    element("div", { class: "field" }, input, eye(input, text("passphrase_spoken"))),
    error,
    left,
    hint,
    reveal,
    work.node,
  );

  const count = () => {
    if (tries < TRIES) left.replaceChildren(...triesLeft("passphrase_tries", tries));
  };

  /** @param {Key | null} label what the button says while it works; null: it does not */
  const working = (label) => {
    reveal.setAttribute("aria-disabled", String(label !== null));
    reveal.classList.toggle("busy", label !== null);
    reveal.textContent = text(label ?? "ready_button");
    work.show(label === "passphrase_busy");
    input.readOnly = label !== null;
  };
  /** @param {...(string | Node)} words */
  const complain = (...words) => {
    working(null);
    error.replaceChildren(...words);
    input.setAttribute("aria-invalid", "true");
    input.focus();
    input.select();
  };
  count();
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.readOnly) onSubmit(input.value);
  });
  return {
    node,
    busy(label) {
      error.textContent = "";
      input.removeAttribute("aria-invalid");
      working(label);
    },
    progress: work.progress,
    complain(key) {
      count();
      complain(text(key));
    },
    wrong(now) {
      tries = now;
      // Said once: the complaint holds the number.
      left.textContent = "";
      complain(...triesLeft("passphrase_wrong", now));
    },
    clear() {
      input.value = "";
    },
  };
}
