/**
 * A thread in a pane of its own, and the way to it below its message.
 *
 * @typedef {import("./slack").Conversation} Conversation
 * @typedef {import("./slack").Message} Message
 * @typedef {import("./tree.js").Child} Child
 */
import { composer } from "./composer.js";
import { icon } from "./icons.js";
import { idOf, redraw, state } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";

/** Opens a thread and goes into it, or closes it and goes back to its message. @param {string} ts */
function turnThread(ts) {
  const isOpen = state.thread === ts;
  state.thread = isOpen ? "" : ts;
  redraw();
  const target = isOpen ? `#${idOf("replies", ts)}` : ".thread :is(textarea, header button)";
  requestAnimationFrame(() => {
    const found = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(target)]);
    found.at(-1)?.focus();
  });
}

/**
 * @param {Message} message
 * @param {boolean} inThread
 */
export function replies(message, inThread) {
  const { thread = [], ts } = message;
  if (inThread || thread.length === 0) return null;
  const words = thread.length === 1 ? text("reply") : text("replies", { count: thread.length });
  return h(
    "button",
    {
      type: "button",
      id: idOf("replies", ts),
      class: "replies",
      "aria-expanded": String(state.thread === ts),
      onclick: () => turnThread(ts),
    },
    words,
  );
}

/**
 * @param {Conversation} conversation
 * @param {(message: Message) => import("./tree.js").Tree} drawMessage
 * @returns {Child} the pane, while a thread is open
 */
export function thread(conversation, drawMessage) {
  const root = conversation.messages.find(({ ts }) => ts === state.thread);
  if (root === undefined) return null;
  const { thread: replies = [], ts } = root;
  const close = () => turnThread(ts);
  const keys = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && close();
  return h(
    "aside",
    { key: `thread ${ts}`, class: "thread", "aria-label": text("thread"), onkeydown: keys },
    h(
      "header",
      {},
      h("h2", {}, text("thread")),
      h(
        "button",
        { type: "button", class: "icon", "aria-label": text("close_thread"), onclick: close },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "log", "data-scrolls": true, "data-end": true },
      h("ol", {}, [root, ...replies].map(drawMessage)),
    ),
    conversation.kind === "channel" && composer(conversation, ts),
  );
}
