/**
 * A button with a menu: an overflow menu, the shortcuts of a message. One menu is open at a time.
 *
 * @typedef {{ text: string, href?: string | null, onpick: () => void }} Item
 */
import { icon } from "./icons.js";
import { idOf, redraw, state } from "./state.js";
import { h } from "./tree.js";

const GAP = 4;

/** @param {boolean} back whether the focus returns to the button */
function close(back) {
  const button = document.getElementById(state.menu);
  state.menu = "";
  if (back) button?.focus();
  redraw();
}

/**
 * Beside its button, on top of everything, inside the window.
 *
 * @param {HTMLElement} menu
 * @param {string} id of the button
 */
function place(menu, id) {
  const at = document.getElementById(id)?.getBoundingClientRect();
  if (at === undefined) return;
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= innerHeight;
  menu.style.insetBlockStart = `${Math.max(GAP, below ? at.bottom + GAP : at.top - GAP - height)}px`;
  menu.style.insetInlineStart = `${Math.max(GAP, Math.min(at.right - width, innerWidth - width - GAP))}px`;
}

/** @param {KeyboardEvent} event */
function steer(event) {
  const place = /** @type {HTMLElement} */ (event.currentTarget);
  const items = /** @type {HTMLElement[]} */ ([...(place.lastElementChild?.children ?? [])]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (event.key === "Escape") close(true);
  else if (event.key === "Tab") return close(true);
  else if (event.key === " ") /** @type {HTMLElement} */ (document.activeElement).click();
  else return;
  // Escape must not close the modal below as well.
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {Item} item
 */
function entry({ text, href, onpick }) {
  const pick = () => {
    close(true);
    onpick();
  };
  const common = { role: "menuitem", tabindex: "-1", onclick: pick };
  return href
    ? h("a", { ...common, href, target: "_blank", rel: "noopener noreferrer" }, text)
    : h("button", { ...common, type: "button" }, text);
}

/**
 * @param {string} name unique
 * @param {{ label: string, describedby?: string | null, busy?: boolean, face?: import("./tree.js").Child }} how
 * @param {Item[]} items
 */
export function menuButton(name, { label, describedby, busy = false, face = icon("more") }, items) {
  const id = idOf("menu", name);
  const open = state.menu === id;
  const toggle = () => {
    if (busy) return;
    state.menu = open ? "" : id;
    redraw();
  };
  const button = h(
    "button",
    {
      type: "button",
      id,
      class: "dots",
      "aria-label": label,
      "aria-haspopup": "menu",
      "aria-expanded": String(open),
      "aria-disabled": busy ? "true" : null,
      "aria-describedby": describedby,
      onclick: toggle,
    },
    face,
  );
  if (!open) return h("span", { class: "menu-place" }, button);
  const shown = h(
    "div",
    {
      role: "menu",
      class: "menu",
      "aria-labelledby": id,
      made: (/** @type {HTMLElement} */ menu) => {
        // Its place is known once it is in the page.
        requestAnimationFrame(() => {
          place(menu, id);
          /** @type {HTMLElement | null} */ (menu.firstElementChild)?.focus({
            preventScroll: true,
          });
        });
      },
    },
    items.map(entry),
  );
  // On both, because the focus comes to the menu a moment after it is there.
  return h("span", { class: "menu-place", onkeydown: steer }, button, shown);
}

/** A press anywhere else, or the page moving away below it, closes the menu. */
export function closeMenuOutside() {
  addEventListener("pointerdown", ({ target }) => {
    const inside = /** @type {Element} */ (target).closest?.(".menu-place");
    if (state.menu && !inside) close(false);
  });
  for (const event of ["resize", "blur"]) addEventListener(event, () => state.menu && close(false));
  const moved = (/** @type {Event} */ { target }) => {
    const button = document.getElementById(state.menu);
    if (/** @type {globalThis.Node} */ (target).contains(button)) close(false);
  };
  addEventListener("scroll", (event) => state.menu && moved(event), { capture: true });
}
