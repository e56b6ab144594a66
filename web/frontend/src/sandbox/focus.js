/**
 * Where the keyboard is: into a dialog when it opens, around in it while it is there, and back to where
 * it was afterwards. The customer's side is another person's screen and stays within reach.
 */
/** Where the keyboard goes on when what opened a dialog is gone. */
const ANYWHERE = "main textarea, [role=tab][tabindex='0']";
const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex='0']";

/** @type {HTMLElement | null} */
let opener = null;
let layer = "";
/** The element that had the focus last, by layer. @type {Map<string, HTMLElement>} */
const last = new Map();

/** @returns {HTMLElement | null} the dialog that is on the screen; a phone may show the customer */
function top() {
  const shown = document.querySelectorAll("[data-layer]");
  const dialogs = /** @type {HTMLElement[]} */ ([...shown]).filter((one) => one.checkVisibility());
  return dialogs.at(-1) ?? null;
}

/** @param {Element} element */
const isReachable = (element) =>
  element.matches(":not([tabindex='-1'])") &&
  !element.closest("[inert]") &&
  element.checkVisibility();

const reachable = () => [...document.querySelectorAll(FOCUSABLE)].filter(isReachable);

/**
 * @param {HTMLElement} dialog
 * @returns {HTMLElement | null} what has the focus when it opens
 */
const first = (dialog) =>
  dialog.querySelector("[data-focus]") ??
  dialog.querySelector(":is(input, textarea, select):not([type=checkbox])") ??
  dialog.querySelector("h2");

/** After every draw: follow what opened and closed. */
export function follow() {
  const dialog = top();
  const now = dialog?.dataset["layer"] ?? "";
  const held = document.activeElement;
  if (now !== layer) {
    if (layer === "") opener = /** @type {HTMLElement | null} */ (held);
    layer = now;
    const known = last.get(now);
    const before = opener?.isConnected ? opener : document.querySelector(ANYWHERE);
    const back = dialog ? (known?.isConnected ? known : first(dialog)) : before;
    /** @type {HTMLElement | null} */ (back)?.focus({ preventScroll: !known });
    for (const name of [...last.keys()]) {
      if (!document.querySelector(`[data-layer="${CSS.escape(name)}"]`)) last.delete(name);
    }
  } else if (dialog && (held === null || held === document.body)) {
    // What had the focus is gone, as when the answer replaces a form: it is to be read, with what may
    // be chosen in it, unless there is something to type.
    const form = dialog.querySelector("input, textarea");
    (form ? first(dialog) : dialog.querySelector("h2"))?.focus();
  }
}

/** The first field that is wrong, once it says so on the screen. */
export function focusMistake() {
  requestAnimationFrame(() => {
    const wrong = top()?.querySelector("[aria-invalid]");
    const field = wrong?.matches("[role=radiogroup]") ? wrong.querySelector("input") : wrong;
    /** @type {HTMLElement | null | undefined} */ (field)?.focus();
  });
}

/** @param {KeyboardEvent} event Tab: from the last element to the first one, and back */
function turn(event) {
  const dialog = top();
  if (event.key !== "Tab" || !dialog) return;
  const order = reachable();
  const held = document.activeElement;
  const edge = event.shiftKey ? order[0] : order.at(-1);
  const lost = held === null || held === document.body;
  const beforeFirst =
    event.shiftKey &&
    !lost &&
    !order.includes(held) &&
    order.every((one) => held.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (held !== edge && !lost && !beforeFirst) return;
  event.preventDefault();
  const inDialog = order.filter((one) => dialog.contains(one));
  /** @type {HTMLElement | undefined} */ (
    lost ? inDialog[0] : event.shiftKey ? order.at(-1) : order[0]
  )?.focus();
}

export function keepFocus() {
  addEventListener("keydown", turn);
  addEventListener("focusin", ({ target }) => {
    const element = /** @type {HTMLElement} */ (target);
    const name = element.closest("[data-layer]")?.getAttribute("data-layer");
    if (name) last.set(name, element);
  });
}
