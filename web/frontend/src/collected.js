/**
 * What was sent, on the screen: the rules once more, each field with its copy button in the order of
 * a login item, and the way to the vault. No download: a file on disk is a copy outside the vault
 * that nobody clears. Whatever a stranger wrote is text here, and no link.
 *
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./copying.js").Say} Say
 * @typedef {import("./frame.js").Screen} Screen
 */
import { inOrder, isTooLong, itemOf } from "./bitwarden.js";
import { rules } from "./collect-screens.js";
import { copyPart, sayings } from "./copying.js";
import { button, element, isolated, paragraph } from "./dom.js";
import { replyMessage } from "./messages.js";
import { busy } from "./screens.js";
import { secretView } from "./secret.js";
import { phrase, text } from "./text.js";

/**
 * Copies the item; where that fails, it is shown to be copied by hand.
 *
 * @param {string} json
 * @param {Say} say
 * @param {string} hint said after the copy
 * @returns {{ copy: HTMLElement, box: HTMLElement }}
 */
function itemCopy(json, say, hint) {
  const label = { role: "group", tabindex: "0", translate: "no", hidden: "" };
  const box = element("pre", { ...label, "aria-label": text("bitwarden_name") });
  const copy = button("quiet", text("bitwarden"), async () => {
    try {
      await navigator.clipboard.writeText(json);
      say(...phrase("copied_status", { name: text("bitwarden_name") }), ` ${hint}`);
    } catch {
      box.textContent = json;
      box.hidden = false;
      getSelection()?.selectAllChildren(box);
      box.focus();
      say(text("copy_failed"));
    }
  });
  return { copy, box };
}

/** @returns {HTMLElement} to the team's vault, in a tab of its own: this page must stay */
function vaultLink() {
  const meta = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=vault]"));
  return element(
    "a",
    { class: "button", href: meta.content, target: "_blank", rel: "noopener noreferrer" },
    text("vault"),
    element("span", { class: "spoken" }, ` ${text("new_tab")}`),
  );
}

/**
 * @param {string | null} language the customer's, as far as it was chosen
 * @returns {HTMLElement} what to tell the customer
 */
export function reply(language) {
  const { node, say } = sayings();
  const value = replyMessage(language);
  const part = copyPart({ name: "reply_name", label: "copy_short", value }, say);
  return element("section", { class: "step" }, part, node);
}

/**
 * @param {Content} content
 * @param {Status} status
 * @returns {{ step: HTMLElement, close: () => void }}
 */
function saving(content, { what = "", label = "" }) {
  const { node, say } = sayings();
  const item = itemOf(content, label ? `${label}: ${what}` : what || text("secret_title"));
  const hint = text(isTooLong(item) ? "bitwarden_long" : "bitwarden_hint");
  const { copy, box } = itemCopy(JSON.stringify(item), say, hint);
  const step = element(
    "section",
    { class: "step" },
    element("h2", {}, text("save_heading")),
    element("div", { class: "actions" }, vaultLink(), copy),
    box,
    node,
  );
  return { step, close: () => box.replaceChildren() };
}

/**
 * @param {Content} content
 * @param {Status} status
 * @param {() => void} onSaved
 * @param {Node} fresh offers to ask again
 * @returns {{ screen: Screen, close: () => void }} close: empties the boxes
 */
export function collected(content, status, onSaved, fresh) {
  const words = { nameless: text("nameless"), more: text("more") };
  const { content: shown, blank } = inOrder(content, words);
  const view = secretView(shown);
  const save = saving(content, status);
  const isEmpty = "fields" in shown && shown.fields.length === 0 && !shown.file;
  const names = element(
    "span",
    {},
    ...blank.flatMap((name, at) => [at ? ", " : "", isolated(name)]),
  );
  const screen = {
    state: "secret",
    title: /** @type {const} */ ("secret_title"),
    nodes: [
      ...(status.what ? [element("p", { class: "from" }, isolated(status.what))] : []),
      rules(),
      ...(isEmpty ? [paragraph(text("secret_nothing"))] : view.nodes),
      ...(blank.length
        ? [element("p", { class: "note" }, ...phrase("secret_blank", { names }))]
        : []),
      element("p", { class: "note" }, text("secret_from")),
      save.step,
      reply(status.language),
      element(
        "section",
        { class: "step" },
        button("primary wide", text("saved"), onSaved),
        element("p", { class: "note" }, text("saved_note")),
      ),
      fresh,
    ],
  };
  return {
    screen,
    close() {
      view.close();
      save.close();
    },
  };
}

/**
 * After **Saved - clear this page**: it is cleared at once; the record may take its time, or fail.
 *
 * @param {() => Promise<boolean>} record whether it is on record
 * @param {string | null} language the customer's
 * @param {Node[]} more that must stay
 * @returns {Screen}
 */
export function done(record, language, more) {
  const said = element("p", { role: "status", class: "said" }, text("done_busy"));
  const again = button("quiet", text("done_again"), () => void run());
  const actions = element("div", { class: "actions", hidden: "" }, again);
  const run = async () => {
    busy(again, "again_busy");
    const isOn = await record();
    said.textContent = text(isOn ? "done_recorded" : "done_failed");
    again.removeAttribute("aria-disabled");
    again.classList.remove("busy");
    again.textContent = text("done_again");
    actions.hidden = isOn;
  };
  void run();
  const nodes = [paragraph(text("done_text")), said, actions, reply(language), ...more];
  return { state: "done", title: "done_title", nodes };
}
