/**
 * The opening of a secret: a visit that asks for the passphrase first, where there is one.
 *
 * @typedef {import("./api.js").Status} Status
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./link.js").Link} Link
 * @typedef {import("./visit.js").Place} Place
 * @typedef {Pick<Place, "show" | "onLook" | "onOpened"> & { onClick: () => void }} Page
 */
import { button } from "./dom.js";
import { open } from "./envelope.js";
import { contentKey } from "./keys.js";
import { Lock } from "./lock.js";
import { isReasonable } from "./passphrase.js";
import * as screens from "./screens.js";
import { text } from "./text.js";
import { Visit } from "./visit.js";

/**
 * @param {Link} link
 * @param {Bytes} proof
 * @param {Page} page
 * @returns {Visit}
 */
export function opening(link, proof, { show, onLook, onClick, onOpened }) {
  /** @type {Lock | null} */
  let lock = null;
  /** @type {screens.Screen | null} */
  let ready = null;

  /** @param {Status} status */
  function locked(status) {
    if (!status.passphrase) return null;
    return new Lock(link, status.passphrase, status.tries_left, (unlocked) => {
      const body = { passphrase_proof: unlocked.proof };
      void visit.reveal(status, (blob) => open(link.id, unlocked.contentKey, blob), body);
    });
  }

  /**
   * @param {Status} status
   * @returns {HTMLElement} what to press where there is no passphrase
   */
  function reveals(status) {
    const pressed = button("primary wide", text("ready_button"), () => {
      onClick();
      screens.busy(pressed, "ready_busy");
      void visit.reveal(status, async (blob) => open(link.id, await contentKey(link), blob));
    });
    return pressed;
  }

  const visit = new Visit(link.id, proof, {
    show,
    onLook(status) {
      onLook(status);
      if (status.passphrase && !isReasonable(status.passphrase)) return visit.changed();
      lock?.close();
      lock = locked(status);
      ready = screens.ready(status, lock?.node ?? reveals(status));
      return show(ready);
    },
    onOpened(content, status) {
      lock?.close();
      onOpened(content, status);
    },
    onRefused(refusal, wasCut) {
      if (refusal.kind === "gone") {
        lock?.close();
        show(screens.gone(refusal, wasCut, lock?.tries));
      } else if (refusal.kind === "wrong") {
        // The question is as it was left, with what was typed, also behind a broken connection.
        if (ready && !lock?.node.isConnected) show(ready);
        lock?.wrong(refusal.triesLeft);
      } else if (refusal.kind === "locked") void visit.look();
      else return false;
      return true;
    },
  });
  return visit;
}
