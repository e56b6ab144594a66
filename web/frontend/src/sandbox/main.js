/**
 * The sandbox page: a pretend Slack on the left, the customer on the right. The server says what there
 * is; this draws it and reports what people do.
 */
import { follow, keepFocus } from "./focus.js";
import { forgetForms } from "./forms.js";
import { icon } from "./icons.js";
import { deliver, mailbox } from "./mailbox.js";
import { closeMenuOutside } from "./menu.js";
import { watch } from "./server.js";
import { scroll, standing } from "./scroll.js";
import { current, see, unread } from "./sidebar.js";
import { drawWith, redraw, state } from "./state.js";
import { text } from "./text.js";
import { h, patch } from "./tree.js";
import { slackWindow } from "./window.js";

const root = /** @type {HTMLElement} */ (document.querySelector("#root"));

let leave = () => {};

/** @param {string} user empty: whoever the server names first */
function become(user) {
  leave();
  const { snapshot } = state;
  // Until theirs comes, what everybody sees stays, and nothing that is one person's.
  const common = snapshot && { ...snapshot, me: user, modals: [], home: null };
  const kind = current()?.kind;
  Object.assign(state, { user, snapshot: common, online: false });
  Object.assign(state, { thread: "", menu: "", question: null, trouble: "" });
  leave = watch(user, {
    onSnapshot(snapshot) {
      const before = state.snapshot?.me === snapshot.me ? news() : Infinity;
      Object.assign(state, { snapshot, user: snapshot.me, online: true });
      stayWith(kind);
      if (news() > before) state.said = text("message_came");
      deliver();
      redraw();
    },
    onOffline() {
      state.online = false;
      redraw();
    },
  });
  redraw();
}

/**
 * The app's conversation is another one for everybody: whoever was in theirs is in it afterwards.
 *
 * @param {"channel" | "dm" | undefined} kind
 */
function stayWith(kind) {
  const { conversations = [] } = state.snapshot ?? {};
  if (conversations.some(({ id }) => id === state.conversation)) return;
  state.conversation = conversations.find((one) => one.kind === kind)?.id ?? "";
}

const news = () => (state.snapshot?.conversations ?? []).reduce((sum, one) => sum + unread(one), 0);

/** A small screen shows one side at a time. */
function sides() {
  /**
   * @param {"slack" | "customer"} pane
   * @param {string} name
   * @param {number} count
   */
  const side = (pane, name, count) => {
    const choose = () => {
      state.pane = pane;
      redraw();
    };
    return h(
      "button",
      { type: "button", "aria-pressed": String(state.pane === pane), onclick: choose },
      name,
      count > 0 && h("span", { class: "count" }, String(count)),
    );
  };
  const mails = state.letters.length;
  return h(
    "div",
    { class: "sides", role: "group", "aria-label": text("sides") },
    side("slack", text("side_slack"), state.pane === "slack" ? 0 : news()),
    side("customer", text("side_customer"), mails),
  );
}

function trouble() {
  const dismiss = () => {
    state.trouble = "";
    redraw();
  };
  return h(
    "div",
    { class: "toast-place" },
    h(
      "p",
      { role: "status", class: state.online ? "spoken" : "toast" },
      state.online ? state.said : text("connecting"),
    ),
    h(
      "div",
      { role: "alert" },
      state.trouble &&
        h(
          "p",
          { class: "toast trouble" },
          state.trouble,
          h(
            "button",
            { type: "button", class: "icon", "aria-label": text("dismiss"), onclick: dismiss },
            icon("close"),
          ),
        ),
    ),
  );
}

function draw() {
  const lists = standing();
  const { snapshot } = state;
  const open = current();
  const isShown = open?.kind === "channel" || state.tab === "messages";
  if (open && isShown && state.pane === "slack") see(open);
  const all = snapshot
    ? [sides(), slackWindow(snapshot, become), mailbox(), trouble()]
    : [h("p", { class: "loading", role: "status" }, text("connecting"))];
  patch(root, all);
  root.dataset["revision"] = String(snapshot?.revision ?? "");
  root.dataset["busy"] = String(state.busy.size);
  forgetForms((id) => id.includes(" ") || isOpen(id));
  scroll(lists);
  follow();
}

/** @param {string} id of a view */
const isOpen = (id) => state.snapshot?.modals.some((view) => view.id === id) ?? false;

drawWith(draw);
keepFocus();
closeMenuOutside();
become("");
