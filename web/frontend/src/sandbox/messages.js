/**
 * Messages: who, when, what, and for whose eyes.
 *
 * @typedef {import("./slack").Conversation} Conversation
 * @typedef {import("./slack").Message} Message
 * @typedef {import("./tree.js").Child} Child
 */
import { blocks } from "./blocks.js";
import { slackDate } from "./dates.js";
import { formOf } from "./forms.js";
import { menuButton } from "./menu.js";
import { named, perform, state } from "./state.js";
import { text } from "./text.js";
import { replies } from "./threads.js";
import { h } from "./tree.js";
import { clock, rich } from "./words.js";

const COLOURS = 5;

/**
 * @param {string} id of a person or an app
 * @returns {{ name: string, isApp: boolean }}
 */
function author(id) {
  const person = state.snapshot?.people.find((one) => one.id === id);
  return { name: person?.real_name ?? named(id), isApp: person === undefined };
}

/** @param {string} id */
export function avatar(id) {
  const { people = [] } = state.snapshot ?? {};
  const colour = (people.findIndex((one) => one.id === id) + 1) % COLOURS;
  const { name } = author(id);
  return h(
    "span",
    { class: `avatar colour-${colour}`, "aria-hidden": "true" },
    [...name][0] ?? "?",
  );
}

/** @param {string} ts */
function when(ts) {
  const [seconds = "0"] = ts.split(".");
  const reader = clock();
  const written = slackDate(seconds, "{time}", reader);
  const full = slackDate(seconds, "{date_long}, {time_secs}", reader);
  return written && h("time", { datetime: written.iso, title: full?.text }, written.text);
}

/**
 * @param {Conversation} conversation
 * @param {Message} message
 */
function shortcuts({ id: channel }, { ts, ephemeral }) {
  const offered = state.snapshot?.shortcuts.filter(({ type }) => type === "message") ?? [];
  if (offered.length === 0 || ephemeral) return null;
  const items = offered.map(({ callback_id, name }) => ({
    text: name,
    onpick: () =>
      void perform(
        { type: "message_shortcut", callback_id, channel, ts },
        `${channel} ${ts} ${callback_id}`,
      ),
  }));
  return h(
    "div",
    { class: "message-menu" },
    menuButton(`message ${channel} ${ts}`, { label: text("message_actions") }, items),
  );
}

/**
 * @param {Conversation} conversation
 * @param {boolean} inThread
 * @returns {(message: Message) => import("./tree.js").Tree}
 */
export const drawMessage = (conversation, inThread) => (message) => {
  const { name, isApp } = author(message.user);
  const { ts, blocks: list = [] } = message;
  const id = `${state.user} ${conversation.id} ${ts}${inThread ? " thread" : ""}`;
  const surface = {
    id,
    place: { channel: conversation.id, ts },
    form: formOf(id, list),
    errors: {},
  };
  const edited = message.edited && [" ", h("span", { class: "soft" }, text("edited"))];
  const body =
    list.length > 0
      ? [blocks(surface, list), edited]
      : h("div", { class: "words", dir: "auto" }, rich(message.text), edited);
  return h(
    "li",
    {
      key: `${ts} ${message.ephemeral ?? ""}`,
      class: message.ephemeral ? "message ephemeral" : "message",
    },
    avatar(message.user),
    h(
      "div",
      { class: "message-main" },
      message.ephemeral && h("p", { class: "only-you" }, text("only_you")),
      h(
        "p",
        { class: "byline" },
        h("b", { dir: "auto" }, name),
        isApp && h("span", { class: "badge" }, text("app")),
        when(ts),
      ),
      h("div", { class: "blocks" }, body),
      replies(message, inThread),
    ),
    !inThread && shortcuts(conversation, message),
  );
};

/** @param {Conversation} conversation where nothing was said yet */
function invitation({ kind }) {
  const command = state.snapshot?.commands[0]?.command;
  const canBegin = command !== undefined && kind === "channel";
  return canBegin ? text("no_messages_begin", { command }) : text("no_messages");
}

/**
 * @param {Conversation} conversation
 * @returns {Child}
 */
export function messages(conversation) {
  const { id, messages } = conversation;
  const list =
    messages.length > 0
      ? h("ol", {}, messages.map(drawMessage(conversation, false)))
      : h("p", { class: "soft empty" }, invitation(conversation));
  const label = text("messages_in", { name: conversation.name });
  return h(
    "div",
    {
      key: `log ${id}`,
      role: "log",
      class: "log",
      "aria-label": label,
      "data-scrolls": true,
      "data-end": true,
    },
    list,
  );
}
