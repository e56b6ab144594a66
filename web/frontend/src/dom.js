/**
 * Elements, made without markup: whatever is handed in as a child becomes text or is a node already
 * (`append`), so nothing a stranger wrote can turn into an element.
 *
 * @typedef {string | Node} Child
 */

import { locale, phrase } from "./text.js";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * @param {...Child} children
 * @returns {HTMLParagraphElement}
 */
export const paragraph = (...children) => element("p", {}, ...children);

/**
 * A name somebody chose: isolated, so that its direction cannot rearrange the sentence around it.
 * Browsers end a bdi by a character, which such a character in the name can take or forestall: then
 * a box of its own sets it apart.
 *
 * @param {string} name
 * @returns {HTMLElement}
 */
export const isolated = (name) =>
  element("bdi", /[\u2066-\u2069]/.test(name) ? { class: "apart" } : {}, name);

/**
 * @param {string} className
 * @param {Child} label
 * @param {() => void} onClick
 * @returns {HTMLButtonElement}
 */
export function button(className, label, onClick) {
  const made = element("button", { type: "button", class: className }, label);
  made.addEventListener("click", () => {
    // Not `disabled`: that would throw the keyboard's focus away.
    if (made.getAttribute("aria-disabled") !== "true") onClick();
  });
  return made;
}

/**
 * A moment in the reader's own time zone, which is named, e.g. 24 November 2026, 16:00 CET.
 *
 * @param {number} seconds Unix time
 * @returns {HTMLTimeElement}
 */
export function moment(seconds) {
  // Whatever a server says, a page must not stop at it: the last moment that dates can name.
  const when = new Date(Math.min(seconds * 1000, 8.64e15));
  /** @type {Intl.DateTimeFormatOptions} */
  const clock = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  const day = when.toLocaleDateString(locale(), { dateStyle: "long" });
  const time = when.toLocaleTimeString(locale(), clock);
  return element("time", { datetime: when.toISOString() }, ...phrase("moment", { day, time }));
}

/**
 * @param {number} seconds
 * @returns {string} e.g. 40 seconds; minutes, rounded up, from two on
 */
export function duration(seconds) {
  const minutes = seconds >= 120;
  const unit = minutes ? "minute" : "second";
  const count = minutes ? Math.ceil(seconds / 60) : seconds;
  return count.toLocaleString(locale(), { style: "unit", unit, unitDisplay: "long" });
}
