/**
 * A request that was just made: what goes to the customer, and what the agent keeps. The links and
 * the message are shown here only; no server has the collect link.
 *
 * @typedef {object} ReadyRequest
 * @property {string} requestLink  for the customer
 * @property {string} collectLink  for the agent alone, without a ticket
 * @property {string} code  that both ends see, e.g. 4F7-Q2K
 * @property {string} message  to the customer, with the request link in it
 * @property {number} expiresAt  Unix seconds
 */
import { copyPart, sayings } from "./copying.js";
import { element, paragraph } from "./dom.js";
import { utcDate } from "./messages.js";
import { text } from "./text.js";

/**
 * @param {ReadyRequest} ready
 * @param {() => void} [onKept] when the collect link was copied: until then, nobody has it
 * @returns {Node[]}
 */
export function requestReady({ requestLink, collectLink, code, message, expiresAt }, onKept) {
  const { node: said, say } = sayings();
  const kept = copyPart(
    { name: "collect_link", label: "copy_short", value: collectLink },
    say,
    onKept,
  );
  return [
    paragraph(text("request_lead")),
    element(
      "div",
      { class: "parts" },
      copyPart(
        { name: "request_link", label: "link_copy", value: requestLink, primary: true },
        say,
      ),
      copyPart({ name: "message", label: "copy_short", value: message }, say),
    ),
    element(
      "dl",
      {},
      element("dt", {}, text("request_code")),
      element("dd", {}, element("span", { class: "code" }, code)),
      element("dd", { class: "hint" }, text("request_code_text")),
      element("dt", {}, text("request_until")),
      element("dd", {}, utcDate(expiresAt)),
    ),
    element(
      "div",
      { class: "warning keep" },
      element("p", {}, element("strong", {}, text("collect_keep"))),
      paragraph(text("collect_keep_text")),
      kept,
    ),
    said,
  ];
}
