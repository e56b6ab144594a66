/**
 * Lists that grow at their end, and whatever else is longer than its place.
 */
const NEAR = 80;

/** How many messages a list had, and where we left it. @type {WeakMap<Element, { count: number, top: number }>} */
const known = new WeakMap();

/** @returns {Set<Element>} before a draw: the lists that show what comes, since nobody scrolled away */
export function standing() {
  return new Set(
    [...document.querySelectorAll("[data-end]")].filter((list) => {
      const { scrollTop, scrollHeight, clientHeight } = list;
      return scrollHeight - scrollTop - clientHeight < NEAR || scrollTop === known.get(list)?.top;
    }),
  );
}

/**
 * After a draw: show the end, but of something longer than the list its beginning; and let the
 * keyboard into what can be scrolled.
 *
 * @param {Set<Element>} lists that stood at their end
 */
export function scroll(lists) {
  for (const element of document.querySelectorAll("[data-scrolls]")) {
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
    const scrolls = scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1;
    if (scrolls) element.setAttribute("tabindex", "0");
    else element.removeAttribute("tabindex");
  }
  for (const list of document.querySelectorAll("[data-end]")) {
    const messages = list.querySelectorAll("li.message");
    const before = known.get(list);
    if (before && (!lists.has(list) || before.count === messages.length)) continue;
    const last = /** @type {HTMLElement | undefined} */ ([...messages].at(-1));
    list.scrollTop = Math.min(list.scrollHeight, (last?.offsetTop ?? 0) - list.clientTop);
    known.set(list, { count: messages.length, top: list.scrollTop });
  }
}
