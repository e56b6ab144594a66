/**
 * What follows when something in a block is pressed: the question that the app wants asked before, then
 * the report to the app.
 *
 * @typedef {import("./slack").Block} Block
 * @typedef {import("./slack").Confirm} Confirm
 * @typedef {import("./slack").Control} Control
 * @typedef {import("./slack").Place} Place
 * @typedef {import("./slack").Value} Value
 *
 * @typedef {object} Surface  a view, a message or the Home tab
 * @property {string} id  unique
 * @property {Place} place
 * @property {import("./forms.js").Form} form
 * @property {Record<string, string>} errors  by block id
 */
import { keyOf } from "./forms.js";
import { perform, redraw, state } from "./state.js";

/**
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 */
export const pressKey = (surface, block, control) => `${surface.id}\0${keyOf(block, control)}`;

/**
 * @param {Confirm} confirm
 * @returns {Promise<boolean>}
 */
function ask(confirm) {
  return new Promise((resolve) => {
    state.question = {
      confirm,
      answer: (yes) => {
        state.question = null;
        redraw();
        resolve(yes);
      },
    };
    redraw();
  });
}

/**
 * Report to the app, with the question before if there is one.
 *
 * @param {Surface} surface
 * @param {Block} block
 * @param {Control} control
 * @param {Value} [value] what was chosen
 * @returns {Promise<boolean>} whether the person meant it
 */
export async function press(surface, block, control, value) {
  if (control.confirm && !(await ask(control.confirm))) return false;
  const { place, form } = surface;
  const { block_id } = block;
  const { action_id } = control;
  const chosen = value === undefined ? {} : { value };
  const act = {
    type: /** @type {const} */ ("action"),
    place,
    block_id,
    action_id,
    ...chosen,
    state: form.values,
  };
  void perform(act, pressKey(surface, block, control));
  return true;
}
