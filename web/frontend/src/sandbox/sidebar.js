/**
 * Who we are and where: the workspace, its people to look through the eyes of, channels, apps.
 *
 * @typedef {import("./slack").Conversation} Conversation
 * @typedef {import("./slack").Person} Person
 * @typedef {import("./slack").Snapshot} Snapshot
 */
import { icon } from "./icons.js";
import { avatar } from "./messages.js";
import { redraw, state } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";

/** Messages older than this page are not news. */
const BEGAN = Date.now() / 1000;

/** @param {Conversation} conversation */
const seenKey = ({ id }) => `${state.user} ${id}`;

/** @param {Conversation} conversation */
const all = ({ messages }) => messages.flatMap((message) => [message, ...(message.thread ?? [])]);

/** @param {Conversation} conversation */
export function see(conversation) {
  const newest = all(conversation).map(({ ts }) => Number(ts));
  state.seen.set(seenKey(conversation), String(Math.max(0, ...newest)));
}

/**
 * @param {Conversation} conversation
 * @returns {number} messages of others that were not on the screen yet
 */
export function unread(conversation) {
  const since = Math.max(BEGAN, Number(state.seen.get(seenKey(conversation)) ?? 0));
  return all(conversation).filter(({ ts, user }) => Number(ts) > since && user !== state.user)
    .length;
}

const narrow = matchMedia("(max-width: 48rem)");

/** On a small screen the sidebar lies over the rest, once it is asked for. */
export const isDrawerOpen = () => state.drawer && narrow.matches;

/** @param {boolean} open */
export function turnDrawer(open) {
  state.drawer = open;
  redraw();
  requestAnimationFrame(() => document.getElementById(open ? "close-menu" : "burger")?.focus());
}

/** @returns {Conversation | undefined} the one that is open */
export function current() {
  const { conversations = [] } = state.snapshot ?? {};
  return conversations.find(({ id }) => id === state.conversation) ?? conversations[0];
}

/** @param {Conversation} conversation */
function entry(conversation) {
  const { id, kind, name } = conversation;
  const count = unread(conversation);
  const isOpen = id === current()?.id;
  const open = () => {
    Object.assign(state, { conversation: id, tab: "messages", thread: "", drawer: false });
    redraw();
  };
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: count > 0 ? "place news" : "place",
        "aria-current": isOpen ? "page" : null,
        onclick: open,
      },
      icon(kind === "channel" ? "channel" : "app"),
      h("span", { class: "place-name", dir: "auto" }, name),
      count > 0 &&
        h(
          "span",
          { class: "count" },
          String(count),
          h("span", { class: "spoken" }, ` ${text("new_messages")}`),
        ),
    ),
  );
}

/**
 * @param {Snapshot} snapshot
 * @param {(user: string) => void} become
 */
export function sidebar({ team, people, conversations }, become) {
  /** @param {Person} person */
  const person = ({ id, real_name, role }) =>
    h(
      "label",
      { key: id, class: "person" },
      h("input", {
        type: "radio",
        name: "person",
        made: (element) => (element.checked = id === state.user),
        onchange: () => become(id),
      }),
      avatar(id),
      h(
        "span",
        { dir: "auto" },
        real_name,
        role === "admin" && h("span", { class: "soft" }, ` (${text("admin")})`),
      ),
    );
  /**
   * @param {string} title
   * @param {Conversation["kind"]} kind
   */
  const list = (title, kind) =>
    h(
      "section",
      { "aria-labelledby": `list-${kind}` },
      h("h2", { id: `list-${kind}` }, title),
      h("ul", {}, conversations.filter((one) => one.kind === kind).map(entry)),
    );
  return h(
    "nav",
    {
      id: "sidebar",
      class: state.drawer ? "sidebar open" : "sidebar",
      "aria-label": text("workspace"),
      onkeydown: ({ key }) => key === "Escape" && isDrawerOpen() && turnDrawer(false),
    },
    h(
      "header",
      {},
      h("p", { class: "team", dir: "auto" }, team.name),
      h(
        "button",
        {
          type: "button",
          id: "close-menu",
          class: "icon",
          "aria-label": text("close_menu"),
          onclick: () => turnDrawer(false),
        },
        icon("close"),
      ),
    ),
    h("fieldset", { class: "people" }, h("legend", {}, text("you_are")), people.map(person)),
    list(text("channels"), "channel"),
    list(text("apps"), "dm"),
  );
}
