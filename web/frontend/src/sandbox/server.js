/**
 * The sandbox's server, as its page sees it. The only file here that talks to the network, and it asks
 * no other than its own site: what leaves the page can be read here. A link's fragment never does.
 *
 * @typedef {import("./slack").Act} Act
 * @typedef {import("./slack").Scanned} Scanned
 * @typedef {import("./slack").Snapshot} Snapshot
 */
import { withoutFragment } from "./links.js";

const PATIENCE = 20_000;
const AGAIN_AFTER = 1500;

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>} the JSON of the answer
 * @throws when there is none
 */
async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/**
 * @param {string} user
 * @param {Act} act
 * @returns {Promise<{ ok: true } | { ok: false, message: string }>}
 */
export const act = (user, act) => post("/sandbox/act", { user, act });

/**
 * @param {string} link with its fragment, which stays here
 * @returns {Promise<Scanned>}
 */
export const scan = (link) => post("/sandbox/scan", { link: withoutFragment(link) });

/**
 * What one person sees, now and after every change, until closed. A connection that breaks is made
 * again, also when the server was started anew.
 *
 * @param {string} user empty: whoever comes first
 * @param {{ onSnapshot: (snapshot: Snapshot) => void, onOffline: () => void }} listener
 * @returns {() => void} closes it
 */
export function watch(user, { onSnapshot, onOffline }) {
  /** @type {EventSource} */
  let source;
  let timer = 0;
  const connect = () => {
    source = new EventSource(
      user ? `/sandbox/events?user=${encodeURIComponent(user)}` : "/sandbox/events",
    );
    source.onmessage = ({ data }) => onSnapshot(JSON.parse(data));
    source.onerror = () => {
      onOffline();
      // The browser tries again by itself unless the answer was no stream at all.
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(connect, AGAIN_AFTER);
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
