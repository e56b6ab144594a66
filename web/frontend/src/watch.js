/**
 * Waiting for an answer. The page looks again by itself, ever more seldom, and only while somebody
 * can see it; a look changes nothing on the server.
 *
 * @typedef {import("./api.js").Status} Status
 */
import * as api from "./api.js";
import * as screens from "./collect-screens.js";
import { show, stateNow } from "./frame.js";
import { busy } from "./screens.js";
import { phrase, text } from "./text.js";

const FIRST = 15_000;
const LONGEST = 240_000;

/**
 * @param {string} id
 * @param {import("./bytes.js").Bytes} proof
 * @param {Status} status
 * @param {(status: Status) => void} onAnswer
 * @param {() => Promise<void>} look with every screen for what can go wrong
 */
export function watch(id, proof, status, onAnswer, look) {
  let pause = FIRST;
  let timer = 0;
  const screen = screens.waiting(status, async (pressed) => {
    clearTimeout(timer);
    busy(pressed, "waiting_busy");
    if (await another(true)) return;
    pressed.removeAttribute("aria-disabled");
    pressed.classList.remove("busy");
    pressed.textContent = text("waiting_look");
    pause = FIRST;
    wait();
  });
  const said = /** @type {HTMLElement} */ (screen.nodes.at(-1));

  /**
   * @param {boolean} isAsked by a press: then a server that cannot be reached is said
   * @returns {Promise<boolean>} whether another screen took this one's place
   */
  async function another(isAsked) {
    const answer = await api.status(id, { link_proof: proof });
    if (stateNow() !== "waiting") return true;
    if (answer.kind !== "ok") {
      const isNews = isAsked || answer.kind === "gone";
      if (isNews) void look(); // with the words and buttons of a first one
      return isNews;
    }
    if (answer.body.state !== "waiting") onAnswer(answer.body);
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    said.replaceChildren(...phrase("waiting_still", { time }));
    return answer.body.state !== "waiting";
  }

  function wait() {
    timer = window.setTimeout(async () => {
      if (stateNow() !== "waiting") return;
      if (document.hidden) return wait();
      pause = Math.min(pause * 2, LONGEST);
      if (!(await another(false))) wait();
    }, pause);
  }

  show(screen);
  wait();
}
