/**
 * The screens of the collect page but for what was sent itself. Pure builders; the flow between them
 * is collect.js.
 *
 * @typedef {import("./api.js").Reason} Reason
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./frame.js").Screen} Screen
 * @typedef {import("./text.js").Key} Key
 * @typedef {(pressed: HTMLButtonElement) => void} Press
 */
import { button, element, isolated, moment, paragraph } from "./dom.js";
import { phrase, text } from "./text.js";

/**
 * @param {string} state
 * @param {Key} title
 * @param {Key[]} paragraphs
 * @param {...Node} more
 * @returns {Screen}
 */
const plain = (state, title, paragraphs, ...more) => ({
  state,
  title,
  nodes: [...paragraphs.map((key) => paragraph(text(key))), ...more],
});

export const damaged = () => plain("damaged", "damaged_title", ["damaged_text"]);
export const stranger = () =>
  plain("stranger", "stranger_title", ["stranger_text", "stranger_hint"]);

/** @param {Node} fresh offers to ask again */
export const reloaded = (fresh) =>
  plain("reloaded", "reloaded_title", ["reloaded_text", "reloaded_hint"], fresh);

/** By what the ticket was refused with, if there was one. @type {Record<string, Key>} */
const WHY_NO_SESSION = { ticket_used: "session_used", ticket_expired: "session_expired" };

/** @param {unknown} code */
export const session = (code) =>
  plain("session", "session_title", [
    WHY_NO_SESSION[String(code)] ?? "session_required",
    "session_hint",
  ]);

/** What agents have to hear before they hold somebody's password. @returns {HTMLElement} */
export function rules() {
  /** @type {Key[]} */
  const keys = ["rule_now", "rule_forward", "rule_paste", "rule_repeat"];
  const items = keys.map((key) => element("li", {}, text(key)));
  return element("ol", { class: "rules", "aria-label": text("rules") }, ...items);
}

/**
 * @param {Status} status
 * @returns {HTMLElement}
 */
function facts({ what, label, expires_at }) {
  /** @type {[Key, Node][]} */
  const known = [["ready_until", moment(expires_at)]];
  if (label) known.unshift(["ready_label", isolated(label)]);
  if (what) known.unshift(["ready_what", isolated(what)]);
  const rows = known.flatMap(([key, value]) => [
    element("dt", {}, text(key)),
    element("dd", {}, value),
  ]);
  return element("dl", {}, ...rows);
}

/**
 * @param {Status} status
 * @param {Press} onLook
 * @returns {Screen}
 */
export function waiting(status, onLook) {
  const look = button("primary", text("waiting_look"), () => onLook(look));
  const said = element("p", { role: "status", class: "said" });
  return plain("waiting", "waiting_title", ["waiting_text"], facts(status), look, said);
}

/**
 * @param {Status} status
 * @param {Press} onReveal
 * @returns {Screen}
 */
export function ready(status, onReveal) {
  const reveal = button("primary wide", text("ready_button"), () => onReveal(reveal));
  const note = element("p", { class: "note" }, text("ready_note"));
  return plain("ready", "ready_title", [], rules(), facts(status), reveal, note);
}

/** @type {Partial<Record<Reason, [title: Key, detail: Key]>>} */
const WHY = {
  collected: ["gone_collected_title", "gone_collected"],
  expired: ["gone_expired_title", "gone_expired"],
  burned: ["gone_burned_title", "gone_burned"],
  lost: ["gone_lost_title", "gone_lost"],
  tampered: ["gone_tampered_title", "gone_tampered"],
};

/**
 * @param {{ reason: Reason | null, at: number | null }} refusal
 * @param {boolean} wasCut whether an answer to this page's own reveal got lost before
 * @param {Node} fresh offers to ask again
 * @returns {Screen}
 */
export function gone({ reason, at }, wasCut, fresh) {
  const known = reason && WHY[reason];
  // Without a reason nobody knows the request: there is nothing to ask again.
  if (!known) return plain("gone", "gone_title", ["gone_text"]);
  let [title, detail] = known;
  if (wasCut && reason === "collected") [title, detail] = ["gone_broken_title", "gone_broken"];
  const on = element("span", {}, ...(at === null ? [] : phrase("gone_on", { time: moment(at) })));
  return plain("gone", title, [], paragraph(...phrase(detail, { on })), fresh);
}
