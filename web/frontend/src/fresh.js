/**
 * Asking once more: the same words with new keys, made here (docs/adr/0012). It stands where somebody
 * may have closed too early, and what it made is shown in its place, beside what is on the page.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./text.js").Key} Key
 * @typedef {import("./newrequest.js").NewRequest} Draft
 */
import * as api from "./api.js";
import { button, duration, element, paragraph } from "./dom.js";
import { requestMessage } from "./messages.js";
import { newRequest } from "./newrequest.js";
import { requestReady } from "./ready.js";
import { busy } from "./screens.js";
import { phrase, text } from "./text.js";

/** @type {Record<string, Key>} by the code of the refusal */
const WORDS = {
  session_required: "fresh_session",
  not_for_you: "fresh_stranger",
  policy: "fresh_policy",
  no_room: "fresh_full",
};

/**
 * @param {Refusal} refusal
 * @returns {(string | Node)[]}
 */
function words(refusal) {
  if (refusal.kind === "limited")
    return phrase("fresh_limited", { time: duration(refusal.seconds) });
  if (refusal.kind === "cut" || refusal.kind === "postponed") return [text("fresh_unreachable")];
  const code = refusal.kind === "refused" ? String(refusal.code) : "";
  return [text(WORDS[code] ?? "fresh_refused")];
}

/**
 * @param {Draft} draft
 * @param {api.Requested} made
 * @param {() => void} onKept
 * @returns {Node[]}
 */
function result(draft, { expires_at: expiresAt, language }, onKept) {
  // The customer's name is in no record.
  const message = requestMessage({ name: "", link: draft.requestLink, expiresAt }, language);
  return requestReady({ ...draft, message, expiresAt }, onKept);
}

/**
 * @param {string} old id of the request that is asked again
 * @param {(kept: boolean) => void} [onMade] called when it was made, and when its link was kept
 * @returns {HTMLElement}
 */
export function freshRequest(old, onMade = () => {}) {
  const said = element("p", { role: "status", class: "said" });
  /** The same one again, should an answer get lost: it is then not made twice. @type {Draft | null} */
  let draft = null;
  /** @returns {Promise<api.Answer<api.Requested>>} refused, too, where no keys can be made */
  const ask = async () => {
    try {
      const { body } = (draft ??= await newRequest(old));
      return await api.patiently(() => api.createRequest({ ...body, again: old }));
    } catch {
      return { kind: "refused", code: null };
    }
  };
  const pressed = button("quiet", text("fresh_button"), async () => {
    busy(pressed, "fresh_busy");
    said.textContent = "";
    const answer = await ask();
    if (draft && answer.kind === "ok") return made(draft, answer.body);
    // Taken by something else, which no random id is: the next try makes another.
    if (answer.kind === "refused") draft = null;
    pressed.removeAttribute("aria-disabled");
    pressed.classList.remove("busy");
    pressed.textContent = text("fresh_button");
    if (answer.kind !== "ok") said.replaceChildren(...words(answer));
  });
  /**
   * @param {Draft} mine
   * @param {api.Requested} theirs
   */
  const made = (mine, theirs) => {
    const heading = element("h2", { tabindex: "-1" }, text("fresh_ready"));
    section.replaceChildren(heading, ...result(mine, theirs, () => onMade(true)));
    heading.focus();
    onMade(false);
  };
  const section = element(
    "section",
    { class: "step" },
    element("h2", {}, text("fresh_heading")),
    paragraph(text("fresh_text")),
    element("div", { class: "actions" }, pressed),
    said,
  );
  return section;
}
