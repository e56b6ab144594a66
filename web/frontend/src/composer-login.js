/**
 * Named fields, in the order of a login in a password manager; names can be changed, and more added.
 *
 * @typedef {import("./content.js").Field} Field
 */
import { area, line } from "./composer-forms.js";
import { button, element } from "./dom.js";
import { clean, isBlank } from "./lines.js";
import { phrase, text } from "./text.js";

const MOST = 10;
/** @type {import("./text.js").Key[]} */
const NAMES = ["login_page", "username", "password", "notes"];

/**
 * @param {number} at counts from 1
 * @param {string} name
 * @param {boolean} roomy
 */
function pair(at, name, roomy) {
  const label = phrase("field_name", { number: String(at) }).join("");
  const named = line(`name-${at}`, { "aria-label": label, class: "name" });
  const value = area(`value-${at}`, { class: roomy ? "secretive" : "secretive short", rows: "1" });
  const rename = () =>
    value.setAttribute(
      "aria-label",
      named.value || phrase("field_value", { number: String(at) }).join(""),
    );
  named.value = name;
  named.addEventListener("input", rename);
  rename();
  return { named, value, node: element("div", { class: "pair" }, named, value) };
}

/**
 * @typedef {object} Login
 * @property {HTMLElement} node
 * @property {() => Field[]} fields  those with a value
 * @property {(wrong: "name" | "value" | null) => void} mark  the first field that lacks it
 * @property {() => void} clear
 */

/** @returns {Login} */
export function loginFields() {
  const pairs = NAMES.map((key, at) => pair(at + 1, text(key), key === "notes"));
  const list = element("div", { class: "pairs" }, ...pairs.map(({ node }) => node));
  const more = button("quiet", text("field_add"), () => {
    const added = pair(pairs.length + 1, "", false);
    pairs.push(added);
    list.append(added.node);
    added.named.focus();
    more.hidden = pairs.length >= MOST;
  });
  const filled = () => pairs.filter(({ value }) => !isBlank(value.value));
  return {
    node: element("div", { class: "row" }, list, more),
    fields: () =>
      filled().map(({ named, value }) => ({ name: clean(named.value), value: value.value })),
    mark(wrong) {
      for (const { named, value } of pairs)
        for (const one of [named, value]) one.removeAttribute("aria-invalid");
      const bare = filled().find(({ named }) => clean(named.value) === "")?.named;
      const marked = wrong === "value" ? pairs[0]?.value : wrong === "name" ? bare : undefined;
      marked?.setAttribute("aria-invalid", "true");
    },
    clear() {
      for (const { value } of pairs) value.value = "";
    },
  };
}
