/**
 * The language that the agent chose for this customer, where it is not the one that the browser asked
 * for. The page's texts come from the same server, as a file that is kept like its script.
 */
import { catalogue } from "./api.js";
import { speak, text } from "./text.js";

/** @param {string | null} language of the record; null: nobody chose, and the browser's stays */
export async function inLanguage(language) {
  const root = document.documentElement;
  if (!language || language === root.lang || !Object.hasOwn(CATALOGUES, language)) return;
  const found = await catalogue(CATALOGUES[language] ?? "");
  // Without it the page is as useful as before, in the browser's language.
  if (!found) return;
  const before = text("title");
  speak(found.texts);
  root.lang = language;
  root.dir = found.dir;
  const title = /** @type {Element} */ (document.querySelector("title"));
  title.textContent = (title.textContent ?? "").replace(before, () => text("title"));
  const spoken = document.createElement("span");
  spoken.className = "spoken";
  spoken.append(` ${text("new_tab")}`);
  document.querySelector("footer a")?.replaceChildren(text("about"), spoken);
}
