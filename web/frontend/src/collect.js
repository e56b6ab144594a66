/**
 * The collect page: from the link in the address bar, or the one that its agent pastes, to the answer
 * on the screen and the vault (docs/protocol.md, "Tickets and sessions"). The answer lives in this
 * page's memory and its boxes, nowhere else.
 *
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./link.js").Link} Link
 */
import * as api from "./api.js";
import * as screens from "./collect-screens.js";
import { collected, done } from "./collected.js";
import { addIcon, begin, introduce, nowIn, show } from "./frame.js";
import { freshRequest } from "./fresh.js";
import { openAnswer } from "./hpke.js";
import { linkProof } from "./keys.js";
import { keepOpen } from "./leaving.js";
import { OPENED, idIn, readLink } from "./link.js";
import { collect, common, fields, page, ready } from "./locales/en.json";
import messages from "./locales/messages.json";
import { learn } from "./messages.js";
import { paste } from "./paste.js";
import { busy, limited, unreachable } from "./screens.js";
import { speak } from "./text.js";
import { Visit } from "./visit.js";
import { watch } from "./watch.js";

learn(messages);
speak(common, page, fields, ready, collect);

/** Empties the boxes, while an answer is on the screen. @type {(() => void) | null} */
let forget = null;

/** Whether a fresh request's links stand on this page, and its collect link here only. */
let hasMade = false;
let isUnkept = false;

const guard = () => keepOpen(forget !== null || isUnkept);

/** @param {string} id */
const fresh = (id) =>
  freshRequest(id, (kept) => {
    hasMade = true;
    isUnkept = !kept;
    guard();
  });

/**
 * One visit, by a link that holds the seed.
 *
 * @param {Link} link
 * @param {{ code: unknown } | null} ticket what it was refused with; null: it was taken
 */
async function visit(link, ticket) {
  const proof = await linkProof(link);

  /** @param {Status} status */
  function answered(status) {
    // What was asked is told to whoever may collect: without it, no click can help.
    if (status.what === undefined)
      return show(ticket ? screens.session(ticket.code) : screens.stranger());
    return show(
      screens.ready(status, (pressed) => {
        nowIn("opening");
        busy(pressed, "ready_busy");
        void seeing.reveal(status, (blob) => openAnswer(link.key, link.id, blob));
      }),
    );
  }

  const asking = fresh(link.id);
  /** @param {string | null} language the customer's */
  const save = (language) => {
    forget?.();
    const body = { link_proof: proof };
    const record = async () => {
      const answer = await api.patiently(() => api.saved(link.id, body));
      return answer.kind === "ok";
    };
    show(done(record, language, isUnkept ? [asking] : []));
  };

  /** @type {import("./visit.js").Place} */
  const place = {
    show,
    onLook(status) {
      introduce(status.workspace);
      if (status.state !== "waiting") return answered(status);
      return watch(link.id, proof, status, answered, seeing.look);
    },
    onOpened(content, status) {
      const view = collected(content, status, () => save(status.language), asking);
      forget = () => {
        view.close();
        forget = null;
        guard();
      };
      show(view.screen);
      addIcon();
      // Closed by mistake, it would be gone, and the customer had to be asked again.
      guard();
      // From here on the link is spent: it leaves the address bar and history.
      history.replaceState(null, "", OPENED);
    },
    onRefused(refusal, wasCut) {
      if (refusal.kind === "gone") show(screens.gone(refusal, wasCut, asking));
      else if (refusal.kind !== "refused") return false;
      else if (refusal.code === "session_required") show(screens.session(refusal.code));
      else if (refusal.code === "not_for_you") show(screens.stranger());
      else return false;
      return true;
    },
  };
  const seeing = new Visit(link.id, proof, place);
  return seeing.look();
}

/**
 * Trades the ticket for a session first, so that the first look says what this person may.
 *
 * @param {string} hash
 * @param {string | null} ticket
 * @returns {Promise<void>}
 */
async function enter(hash, ticket) {
  const id = idIn("c", location);
  if (hash === OPENED && id) return show(screens.reloaded(fresh(id)));
  const link = await readLink("c", { pathname: location.pathname, hash });
  // Damaged links end here, before anything is sent. One without a key was made in a browser.
  if (!id || (hash.length > 1 && link === null)) return show(screens.damaged());
  const answer = ticket ? await api.patiently(() => api.session(ticket)) : null;
  if (answer && answer.kind !== "ok" && answer.kind !== "refused" && answer.kind !== "gone") {
    /** @param {HTMLButtonElement} pressed */
    const again = (pressed) => {
      busy(pressed, "again_busy");
      void enter(hash, ticket);
    };
    const { kind } = answer;
    return show(
      kind === "limited" ? limited(answer.seconds, again) : unreachable(kind, false, again),
    );
  }
  const refused =
    answer?.kind === "ok" ? null : { code: answer?.kind === "refused" && answer.code };
  if (link) return visit(link, refused);
  return show(paste(id, (pasted) => void visit(pasted, refused), fresh(id)));
}

const again = begin(enter);

// Leaving empties the page at once: a copy kept for the Back button must hold neither the answer nor a
// link that collects the next one.
addEventListener("pagehide", () => {
  const id = idIn("c", location);
  if (hasMade) for (const box of document.querySelectorAll("main pre")) box.textContent = "";
  if (!forget || !id) return;
  forget();
  show(screens.reloaded(fresh(id)));
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted || !hasMade) return;
  hasMade = isUnkept = false;
  guard();
  void again();
});
