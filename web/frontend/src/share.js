/**
 * The share page: from the link in the address bar to the secret on the screen
 * (docs/protocol.md, "Links"). The secret lives in this page's memory and its boxes, nowhere else.
 */
// In the order that compresses best: every byte counts before the click.
import { fields, page, share } from "./locales/en.json";
import { secretView } from "./secret.js";
import * as screens from "./screens.js";
import { OPENED, readLink } from "./link.js";
import { linkProof } from "./keys.js";
import { addIcon, begin, introduce, nowIn, show, stateNow } from "./frame.js";
import { opening } from "./opening.js";
import * as api from "./api.js";
import { speak } from "./text.js";

speak(page, fields, share);

/** Empties the secret's boxes, while one is on the screen. @type {(() => void) | null} */
let forget = null;

/** @type {import("./opening.js").Page} */
const place = {
  show,
  onLook: ({ workspace }) => introduce(workspace),
  onClick: () => nowIn("opening"),
  onOpened(content, status) {
    const view = secretView(content);
    forget = () => {
      view.close();
      forget = null;
      if (status.single_use) show(screens.reloaded());
    };
    show(screens.secret(status, view.nodes));
    addIcon();
    // From here on the link is spent: it leaves the address bar, history and any later screenshot.
    if (status.single_use) history.replaceState(null, "", OPENED);
  },
};

const again = begin(async (hash, ticket) => {
  if (hash === OPENED) return show(screens.reloaded());
  // Damaged links end here, before anything is sent.
  const link = await readLink("s", location);
  if (link === null) return show(screens.damaged());
  // A used or forged one makes a stranger of its reader, no more.
  if (ticket) await api.session(ticket);
  return opening(link, await linkProof(link), place).look();
});

// Leaving empties the page at once: a copy kept for the Back button must not hold the secret.
addEventListener("pagehide", () => forget?.());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && stateNow() === "secret") void again();
});
