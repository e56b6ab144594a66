/**
 * Links of this site that are meant for customers, found in what Slack shows: they open a secret or
 * answer a request. The part behind the `#` is the key: it is kept in this page's memory and goes
 * nowhere but into the tab that opens the link.
 *
 * @typedef {{ id: string, link: string, message: string }} Found
 *   message: the longest text with the link in it, which is the one meant for the customer
 */
const FOR_CUSTOMERS = /https?:\/\/[^\s/<>"]+\/[sr]\/([\w-]{26})#[\w-]+/g;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * @param {string} link
 * @param {{ origin: string, hostname: string, port: string }} here `location`
 * @returns {boolean} whether it leads to this site, by any of this machine's own names
 */
function isOurs(link, here) {
  const { origin, hostname, port } = new URL(link);
  const local = LOOPBACK.test(hostname) && LOOPBACK.test(here.hostname);
  return origin === here.origin || (local && port === here.port);
}

/**
 * @param {unknown} value a view or a block
 * @returns {string[]} what a reader sees of it as text; addresses behind buttons are not among it
 */
export function textsOf(value) {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== "object" || value === null) return [];
  const isLink = Object(value).type === "link";
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner !== "string") return textsOf(inner);
    return name === "text" || (name === "url" && isLink) ? [inner] : [];
  });
}

/**
 * @param {string[]} texts
 * @param {{ origin: string, hostname: string, port: string }} here
 * @returns {Found[]} each link once, in order
 */
export function customerLinks(texts, here) {
  /** @type {Map<string, Found>} */
  const found = new Map();
  for (const text of texts) {
    for (const [link, id = ""] of text.matchAll(FOR_CUSTOMERS)) {
      if (!URL.canParse(link) || !isOurs(link, here)) continue;
      const known = found.get(link);
      const message = known && known.message.length >= text.length ? known.message : text;
      found.set(link, { id, link, message });
    }
  }
  return [...found.values()];
}

/**
 * @param {string} link
 * @returns {string} all that a mail scanner's server would see of it
 */
export function withoutFragment(link) {
  const url = new URL(link);
  url.hash = "";
  return url.href;
}
