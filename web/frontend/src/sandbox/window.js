/**
 * The window of the pretend Slack: sidebar, what is open, the thread beside it, and the modals that
 * cover all of it.
 *
 * @typedef {import("./slack").Conversation} Conversation
 * @typedef {import("./slack").Snapshot} Snapshot
 */
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { formOf } from "./forms.js";
import { icon } from "./icons.js";
import { drawMessage, messages } from "./messages.js";
import { layer } from "./modals.js";
import { current, isDrawerOpen, sidebar, turnDrawer, unread } from "./sidebar.js";
import { perform, redraw, state } from "./state.js";
import { text } from "./text.js";
import { thread } from "./threads.js";
import { h } from "./tree.js";

/** @param {Snapshot} snapshot */
function home({ home, app }) {
  if (home === null) return h("p", { class: "soft empty" }, text("home_empty", { app: app.name }));
  const surface = {
    id: `${state.user} home`,
    place: /** @type {const} */ ({ home: true }),
    form: formOf(`${state.user} home`, home.blocks),
    errors: {},
  };
  return h("div", { class: "blocks" }, blocks(surface, home.blocks));
}

/** @param {"home" | "messages"} tab */
function openTab(tab) {
  state.tab = tab;
  state.thread = "";
  if (tab === "home") void perform({ type: "home" }, "home");
  redraw();
  requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.focus());
}

function tabs() {
  const keys = (/** @type {KeyboardEvent} */ { key }) => {
    if (key === "ArrowLeft" || key === "ArrowRight")
      openTab(state.tab === "home" ? "messages" : "home");
  };
  /**
   * @param {"home" | "messages"} name
   * @param {string} label
   */
  const tab = (name, label) => {
    const chosen = state.tab === name;
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-selected": String(chosen),
        "aria-controls": "panel",
        tabindex: chosen ? "0" : "-1",
        onclick: () => openTab(name),
        onkeydown: keys,
      },
      label,
    );
  };
  return h(
    "div",
    { role: "tablist", class: "tabs", "aria-label": text("tabs") },
    tab("home", text("tab_home")),
    tab("messages", text("tab_messages")),
  );
}

/**
 * @param {Snapshot} snapshot
 * @param {Conversation} conversation
 */
function app(snapshot, conversation) {
  const inside =
    state.tab === "home"
      ? h("div", { key: "home", class: "log", "data-scrolls": true }, home(snapshot))
      : [
          messages(conversation),
          h("p", { key: "read-only", class: "read-only" }, text("read_only")),
        ];
  return [
    tabs(),
    h(
      "div",
      {
        key: "panel",
        id: "panel",
        role: "tabpanel",
        class: "panel",
        "aria-labelledby": `tab-${state.tab}`,
      },
      inside,
    ),
  ];
}

/**
 * @param {Snapshot} snapshot
 * @param {(user: string) => void} become
 */
export function slackWindow(snapshot, become) {
  const conversation = current();
  const cover = layer();
  const news = snapshot.conversations.reduce((sum, one) => sum + unread(one), 0);
  const burger = h(
    "button",
    {
      type: "button",
      id: "burger",
      class: "icon burger",
      "aria-expanded": String(isDrawerOpen()),
      "aria-controls": "sidebar",
      onclick: () => turnDrawer(true),
    },
    icon("menu"),
    h("span", { class: "spoken" }, text("menu")),
    news > 0 && h("span", { class: "count", "aria-hidden": "true" }, String(news)),
  );
  const isApp = conversation?.kind === "dm";
  return h(
    "div",
    { class: state.pane === "slack" ? "slack shown" : "slack" },
    h(
      "div",
      { class: "slack-content", inert: cover !== null },
      sidebar(snapshot, become),
      conversation &&
        h(
          "main",
          { key: conversation.id, inert: isDrawerOpen() },
          h(
            "header",
            {},
            burger,
            h("h2", { dir: "auto" }, isApp ? conversation.name : `# ${conversation.name}`),
          ),
          isApp
            ? app(snapshot, conversation)
            : [messages(conversation), composer(conversation, "")],
        ),
      conversation && thread(conversation, drawMessage(conversation, true)),
    ),
    cover,
  );
}
