/**
 * The request page: from the link in the address bar to an answer that only the asking team opens,
 * and its receipt (docs/protocol.md, "Answers to requests"). The link stays: it is the receipt's too.
 */
import { Answering } from "./answering.js";
import { addIcon, begin, show } from "./frame.js";
import { submitProof } from "./keys.js";
import { readLink } from "./link.js";
import { fields, page, request } from "./locales/en.json";
import * as screens from "./screens.js";
import { speak } from "./text.js";

speak(page, fields, request);

/** @type {Answering | null} */
let visit = null;

const again = begin(async () => {
  // Damaged links end here, before anything is sent.
  const link = await readLink("r", location);
  if (link === null) return show(screens.damaged());
  visit = new Answering(link, await submitProof(link));
  await visit.look();
  return addIcon();
});

// Leaving empties the page at once: a copy kept for the Back button must not hold what was typed.
addEventListener("pagehide", () => visit?.forget());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void again();
});
