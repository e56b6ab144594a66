/**
 * What the page knows, in one place, and the two ways it changes: a snapshot from the server, or
 * something a person does here. Whoever changes it calls `redraw`. Nothing of it outlives the page.
 *
 * @typedef {import("./slack").Act} Act
 * @typedef {import("./slack").Confirm} Confirm
 * @typedef {import("./slack").Snapshot} Snapshot
 *
 * @typedef {object} Letter  a link that came to the customer
 * @property {string} id
 * @property {string} link  with its fragment
 * @property {string} message
 * @property {number} at  milliseconds
 * @property {"asking" | "failed" | import("./slack").Scanned | null} scan
 *
 * @typedef {object} State
 * @property {string} user  whose eyes we look through
 * @property {Snapshot | null} snapshot
 * @property {boolean} online
 * @property {string} conversation  its id; empty: the first one
 * @property {"home" | "messages"} tab  of the app's conversation
 * @property {string} thread  the ts of the message whose thread is open, or empty
 * @property {string} menu  the id of the menu that is open, or empty
 * @property {{ confirm: Confirm, answer: (yes: boolean) => void } | null} question
 * @property {string} trouble  what went wrong last, or empty
 * @property {string} said  for those who listen
 * @property {"slack" | "customer"} pane  which of the two a small screen shows
 * @property {boolean} drawer  whether a small screen shows the sidebar
 * @property {Set<string>} busy  what was pressed and has not been answered
 * @property {Letter[]} letters  newest first
 * @property {Map<string, string>} seen  the newest ts that was on the screen, by person and conversation
 */
import * as server from "./server.js";
import { text } from "./text.js";

const SETTLED = 700;

/** @type {State} */
export const state = {
  user: "",
  snapshot: null,
  online: false,
  conversation: "",
  tab: "messages",
  thread: "",
  menu: "",
  question: null,
  trouble: "",
  said: "",
  pane: "slack",
  drawer: false,
  busy: new Set(),
  letters: [],
  seen: new Map(),
};

/** @type {() => void} */
let draw = () => {};
let waiting = false;

/** @param {() => void} how */
export function drawWith(how) {
  draw = how;
}

/** Draws once for all that changes now. */
export function redraw() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    draw();
  });
}

/**
 * Wait for what an act changed to be on the screen: its answer and the snapshot come separately, and
 * in between the same button must not be pressed again.
 *
 * @param {number} revision before
 */
async function settled(revision) {
  const end = Date.now() + SETTLED;
  while ((state.snapshot?.revision ?? 0) <= revision && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * @param {string} sentence
 * @returns {boolean} whether Slack says it already, above a modal's fields or for our eyes only
 */
function isSaid(sentence) {
  const { modals = [], conversations = [] } = state.snapshot ?? {};
  const messages = conversations.flatMap((one) => one.messages);
  const all = messages.flatMap((one) => [one, ...(one.thread ?? [])]);
  return (
    modals.some(({ notice }) => notice === sentence) ||
    all.some(({ ephemeral, text }) => ephemeral && text === sentence)
  );
}

/**
 * Do something as the person whose eyes we look through. While `key` is busy, it is not done again.
 *
 * @param {Act} act
 * @param {string} key
 * @returns {Promise<boolean>} whether it was done
 */
export async function perform(act, key) {
  if (state.busy.has(key)) return false;
  state.busy.add(key);
  state.trouble = "";
  redraw();
  const revision = state.snapshot?.revision ?? 0;
  let done = false;
  try {
    const answer = await server.act(state.user, act);
    done = answer.ok;
    await settled(revision);
    if (!answer.ok && !isSaid(answer.message)) state.trouble = answer.message;
  } catch {
    state.trouble = text("no_answer");
  }
  state.busy.delete(key);
  redraw();
  return done;
}

/**
 * @param {string} id of a person
 * @returns {string} the short name
 */
export function named(id) {
  if (id === "USLACKBOT") return "Slackbot";
  const { app, people = [] } = state.snapshot ?? {};
  if (app && (id === app.user || id === app.id)) return app.name;
  return people.find((person) => person.id === id)?.name ?? id;
}

/** @type {Map<string, string>} */
const ids = new Map();

/**
 * An element's id for something that has a name of its own, which may hold anything.
 *
 * @param {...string} names
 * @returns {string} the same for the same names
 */
export function idOf(...names) {
  const name = names.join("\0");
  const known = ids.get(name) ?? `n${ids.size}`;
  ids.set(name, known);
  return known;
}
