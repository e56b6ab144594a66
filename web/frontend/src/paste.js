/**
 * The question for the collect link of a request that was made in a browser: nobody but its agent
 * has the key. What is pasted is checked here, and nothing of it is sent.
 *
 * @typedef {import("./link.js").Link} Link
 * @typedef {import("./text.js").Key} Key
 */
import { element, paragraph } from "./dom.js";
import { parseLink, withoutTicket } from "./link.js";
import { busy } from "./screens.js";
import { text } from "./text.js";

const FIELD = "collect-link";

/**
 * @param {string} pasted
 * @param {string} id of this page's request
 * @returns {Promise<Link | Key>} or what is wrong with it
 */
export async function readPasted(pasted, id) {
  const typed = pasted.trim();
  if (typed === "") return "paste_empty";
  const [address = "", fragment = ""] = withoutTicket(typed).hash.split("#");
  const [kind, theirs = ""] = address.split("/").slice(-2);
  if (kind === "r" || kind === "s") return "paste_customer";
  const link = kind === "c" ? await parseLink("c", theirs, fragment) : null;
  if (link === null) return "paste_damaged";
  return link.id === id ? link : "paste_other";
}

/**
 * @param {string} id of this page's request
 * @param {(link: Link) => void} onLink
 * @param {Node} fresh offers to ask again
 * @returns {import("./frame.js").Screen}
 */
export function paste(id, onLink, fresh) {
  // A password's field: browsers keep the others' content across reloads, on disk.
  const input = element("input", {
    id: FIELD,
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: "",
    "aria-describedby": `${FIELD}-error`,
  });
  const error = element("p", { id: `${FIELD}-error`, class: "error", role: "alert" });
  const submit = element("button", { class: "primary" }, text("paste_button"));
  const form = element(
    "form",
    { class: "ask", novalidate: "", autocomplete: "off" },
    element("label", { for: FIELD }, text("paste_label")),
    element("div", { class: "field" }, input),
    error,
    submit,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.classList.contains("busy")) return;
    const read = await readPasted(input.value, id);
    if (typeof read !== "string") {
      input.value = "";
      busy(submit, "loading_title");
      return onLink(read);
    }
    error.textContent = text(read);
    input.setAttribute("aria-invalid", "true");
    input.focus();
    input.select();
  });
  const lost = element("p", { class: "note" }, text("paste_lost"));
  const nodes = [paragraph(text("paste_text")), form, lost, fresh];
  return { state: "paste", title: "paste_title", nodes };
}
