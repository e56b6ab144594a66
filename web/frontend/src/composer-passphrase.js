/**
 * The passphrase of a new secret: typed or made here, shown or hidden, and an honest word about it.
 *
 * No library judges what was typed. The good ones bring dictionaries of some hundred kilobytes and
 * still call a customer's street safe; what can be said for certain is that something is too short,
 * and that what this page draws by itself cannot be guessed.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./text.js").Key} Key
 * @typedef {{ typed: string, bytes: Bytes } | null} Chosen  null: none is wanted
 */
import { line, row } from "./composer-forms.js";
import { isText } from "./content.js";
import { button, element } from "./dom.js";
import { characters, words as sixWords } from "./generator.js";
import { isBlank } from "./lines.js";
import { normalised } from "./passphrase.js";
import { text } from "./text.js";

const SHORT = 12;
const FEW = 6;

/**
 * @param {string} typed
 * @returns {boolean} whether nobody needs a dictionary for it
 */
export function isEasy(typed) {
  const letters = [...typed.trim().normalize("NFKC")];
  return (
    letters.length < SHORT || new Set(letters).size < FEW || letters.every((one) => /\d/.test(one))
  );
}

/**
 * @param {string} typed
 * @param {boolean} required
 * @returns {{ chosen: Chosen } | { mistake: Key }}
 */
export function readPassphrase(typed, required) {
  if (typed === "") return required ? { mistake: "passphrase_required" } : { chosen: null };
  if (isBlank(typed)) return { mistake: "passphrase_blank" };
  if (!isText(typed)) return { mistake: "half_character" };
  const bytes = normalised(typed);
  if (bytes === "empty") return { mistake: "passphrase_blank" };
  return bytes === "long" ? { mistake: "passphrase_long" } : { chosen: { typed, bytes } };
}

/**
 * @param {boolean} required
 * @returns {{ node: HTMLElement, unsent: () => boolean, read: () => { chosen: Chosen } | null,
 *   clear: () => void }} read: null when something is wrong with it, which is then said
 */
export function passphrasePart(required) {
  const input = line("passphrase", { type: "password" });
  const word = element("span", {}, text("show"));
  const eye = button("quiet", word, () => show(input.type === "password"));
  const strength = element("p", { class: "hint", role: "status" });
  let drawn = "";
  /** @param {boolean} on */
  const show = (on) => {
    input.type = on ? "text" : "password";
    word.textContent = text(on ? "hide" : "show");
  };
  const judge = () => {
    const key = isEasy(input.value) ? "strength_easy" : "strength_unknown";
    const words = text(input.value === drawn ? "strength_drawn" : key);
    const said = input.value === "" ? "" : words;
    // Said when it changes, and not at every letter.
    if (strength.textContent !== said) strength.textContent = said;
  };
  /**
   * @param {Key} label
   * @param {() => string} make
   */
  const maker = (label, make) =>
    button("quiet", text(label), () => {
      input.value = drawn = make();
      show(true);
      judge();
      input.focus();
    });
  const makers = [maker("make_words", sixWords), maker("make_characters", characters)];
  const field = element("div", { class: "field" }, input, eye);
  const made = element("div", { class: "actions" }, ...makers);
  eye.append(element("span", { class: "spoken" }, ` ${text("passphrase_spoken")}`));
  input.addEventListener("input", judge);
  const asked = row(required ? "passphrase_label" : "passphrase_optional", input, {
    shown: field,
    after: [strength, made],
    hint: "passphrase_hint",
  });
  return {
    node: asked.node,
    unsent: () => input.value !== "",
    read() {
      const read = readPassphrase(input.value, required);
      asked.complain(...("mistake" in read ? [text(read.mistake)] : []));
      return "mistake" in read ? null : read;
    },
    clear() {
      input.value = drawn = "";
      show(false);
      judge();
    },
  };
}
