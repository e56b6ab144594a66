/**
 * Elements as plain data, and the one place that turns them into real ones. A draw describes the
 * whole page anew; `patch` changes what differs and leaves the rest, so that focus, scroll,
 * selection and typed text survive. Strings become text nodes, never markup.
 *
 * @typedef {string | Tree} Node
 * @typedef {Node | null | false | undefined | ReadonlyArray<any>} Child  arrays are taken apart
 * @typedef {(event: any) => void} Listener
 *
 * @typedef {object} Tree
 * @property {string} tag
 * @property {string} [key]  what this element is, among its siblings, from draw to draw
 * @property {Record<string, string>} attributes
 * @property {Record<string, Listener>} on  by the event's name
 * @property {(element: any) => void} [made]  called once, with the new element
 * @property {Node[]} children
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path"]);

/** What an element was drawn from last. @type {WeakMap<globalThis.Node, Tree>} */
const drawn = new WeakMap();

/**
 * @param {Child[]} children
 * @returns {Node[]} flat, without what is absent, neighbouring strings joined
 */
export function flat(children) {
  /** @type {Node[]} */
  const nodes = [];
  for (const child of children.flat(Infinity)) {
    const before = nodes.at(-1);
    if (child === null || child === undefined || child === false || child === "") continue;
    if (typeof child === "string" && typeof before === "string")
      nodes.splice(-1, 1, before + child);
    else nodes.push(/** @type {Node} */ (child));
  }
  return nodes;
}

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | null | undefined | Listener>} properties
 *   `key`; `made`; listeners by the event's name behind "on"; all else are attributes, of which
 *   true is an empty one and false, null and undefined none
 * @param {...Child} children
 * @returns {Tree}
 */
export function h(tag, properties, ...children) {
  /** @type {Tree} */
  const tree = { tag, attributes: {}, on: {}, children: flat(children) };
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") {
      if (name === "made") tree.made = value;
      else tree.on[name.slice(2)] = value;
    } else if (name === "key") tree.key = String(value);
    else if (value === true) tree.attributes[name] = "";
    else if (typeof value === "string") tree.attributes[name] = value;
  }
  return tree;
}

/** @param {Event} event */
function hear(event) {
  const here = /** @type {globalThis.Node} */ (event.currentTarget);
  drawn.get(here)?.on[event.type]?.(event);
}

/**
 * @param {Tree} tree
 * @returns {Element}
 */
const create = ({ tag }) =>
  SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);

/**
 * @param {Element} element
 * @param {Tree} tree
 */
function update(element, tree) {
  const before = drawn.get(element);
  drawn.set(element, tree);
  for (const name of Object.keys(before?.attributes ?? {})) {
    if (!(name in tree.attributes)) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(tree.attributes)) {
    if (before?.attributes[name] !== value) element.setAttribute(name, value);
  }
  for (const name of Object.keys(tree.on)) {
    // The same function again is not added twice.
    element.addEventListener(name, hear);
  }
  patch(element, tree.children);
  if (!before) tree.made?.(element);
}

/**
 * @param {globalThis.Node} node
 * @param {Node} wanted
 * @returns {boolean} whether the node can become it
 */
function fits(node, wanted) {
  if (typeof wanted === "string") return node.nodeType === document.TEXT_NODE;
  const before = drawn.get(node);
  return before?.tag === wanted.tag && before.key === wanted.key;
}

/**
 * Make an element's children what is wanted.
 *
 * @param {Element} parent
 * @param {Node[]} wanted
 */
export function patch(parent, wanted) {
  const old = new Set(parent.childNodes);
  const nodes = wanted.map((one) => {
    for (const node of old) {
      if (!fits(node, one)) continue;
      old.delete(node);
      return node;
    }
    return typeof one === "string" ? document.createTextNode(one) : create(one);
  });
  // First what is gone: then most of what stays is in its place already, and a node that is moved
  // would lose the focus.
  for (const node of old) parent.removeChild(node);
  let next = parent.firstChild;
  for (const [index, node] of nodes.entries()) {
    if (node === next) next = node.nextSibling;
    else parent.insertBefore(node, next);
    const one = /** @type {Node} */ (wanted[index]);
    if (typeof one !== "string") update(/** @type {Element} */ (node), one);
    else if (node.nodeValue !== one) node.nodeValue = one;
  }
}
