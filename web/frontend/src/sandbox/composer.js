/**
 * Where people type. A "/" at the beginning offers the commands there are.
 *
 * @typedef {import("./slack").Conversation} Conversation
 * @typedef {import("./slack").Command} Command
 */
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { idOf, perform, redraw, state } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";

/** What stands in a composer. @typedef {{ text: string, at: number, dismissed: boolean }} Draft */

/** By person, conversation and thread. @type {Map<string, Draft>} */
const drafts = new Map();

/**
 * @param {Draft} draft
 * @returns {Command[]} that the text may become
 */
function offered({ text, dismissed }) {
  if (dismissed || !/^\/\S*$/.test(text)) return [];
  return (state.snapshot?.commands ?? []).filter(({ command }) => command.startsWith(text));
}

/**
 * @param {Conversation} conversation
 * @param {string} thread its ts, or empty
 */
export function composer(conversation, thread) {
  const name = `${state.user} ${conversation.id} ${thread}`;
  const draft = drafts.get(name) ?? { text: "", at: 0, dismissed: false };
  drafts.set(name, draft);
  const box = idOf("composer", name);
  const list = idOf("commands", name);
  const commands = thread ? [] : offered(draft);
  const chosen = Math.min(draft.at, commands.length - 1);

  /** @param {string} typed */
  const write = (typed) => {
    Object.assign(draft, { text: typed, at: 0, dismissed: false });
    const element = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(box));
    if (element && element.value !== typed) element.value = typed;
    redraw();
  };
  const complete = (/** @type {number} */ at) => {
    const { command } = commands[at] ?? { command: draft.text };
    write(`${command} `);
    document.getElementById(box)?.focus();
  };
  const send = async () => {
    const typed = draft.text.trim();
    if (typed === "") return;
    write("");
    const reply = thread ? { thread_ts: thread } : {};
    const done = await perform(
      { type: "message", channel: conversation.id, text: typed, ...reply },
      `send ${name} ${typed}`,
    );
    // What could not be sent is not lost, unless something new was begun.
    if (!done && draft.text === "") write(typed);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const { key } = event;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
    const isWhole = commands.some(({ command }) => command === draft.text);
    if (commands.length > 0 && step !== 0)
      draft.at = (chosen + step + commands.length) % commands.length;
    else if (commands.length > 0 && key === "Escape") draft.dismissed = true;
    else if (commands.length > 0 && (key === "Tab" || (key === "Enter" && !isWhole)))
      complete(chosen);
    else if (key === "Enter" && !event.shiftKey) void send();
    else return;
    event.preventDefault();
    event.stopPropagation();
    redraw();
  };

  /**
   * @param {Command} command
   * @param {number} at
   */
  const option = ({ command, usage_hint, description }, at) =>
    h(
      "li",
      // The focus stays in the box, so the press must not take it away first.
      {
        role: "option",
        id: `${list}-${at}`,
        "aria-selected": String(at === chosen),
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => complete(at),
      },
      h("span", { class: "usage" }, h("b", {}, command), usage_hint && ` ${usage_hint}`),
      h("span", { class: "soft" }, description),
    );
  const field = h("textarea", {
    key: box,
    id: box,
    rows: "1",
    dir: "auto",
    autocomplete: "off",
    "aria-label": thread ? text("reply_box") : text("message_box"),
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": commands.length > 0 ? list : null,
    "aria-activedescendant": commands.length > 0 ? `${list}-${chosen}` : null,
    placeholder: thread
      ? text("reply_placeholder")
      : text("message_placeholder", { name: conversation.name }),
    made: (element) => {
      element.value = draft.text;
    },
    oninput: ({ target }) => write(target.value),
    onkeydown: keys,
  });
  return h(
    "div",
    { key: `composer ${name}`, class: "composer" },
    commands.length > 0 &&
      h(
        "ul",
        { role: "listbox", id: list, class: "commands", "aria-label": text("commands") },
        commands.map(option),
      ),
    h(
      "div",
      { class: "composer-box" },
      field,
      h(
        "div",
        { class: "composer-foot" },
        !thread && shortcuts(),
        h("span", { class: "soft hint" }, text("composer_hint")),
        h("button", { type: "button", class: "button primary", onclick: send }, text("send")),
      ),
    ),
  );
}

/** What the app can do from anywhere. */
function shortcuts() {
  const offered = state.snapshot?.shortcuts.filter(({ type }) => type === "global") ?? [];
  if (offered.length === 0) return null;
  const items = offered.map(({ callback_id, name }) => ({
    text: name,
    onpick: () => void perform({ type: "shortcut", callback_id }, `shortcut ${callback_id}`),
  }));
  return menuButton("shortcuts", { label: text("shortcuts"), face: icon("plus") }, items);
}
