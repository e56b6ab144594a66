/**
 * What is typed and chosen in a view, a message or the Home tab: kept while block id, action id and
 * kind of element stay, as in Slack; otherwise it begins with what the app says.
 *
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Control} Control
 * @typedef {import("./slack").Value} Value
 * @typedef {import("./slack").Values} Values
 */
import { text } from "./text.js";

/** @type {Record<string, (control: Control) => Value>} */
const INITIAL = {
  plain_text_input: ({ initial_value }) => initial_value ?? "",
  static_select: ({ initial_option }) => initial_option?.value ?? null,
  radio_buttons: ({ initial_option }) => initial_option?.value ?? null,
  checkboxes: ({ initial_options = [] }) => initial_options.map(({ value }) => value),
  datepicker: ({ initial_date }) => initial_date ?? null,
};

/**
 * @param {Block} block
 * @returns {Control[]}
 */
export function controlsOf(block) {
  const inside = block.type === "actions" ? block.elements : [block.element, block.accessory];
  return /** @type {Control[]} */ (
    (inside ?? []).filter((one) => typeof Object(one).action_id === "string")
  );
}

/**
 * @param {Block} block
 * @param {Control} control
 */
export const keyOf = ({ block_id }, { action_id, type }) => [block_id, action_id, type].join("\0");

/** @param {string} typed */
const count = (typed) => [...typed].length;

export class Form {
  /** @type {Map<string, { block: string, action: string, value: Value }>} */
  #values = new Map();
  /** Errors by block id that are out of date, since the field was changed. */
  #changed = new Set();
  /** @type {Record<string, string>} */
  #mistakes = {};

  /** @param {Block[]} blocks as they are now */
  begin(blocks) {
    const before = this.#values;
    this.#values = new Map();
    for (const block of blocks) {
      for (const control of controlsOf(block)) {
        const initial = INITIAL[control.type];
        if (initial === undefined) continue;
        const key = keyOf(block, control);
        const field = { block: block.block_id, action: control.action_id, value: initial(control) };
        this.#values.set(key, before.get(key) ?? field);
      }
    }
  }

  /**
   * @param {Block} block
   * @param {Control} control
   * @returns {Value}
   */
  get(block, control) {
    return this.#values.get(keyOf(block, control))?.value ?? null;
  }

  /**
   * @param {Block} block
   * @param {Control} control
   * @param {Value} value
   */
  set(block, control, value) {
    const field = { block: block.block_id, action: control.action_id, value };
    this.#values.set(keyOf(block, control), field);
    this.#changed.add(block.block_id);
  }

  /** @returns {Values} as they are sent; an empty text is none */
  get values() {
    /** @type {Values} */
    const values = {};
    for (const { block, action, value } of this.#values.values()) {
      values[block] = { ...values[block], [action]: value === "" ? null : value };
    }
    return values;
  }

  /**
   * What Slack's client does not even send.
   *
   * @param {Block[]} blocks
   * @returns {boolean} whether there is nothing
   */
  check(blocks) {
    this.#changed.clear();
    this.#mistakes = {};
    for (const block of blocks) {
      const { element } = block;
      if (block.type !== "input" || element === undefined) continue;
      const mistake = mistakeOf(element, this.get(block, element), block.optional === true);
      if (mistake) this.#mistakes[block.block_id] = mistake;
    }
    return Object.keys(this.#mistakes).length === 0;
  }

  /**
   * @param {Block} block
   * @param {Record<string, string>} said by the app
   * @returns {string} what is wrong with a field, or nothing
   */
  error({ block_id }, said) {
    if (this.#changed.has(block_id)) return "";
    return this.#mistakes[block_id] ?? said[block_id] ?? "";
  }
}

/**
 * @param {Control} control
 * @param {Value} value
 * @param {boolean} optional
 * @returns {string}
 */
function mistakeOf({ min_length = 0, max_length = Infinity }, value, optional) {
  const empty = value === null || value.length === 0;
  if (empty) return optional ? "" : text("field_required");
  if (typeof value !== "string") return "";
  if (count(value) > max_length) return text("field_long", { most: max_length });
  return count(value) < min_length ? text("field_short", { least: min_length }) : "";
}

/**
 * @param {Control} control
 * @param {Value} value
 * @returns {number | null} how many characters are left, once that is worth knowing
 */
export function left({ max_length }, value) {
  if (max_length === undefined || typeof value !== "string") return null;
  const rest = max_length - count(value);
  return rest <= Math.min(100, max_length / 5) ? rest : null;
}

/** @type {Map<string, Form>} */
const forms = new Map();

/**
 * @param {string} id of a view or a message
 * @param {Block[]} blocks
 * @returns {Form} the same one from draw to draw
 */
export function formOf(id, blocks) {
  const form = forms.get(id) ?? new Form();
  forms.set(id, form);
  form.begin(blocks);
  return form;
}

/** @param {(id: string) => boolean} isOpen forms of anything else are forgotten, and with them what was typed */
export function forgetForms(isOpen) {
  for (const id of [...forms.keys()].filter((id) => !isOpen(id))) forms.delete(id);
}
