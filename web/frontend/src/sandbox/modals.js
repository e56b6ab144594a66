/**
 * Modals: a stack of which the top one shows, and above it the question that a button may ask first.
 *
 * @typedef {import("./press.js").Surface} Surface
 * @typedef {import("./slack").View} View
 * @typedef {import("./tree.js").Tree} Tree
 */
import { blocks } from "./blocks.js";
import { focusMistake } from "./focus.js";
import { formOf } from "./forms.js";
import { icon } from "./icons.js";
import { idOf, perform, redraw, state } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";
import { plain, worded } from "./words.js";

/** @param {View} view */
const submitKey = ({ id }) => `submit\0${id}`;

/**
 * @param {View} view
 * @param {boolean} clear whether those below it close too
 */
const close = ({ id }, clear) =>
  void perform({ type: "close", view: id, ...(clear ? { clear } : {}) }, `close\0${id}`);

/**
 * @param {View} view
 * @param {Surface} surface
 */
async function submit(view, { form }) {
  if (!view.submit) return;
  if (form.check(view.blocks)) {
    await perform({ type: "submit", view: view.id, values: form.values }, submitKey(view));
  } else redraw();
  focusMistake();
}

/**
 * @param {View} view
 * @param {number} depth 0: the first
 * @param {boolean} isTop
 * @returns {Tree}
 */
function modal(view, depth, isTop) {
  const surface = {
    id: view.id,
    place: { view: view.id },
    form: formOf(view.id, view.blocks),
    errors: view.errors ?? {},
  };
  const busy = state.busy.has(submitKey(view));
  const title = idOf(view.id, "title");
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    void submit(view, surface);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close(view, false);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  };
  const back = h(
    "button",
    {
      type: "button",
      class: "icon",
      "aria-label": text("back"),
      onclick: () => close(view, false),
    },
    icon("back"),
  );
  const cross = h(
    "button",
    {
      type: "button",
      class: "icon",
      "aria-label": text("close_window"),
      onclick: () => close(view, depth > 0),
    },
    icon("close"),
  );
  return h(
    "div",
    {
      key: view.id,
      role: "dialog",
      class: "dialog",
      "aria-modal": "true",
      "aria-labelledby": title,
      "data-layer": view.id,
      hidden: !isTop,
      inert: state.question !== null,
      onkeydown: keys,
    },
    h(
      "form",
      { novalidate: true, autocomplete: "off", onsubmit: send },
      h(
        "header",
        {},
        depth > 0 && back,
        h("h2", { id: title, tabindex: "-1", dir: "auto" }, plain(view.title)),
        cross,
      ),
      view.notice && h("p", { class: "alert error", role: "alert" }, view.notice),
      h("div", { class: "dialog-body blocks", "data-scrolls": true }, blocks(surface, view.blocks)),
      h(
        "footer",
        {},
        view.close !== null &&
          h(
            "button",
            { type: "button", class: "button", onclick: () => close(view, false) },
            plain(view.close) || text("cancel"),
          ),
        view.submit &&
          h(
            "button",
            {
              type: "submit",
              class: busy ? "button primary busy" : "button primary",
              "aria-disabled": busy ? "true" : null,
            },
            plain(view.submit),
          ),
      ),
    ),
  );
}

/** @returns {Tree | null} */
function question() {
  if (state.question === null) return null;
  const { confirm, answer } = state.question;
  const [title, words] = [idOf("question", "title"), idOf("question", "words")];
  const keys = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && answer(false);
  const yes = ["button", confirm.style ?? "primary"].join(" ");
  return h(
    "div",
    {
      key: "question",
      role: "alertdialog",
      class: "dialog question",
      "aria-modal": "true",
      "aria-labelledby": title,
      "aria-describedby": words,
      "data-layer": "question",
      onkeydown: keys,
    },
    h("header", {}, h("h2", { id: title, tabindex: "-1", dir: "auto" }, plain(confirm.title))),
    h("div", { id: words, class: "dialog-body", dir: "auto" }, worded(confirm.text)),
    h(
      "footer",
      {},
      // The focus is on the answer that changes nothing.
      h(
        "button",
        { type: "button", class: "button", "data-focus": true, onclick: () => answer(false) },
        plain(confirm.deny),
      ),
      h(
        "button",
        { type: "button", class: yes, onclick: () => answer(true) },
        plain(confirm.confirm),
      ),
    ),
  );
}

/** @returns {Tree | null} null when nothing covers the window */
export function layer() {
  const views = state.snapshot?.modals ?? [];
  if (views.length === 0 && state.question === null) return null;
  const drawn = views.map((view, depth) => modal(view, depth, depth === views.length - 1));
  return h("div", { key: "layer", class: "layer" }, drawn, question());
}
