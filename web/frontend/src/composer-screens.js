/**
 * The screens of the composer beside its forms: what was made, and why nothing can be.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./text.js").Key} Key
 * @typedef {import("./frame.js").Screen} Screen
 */
import { copyPart, sayings } from "./copying.js";
import { button, duration, element, moment, paragraph } from "./dom.js";
import { shareMessage, utcDate } from "./messages.js";
import { requestReady } from "./ready.js";
import { phrase, text } from "./text.js";

/** @type {Map<unknown, Key>} */
const WHY = new Map([
  ["ticket_used", "over_used"],
  ["ticket_expired", "over_expired"],
]);

/**
 * @param {unknown} [code] why a ticket was refused; none: there was no ticket
 * @returns {Screen}
 */
export function over(code) {
  const why = paragraph(text(WHY.get(code) ?? "over_none"));
  return { state: "over", title: "over_title", nodes: [why, paragraph(text("over_text"))] };
}

/**
 * @param {{ link: string, expiresAt: number, singleUse: boolean, passphrase: string,
 *   language: string | null }} made
 * @param {() => void} onCopied the link, alone or in its message
 * @param {() => void} onAnother
 * @returns {Screen}
 */
export function secretMade(
  { link, expiresAt, singleUse, passphrase, language },
  onCopied,
  onAnother,
) {
  const { node: said, say } = sayings();
  const about = { link, expiresAt, singleUse, locked: passphrase !== "" };
  const message = shareMessage(about, language);
  const copies = [
    copyPart({ name: "link", label: "link_copy", value: link, primary: true }, say, onCopied),
    copyPart({ name: "message", label: "copy_short", value: message }, say, onCopied),
  ];
  const secret = copyPart(
    { name: "passphrase_label", label: "copy_short", value: passphrase },
    say,
  );
  const locked = [element("p", { class: "warning" }, text("made_passphrase")), secret];
  const until = [element("dt", {}, text("made_until")), element("dd", {}, utcDate(expiresAt))];
  return {
    state: "made",
    title: "made_title",
    nodes: [
      paragraph(text("made_lead")),
      element("div", { class: "parts" }, ...copies),
      element("dl", {}, ...until),
      ...(singleUse ? [element("p", { class: "hint" }, text("made_consumes"))] : []),
      ...(passphrase === "" ? [] : [element("div", { class: "parts" }, ...locked)]),
      said,
      button("quiet", text("another"), onAnother),
    ],
  };
}

/**
 * @param {import("./ready.js").ReadyRequest} made
 * @param {() => void} onKept when the agent has the collect link
 * @param {() => void} onAnother
 * @returns {Screen}
 */
export const requestMade = (made, onKept, onAnother) => ({
  state: "asked",
  title: "asked_title",
  nodes: [...requestReady(made, onKept), button("quiet", text("another"), onAnother)],
});

/** By code, or by a policy's reason. @type {Map<unknown, Key>} */
const REFUSED = new Map([
  ["session_required", "refused_session"],
  ["not_for_you", "refused_channel"],
  ["no_room", "refused_room"],
  ["too_large", "refused_large"],
  ["max_lifetime", "refused_lifetime"],
  ["require_passphrase", "passphrase_required"],
  ["requests", "refused_requests"],
  ["creates_per_hour", "refused_limit"],
]);

/**
 * What kept a link from being made. What was typed is still there, and these words say so.
 *
 * @param {Refusal} refusal
 * @returns {(string | Node)[]}
 */
export function why(refusal) {
  if (refusal.kind === "limited")
    return phrase("refused_often", { time: duration(refusal.seconds) });
  if (refusal.kind === "postponed") return [text("refused_store")];
  if (refusal.kind === "cut") return [text(navigator.onLine ? "refused_cut" : "refused_offline")];
  if (refusal.kind !== "refused") return [text("refused_other")];
  const { code, reason, at } = refusal;
  const key = REFUSED.get(code === "policy" ? reason : code);
  const when = typeof at === "number" ? phrase("refused_limit_at", { time: moment(at) }) : [];
  return [text(key ?? "refused_other"), ...(key === "refused_limit" ? when : [])];
}
