/**
 * Questions that both forms of the composer ask: a line beside the secret, and how long it lives.
 *
 * @typedef {import("./text.js").Key} Key
 */
import { line, row } from "./composer-forms.js";
import { element } from "./dom.js";
import { LINE_LIMIT, clean, lengthOf } from "./lines.js";
import { languages } from "./messages.js";
import { phrase, text } from "./text.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** @type {Record<number, Key>} */
const LIFETIMES = {
  [HOUR]: "lifetime_1h",
  [DAY]: "lifetime_24h",
  [3 * DAY]: "lifetime_3d",
  [7 * DAY]: "lifetime_7d",
  [14 * DAY]: "lifetime_14d",
  [30 * DAY]: "lifetime_30d",
};
/** What a request may live; a form that stays open for weeks invites nobody but strangers. */
const LONGEST_REQUEST = 7 * DAY;

/** @param {number[]} lifetimes in seconds */
const forRequests = (lifetimes) => lifetimes.filter((one) => one <= LONGEST_REQUEST);

/**
 * @param {string} id
 * @param {number[]} allowed by the team, in seconds, shortest first
 * @param {number | null} last  the agent's last choice for a secret; null: it is for a request, whose
 *   four have short names and are a day unless chosen otherwise
 */
export function lifetimeRow(id, allowed, last) {
  const lifetimes = last === null ? forRequests(allowed) : allowed;
  const options = Object.entries(LIFETIMES)
    .filter(([seconds]) => lifetimes.includes(Number(seconds)))
    .map(([value, key]) => [value, last === null ? text(key).split(" - ")[0] : text(key)])
    .map(([value = "", words = ""]) => element("option", { value }, words));
  const select = element("select", { id, autocomplete: "off" }, ...options);
  const offered = [last ?? DAY, DAY].find((wish) => lifetimes.includes(wish));
  select.value = String(offered ?? lifetimes.at(-1));
  return { node: row("lifetime", select).node, seconds: () => Number(select.value) };
}

/**
 * @param {string} id
 * @param {string | null} last  the agent's last choice
 * @returns {{ node: HTMLElement, chosen: () => string | null }} chosen: '' leaves it
 *   to the customer's browser from now on, and null as before
 */
export function languageRow(id, last) {
  const options = languages().map(([value, name]) =>
    element("option", { value, lang: value }, name),
  );
  const theirs = element("option", { value: "" }, text("language_theirs"));
  const select = element("select", { id, autocomplete: "off" }, theirs, ...options);
  select.value = last ?? "";
  return { node: row("language", select).node, chosen: () => select.value || (last ? "" : null) };
}

/**
 * @param {string} id
 * @param {Key} label
 * @param {Key} hint
 * @param {Key} [missing] what is said when it is empty; without it, it may be
 * @returns {{ node: HTMLElement, read: () => string | null, unsent: () => boolean,
 *   clear: () => void }} read: one clean line, or null when something is wrong, which is then said
 */
export function labelled(id, label, hint, missing) {
  const input = line(id);
  const asked = row(label, input, { hint });
  return {
    node: asked.node,
    unsent: () => input.value !== "",
    read() {
      const read = clean(input.value);
      /** @type {(string | Node)[]} */
      let wrong = [];
      if (lengthOf(read) > LINE_LIMIT)
        wrong = phrase("line_long", { most: String(LINE_LIMIT), has: String(lengthOf(read)) });
      else if (read === "" && missing) wrong = [text(missing)];
      asked.complain(...wrong);
      return wrong.length > 0 ? null : read;
    },
    clear() {
      input.value = "";
    },
  };
}
