/**
 * The other side: the customer, to whom a real link would now travel by e-mail or ticket.
 *
 * @typedef {import("./state.js").Letter} Letter
 * @typedef {import("./slack").Scanned} Scanned
 */
import { opener } from "./controls.js";
import { customerLinks, textsOf } from "./links.js";
import * as server from "./server.js";
import { redraw, state } from "./state.js";
import { text } from "./text.js";
import { h } from "./tree.js";

/** Whatever link the app shows in a modal now, the customer has. */
export function deliver() {
  const texts = (state.snapshot?.modals ?? []).flatMap(({ blocks }) => textsOf(blocks));
  for (const found of customerLinks(texts, location)) {
    if (state.letters.some(({ link }) => link === found.link)) continue;
    state.letters.unshift({ ...found, at: Date.now(), scan: null });
    state.said = text("mail_came");
    requestAnimationFrame(() => document.querySelector(".mails")?.scrollTo(0, 0));
  }
}

/** @param {Letter} letter */
async function scan(letter) {
  if (letter.scan === "asking") return;
  letter.scan = "asking";
  redraw();
  try {
    letter.scan = await server.scan(letter.link);
  } catch {
    letter.scan = "failed";
  }
  redraw();
  requestAnimationFrame(() =>
    document.querySelector(".scan > p")?.scrollIntoView({ block: "nearest" }),
  );
}

/** @param {Scanned} scanned */
function report({ visits, status }) {
  const still = /^(Active|Waiting)/.test(status);
  const head = ["scan_who", "scan_did", "scan_saw"];
  return h(
    "div",
    { class: "scan", role: "status" },
    h(
      "div",
      { class: "table", "data-scrolls": true },
      h(
        "table",
        {},
        h("caption", { class: "spoken" }, text("scan_caption")),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((key) => h("th", { scope: "col" }, text(/** @type {"scan_who"} */ (key)))),
          ),
        ),
        h(
          "tbody",
          {},
          visits.map(({ who, did, saw }) =>
            h("tr", {}, h("th", { scope: "row" }, who), h("td", {}, did), h("td", {}, saw)),
          ),
        ),
      ),
    ),
    h("p", {}, h("strong", {}, text(still ? "scan_still" : "scan_now", { status }))),
  );
}

/**
 * @param {Letter} letter
 * @param {number} index
 */
function mail(letter, index) {
  const { id, link, message, scan: scanned, at } = letter;
  const number = state.letters.length - index;
  const title = `mail-${id}`;
  const asking = scanned === "asking";
  return h(
    "li",
    { key: link },
    h(
      "article",
      { class: "mail", "aria-labelledby": title },
      h(
        "header",
        {},
        h(
          "h3",
          { id: title },
          text("mail_title", { number, team: state.snapshot?.team.name ?? "" }),
        ),
        h(
          "p",
          { class: "soft" },
          h(
            "time",
            { datetime: new Date(at).toISOString() },
            new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
          ),
        ),
      ),
      h("p", { class: "letter", dir: "auto" }, message),
      h("p", { class: "hint" }, text("mail_hint")),
      h(
        "div",
        { class: "actions" },
        opener(link, { class: "button primary" }, text("mail_open")),
        h(
          "button",
          {
            type: "button",
            class: asking ? "button busy" : "button",
            "aria-disabled": asking ? "true" : null,
            onclick: () => scan(letter),
          },
          text("mail_scan"),
        ),
      ),
      scanned === "failed" && h("p", { class: "error", role: "alert" }, text("no_answer")),
      scanned !== null && typeof scanned === "object" && report(scanned),
    ),
  );
}

export const mailbox = () =>
  h(
    "aside",
    {
      class: state.pane === "customer" ? "customer shown" : "customer",
      "aria-labelledby": "mailbox-title",
    },
    h(
      "header",
      {},
      h("h2", { id: "mailbox-title" }, text("mailbox")),
      h("p", { class: "soft" }, text("mailbox_about")),
    ),
    h(
      "div",
      { class: "mails", "data-scrolls": true },
      state.letters.length > 0
        ? h("ul", {}, state.letters.map(mail))
        : h("p", { class: "soft empty" }, text("mailbox_empty")),
    ),
  );
