/**
 * What stands in angle brackets in mrkdwn: people, channels, dates, links. A link becomes one only with
 * a scheme that shows a page or writes a mail; everything else is text.
 *
 * @typedef {import("./tree.js").Tree} Tree
 *
 * @typedef {object} Reading
 * @property {(id: string) => string} named  a person's name
 * @property {boolean} verbatim
 * @property {import("./dates.js").Reader} clock
 */
import { slackDate } from "./dates.js";
import { h } from "./tree.js";

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">" };
const PERSON = /^@([UW][A-Z0-9]+)(?:\|(.*))?$/;
const CHANNEL = /^#([CG][A-Z0-9]+)(?:\|(.*))?$/;
const DATE = /^!date\^([^^|]+)\^([^^|]+)(?:\^([^|]*))?\|(.*)$/;
const GROUP = /^!subteam\^[A-Z0-9]+(?:\|(.*))?$/;
const EVERYBODY = /^!(here|channel|everyone)(?:\|.*)?$/;

/**
 * Slack's three entities, once: what the result spells is not read again.
 *
 * @param {string} text
 * @returns {string}
 */
export const decode = (text) =>
  text.replace(/&(amp|lt|gt);/g, (_, /** @type {string} */ name) => ENTITIES[name] ?? "");

/**
 * @param {string} address decoded
 * @returns {string | null} the address if a click on it does no harm
 */
export function harmless(address) {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return SCHEMES.has(url.protocol) ? url.href : null;
}

/**
 * @param {string} href of `harmless`
 * @param {string | Tree} shown
 */
const anchor = (href, shown) =>
  h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, shown);

/**
 * @param {string} raw an address without brackets
 * @returns {string | Tree}
 */
export function bareLink(raw) {
  const address = decode(raw);
  const href = harmless(address);
  return href === null ? address : anchor(href, address);
}

/**
 * @param {string} text
 * @returns {Tree}
 */
const mention = (text) => h("span", { class: "mention" }, text);

/**
 * @param {string} body without the brackets
 * @param {Reading} reading
 * @returns {Tree | null} null: it is no token
 */
export function token(body, reading) {
  const person = PERSON.exec(body);
  if (person) return mention(`@${decode(person[2] || reading.named(person[1] ?? ""))}`);
  const channel = CHANNEL.exec(body);
  if (channel) return mention(`#${decode(channel[2] || (channel[1] ?? ""))}`);
  const everybody = EVERYBODY.exec(body) ?? GROUP.exec(body);
  if (everybody) return mention(`@${decode(everybody[1] ?? "group").replace(/^@/, "")}`);
  return date(body, reading) ?? link(body);
}

/**
 * @param {string} body
 * @param {Reading} reading
 * @returns {Tree | null}
 */
function date(body, { clock }) {
  const [whole, seconds = "", format = "", link = "", fallback = ""] = DATE.exec(body) ?? [];
  if (whole === undefined) return null;
  const written = slackDate(seconds, decode(format), clock);
  const shown = written
    ? h("time", { datetime: written.iso, title: decode(fallback) }, written.text)
    : h("span", {}, decode(fallback));
  const href = harmless(decode(link));
  return href === null ? shown : anchor(href, shown);
}

/**
 * @param {string} body
 * @returns {Tree | null}
 */
function link(body) {
  const bar = body.indexOf("|");
  const address = decode(bar < 0 ? body : body.slice(0, bar));
  const href = harmless(address);
  if (href === null) return null;
  const text = bar < 0 ? address.replace(/^mailto:/, "") : decode(body.slice(bar + 1));
  return anchor(href, h("bdi", {}, text || address));
}
