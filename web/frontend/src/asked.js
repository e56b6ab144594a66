/**
 * The screens of the request page: the form around its fields, the receipt, and every way a request
 * can end. Pure builders; the flow between them is answering.js.
 *
 * @typedef {import("./api.js").Asked} Asked
 * @typedef {import("./frame.js").Screen} Screen
 * @typedef {import("./text.js").Key} Key
 * @typedef {"withdraw" | "unexpected"} Verb
 */
import { button, element, isolated, moment, paragraph } from "./dom.js";
import { sender } from "./screens.js";
import { text } from "./text.js";

/**
 * @param {string} state
 * @param {Key} title
 * @param {...Key} paragraphs
 * @returns {Screen}
 */
const plain = (state, title, ...paragraphs) => ({
  state,
  title,
  nodes: paragraphs.map((key) => paragraph(text(key))),
});

/** No form: the server's public key is not the one that the link was made for. */
export const swapped = () => plain("swapped", "swapped_title", "swapped_text", "swapped_hint");
/** Nobody knows such a request. */
export const unknown = () => plain("unknown", "unknown_title", "unknown_text", "unknown_hint");

/**
 * @param {...([Key, (string | Node)[]] | null)} facts
 * @returns {HTMLDListElement}
 */
const list = (...facts) =>
  element(
    "dl",
    {},
    ...facts.flatMap((fact) =>
      fact ? [element("dt", {}, text(fact[0])), element("dd", {}, ...fact[1])] : [],
    ),
  );

/**
 * @param {Asked} asked
 * @returns {[Key, Node[]] | null}
 */
const what = (asked) => (asked.what ? ["asked_what", [isolated(asked.what)]] : null);

/**
 * @param {Asked} asked
 * @param {string} code to be read aloud
 * @param {Node} fields
 * @param {(verb: Verb) => void} onEnd
 * @returns {Screen}
 */
export function form(asked, code, fields, onEnd) {
  return {
    state: "form",
    title: "form_title",
    nodes: [
      ...sender(asked),
      list(
        what(asked),
        ["asked_until", [moment(asked.expires_at)]],
        [
          "asked_code",
          [
            element("span", { class: "code", dir: "ltr" }, code),
            element("p", { class: "hint" }, text("asked_code_hint")),
          ],
        ],
      ),
      fields,
      element("p", { class: "note" }, text("form_note")),
      element("div", { class: "actions" }, ender("unexpected", onEnd)),
    ],
  };
}

/**
 * @param {Verb} verb
 * @param {(verb: Verb) => void} onEnd
 */
const ender = (verb, onEnd) => button("quiet", text(verb), () => onEnd(verb));

/**
 * @param {Asked} asked
 * @param {(verb: Verb) => void} onEnd
 * @param {Key} [lead] what has to be said first
 * @returns {Screen} what became of the request, for every state but waiting
 */
export function receipt(asked, onEnd, lead) {
  const { state, received_at: received, collected_at: collected } = asked;
  const living = state === "received";
  const [title, whole, none] = WHAT_BECAME[state] ?? ["ended_title", "burned_text", "burned_none"];
  return {
    state: living || state === "collected" ? "receipt" : "ended",
    title,
    nodes: [
      ...sender(asked),
      ...(lead ? [element("p", { class: "warning", role: "note" }, text(lead))] : []),
      paragraph(text(received === null ? none : whole)),
      list(
        what(asked),
        received === null ? null : ["receipt_sent", [moment(received)]],
        collected !== null
          ? ["receipt_collected", [moment(collected)]]
          : living
            ? ["receipt_collected", [text("receipt_not_yet")]]
            : null,
        living ? ["receipt_until", [moment(asked.expires_at)]] : null,
      ),
      ...(received === null ? [] : [element("p", { class: "note" }, text("receipt_not_you"))]),
      ...(living
        ? [
            element(
              "div",
              { class: "actions" },
              ender("withdraw", onEnd),
              ender("unexpected", onEnd),
            ),
          ]
        : []),
    ],
  };
}

/**
 * Its title; what to say when something had been sent, and when not.
 *
 * @type {Partial<Record<import("./api.js").State, [Key, Key, Key]>>}
 */
const WHAT_BECAME = {
  received: ["received_title", "received_text", "received_text"],
  collected: ["collected_title", "collected_text", "collected_text"],
  expired: ["expired_title", "expired_text", "expired_none"],
  burned: ["ended_title", "burned_text", "burned_none"],
  lost: ["lost_title", "lost_text", "lost_none"],
  tampered: ["tampered_title", "tampered_text", "tampered_text"],
};

/**
 * @param {Asked} asked
 * @returns {Screen} somebody else's answer is there
 */
export function taken(asked) {
  const at = asked.received_at;
  return {
    state: "ended",
    title: "taken_title",
    nodes: [
      ...sender(asked),
      paragraph(text("taken_text")),
      paragraph(text("taken_hint")),
      list(what(asked), at === null ? null : ["receipt_sent", [moment(at)]]),
    ],
  };
}

/**
 * Title and answer; what to say when something had been sent, and when not.
 *
 * @type {Record<Verb, [Key, Key, Key, Key]>}
 */
const QUESTIONS = {
  withdraw: ["withdraw_title", "withdraw_yes", "withdraw_text", "withdraw_text"],
  unexpected: ["unexpected_title", "unexpected_yes", "unexpected_text", "unexpected_none"],
};

/**
 * @param {Verb} verb
 * @param {boolean} wasSent
 * @param {(pressed: HTMLButtonElement) => void} onYes
 * @param {() => void} onNo
 * @returns {Screen}
 */
export function confirm(verb, wasSent, onYes, onNo) {
  const [title, label, whole, none] = QUESTIONS[verb];
  const yes = button("primary", text(label), () => onYes(yes));
  const no = button("quiet", text("keep"), onNo);
  const screen = plain("confirm", title, wasSent ? whole : none);
  return { ...screen, nodes: [...screen.nodes, element("div", { class: "actions" }, yes, no)] };
}

/**
 * @param {Verb} verb
 * @param {boolean} wasSent
 * @returns {Screen}
 */
export const done = (verb, wasSent) =>
  verb === "withdraw"
    ? plain("ended", "withdrawn_title", "withdrawn_text", "close")
    : plain("ended", "told_title", wasSent ? "told_text" : "told_none", "close");
