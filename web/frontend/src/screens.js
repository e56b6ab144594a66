/**
 * The screens of the share page but for the secret itself: what each state says. Pure builders; the
 * flow between them is share.js.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./text.js").Key} Key
 *
 * @typedef {"ready" | "secret" | "damaged" | "reloaded" | "gone" | "unreachable" | "limited"
 *   | "unsupported"} State
 * @typedef {import("./frame.js").Screen & { state: State }} Screen
 */
import { button, duration, element, isolated, moment, paragraph } from "./dom.js";
import { phrase, text } from "./text.js";

/**
 * @param {State} state
 * @param {Key} title
 * @param {...Key} paragraphs
 * @returns {Screen}
 */
const plain = (state, title, ...paragraphs) => ({
  state,
  title,
  nodes: paragraphs.map((key) => paragraph(text(key))),
});

export const damaged = () => plain("damaged", "damaged_title", "damaged_text", "damaged_hint");
export const reloaded = () => plain("reloaded", "reloaded_title", "reloaded_text", "reloaded_hint");
export const insecure = () => plain("unsupported", "insecure_title", "insecure_text");
export const unsupported = () => plain("unsupported", "unsupported_title", "unsupported_text");

/**
 * @param {HTMLButtonElement} pressed
 * @param {Key} label what it says while it works
 */
export function busy(pressed, label) {
  pressed.setAttribute("aria-disabled", "true");
  pressed.textContent = text(label);
  pressed.classList.add("busy");
}

/**
 * @param {{ agent: string, workspace: string }} names
 * @returns {Node[]} the line that says who sent it or asks, if that is known
 */
export function sender({ agent, workspace }) {
  const key =
    agent && workspace ? "ready_from" : agent ? "ready_from_agent" : "ready_from_workspace";
  const names = { agent: isolated(agent ?? ""), workspace: isolated(workspace ?? "") };
  return agent || workspace ? [element("p", { class: "from" }, ...phrase(key, names))] : [];
}

/**
 * @param {Status} status
 * @param {Node} entrance what to press, and what to fill in before
 * @returns {Screen}
 */
export function ready(status, entrance) {
  const single = status.single_use;
  const terms = element(
    "dl",
    {},
    element("dt", {}, text(single ? "ready_single" : "ready_reusable")),
    element("dd", {}, text(single ? "ready_single_text" : "ready_reusable_text")),
    element("dt", {}, text("ready_until")),
    element("dd", {}, moment(status.expires_at)),
  );
  const warning = element("p", { class: "warning", role: "note" }, text("ready_creator"));
  return {
    state: "ready",
    title: "ready_title",
    nodes: [
      ...sender(status),
      terms,
      ...(single && status.created_by_you ? [warning] : []),
      entrance,
      element("p", { class: "note" }, text("ready_note")),
    ],
  };
}

/**
 * @param {Status} status
 * @param {Node[]} nodes the boxes and their buttons
 * @returns {Screen}
 */
export function secret({ single_use, expires_at }, nodes) {
  const strong = (/** @type {(string | Node)[]} */ ...words) => element("strong", {}, ...words);
  const ending = single_use
    ? [
        paragraph(strong(text("single_gone"))),
        paragraph(text("single_gone_text")),
        paragraph(strong(text("single_done")), ` ${text("single_done_text")}`),
      ]
    : [
        paragraph(strong(...phrase("reusable_until", { time: moment(expires_at) }))),
        paragraph(text("reusable_until_text")),
      ];
  const notes = element("div", { class: "ending" }, ...ending);
  return { state: "secret", title: "secret_title", nodes: [...nodes, notes] };
}

/** @type {Partial<Record<import("./api.js").Reason, [title: Key, detail: Key]>>} */
const WHY = {
  viewed: ["gone_viewed_title", "gone_viewed"],
  expired: ["gone_expired_title", "gone_expired"],
  burned: ["gone_burned_title", "gone_burned"],
  lost: ["gone_lost_title", "gone_lost"],
  tampered: ["gone_tampered_title", "gone_tampered"],
};

/**
 * @param {Refusal & { kind: "gone" }} refusal
 * @param {boolean} wasCut whether an answer to this page's own reveal got lost before
 * @param {number} [tries] that were left for the passphrase, if there is one
 * @returns {Screen}
 */
export function gone({ reason, at }, wasCut, tries) {
  const lead = paragraph(text("gone_text"));
  const known = reason && WHY[reason];
  if (!known) return { state: "gone", title: "gone_title", nodes: [lead] };
  let [title, detail] = known;
  if (wasCut && reason === "viewed") [title, detail] = ["gone_broken_title", "gone_broken"];
  // The reason for both is "burned"; what ended with the last try ended by it.
  if (tries === 1 && reason === "burned") [title, detail] = ["gone_tries_title", "gone_tries"];
  const on = element("span", {}, ...(at === null ? [] : phrase("gone_on", { time: moment(at) })));
  const why = element("p", { class: "why" }, ...phrase(detail, { on }));
  return { state: "gone", title, nodes: [lead, why] };
}

/**
 * @param {Refusal["kind"]} kind  of what has no screen of its own
 * @param {boolean} claimed whether a single-use secret may be bound to this page by now
 * @param {(pressed: HTMLButtonElement) => void} onAgain
 * @returns {Screen}
 */
export function unreachable(kind, claimed, onAgain) {
  const again = button("primary", text("again"), () => onAgain(again));
  /** @type {[Key, Key]} */
  let words = ["unreachable_title", "unreachable_text"];
  if (kind === "refused") words = ["refused_title", "refused_text"];
  else if (claimed && kind === "cut") words = ["cut_title", "cut_text"];
  else if (claimed) words = ["postponed_title", "postponed_text"];
  else if (!navigator.onLine) words = ["offline_title", "offline_text"];
  const screen = plain("unreachable", ...words);
  return { ...screen, nodes: [...screen.nodes, again] };
}

/**
 * @param {number} seconds until the server answers again
 * @param {(pressed: HTMLButtonElement) => void} onAgain
 * @returns {Screen}
 */
export function limited(seconds, onAgain) {
  const again = button("primary", text("again"), () => onAgain(again));
  const wait = element("p", { class: "note" });
  const until = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      wait.replaceChildren(...phrase("limited_wait", { time: duration(left) }));
      setTimeout(tick, 1000);
    } else {
      wait.textContent = text("limited_over");
      again.removeAttribute("aria-disabled");
    }
  };
  again.setAttribute("aria-disabled", "true");
  tick();
  const screen = plain("limited", "limited_title", "limited_text");
  return { ...screen, nodes: [...screen.nodes, wait, again] };
}
