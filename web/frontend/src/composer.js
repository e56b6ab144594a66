/**
 * The composer: an agent writes a secret, or asks for one, without Slack or the server reading
 * along. Encryption and keys are born here (composer-make.js); the links are shown here only.
 */
import * as api from "./api.js";
import { Composing } from "./composing.js";
import { addIcon, begin, introduce, show } from "./frame.js";
import { composer, page, ready } from "./locales/en.json";
import messages from "./locales/messages.json";
import { learn } from "./messages.js";
import * as screens from "./screens.js";
import { over } from "./composer-screens.js";
import { speak } from "./text.js";

learn(messages);
speak(page, ready, composer);

/** @type {Composing | null} */
let composing = null;

/**
 * Takes the ticket out of the address bar, before anything is shown. It moves into this entry's
 * history state, for a reload: by then it is used, and good for nothing without the session's cookie,
 * which no script can read. Storage would outlive the tab; a state ends with it.
 *
 * @returns {string} empty: there is none
 */
function takeTicket() {
  const ticket = location.hash.replace(/^#\.?/, "");
  if (ticket) history.replaceState({ ticket }, "", location.pathname);
  return String(Object(history.state)["ticket"] ?? "");
}

const ticket = takeTicket();

/** @returns {Promise<void>} */
async function open() {
  if (!ticket) return show(over());
  const answer = await api.patiently(() => api.session(ticket));
  addIcon();
  /** @param {HTMLButtonElement} pressed */
  const again = (pressed) => {
    screens.busy(pressed, "again_busy");
    void open();
  };
  if (answer.kind === "limited") return show(screens.limited(answer.seconds, again));
  if (answer.kind === "cut" || answer.kind === "postponed")
    return show(screens.unreachable(answer.kind, false, again));
  if (answer.kind !== "ok") return show(over(answer.kind === "refused" ? answer.code : ""));
  introduce(answer.body.workspace);
  // A ticket for another page grants nothing here.
  if (!answer.body.policy || !answer.body.prefill) return show(over());
  composing = new Composing(answer.body, answer.body.policy, answer.body.prefill);
  return composing.begin();
}

const again = begin(open);

addEventListener("beforeunload", (event) => {
  if (composing?.wouldLose) event.preventDefault();
});
// Leaving empties the page at once: a copy kept for the Back button must hold nothing secret.
addEventListener("pagehide", () => composing?.forget());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void again();
});
