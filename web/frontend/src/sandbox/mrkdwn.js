/**
 * Slack's mrkdwn as trees: *bold*, _italic_, ~strike~, `code`, fenced code, > quotes and the tokens in
 * angle brackets. What is none of these stays text, with its three entities decoded exactly once.
 *
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./tokens.js").Reading} Reading
 */
import { bareLink, decode, token } from "./tokens.js";
import { flat, h } from "./tree.js";

const FENCE = /```([^]*?)```/;
const QUOTE = /^(?:&gt;|>) ?/;
const QUOTE_ALL = /^(?:&gt;&gt;&gt;|>>>) ?/;
const ATOM = /`([^`\n]+)`|<([^<>\n]+)>/;
const ATOM_OR_LINK = /`([^`\n]+)`|<([^<>\n]+)>|(https?:\/\/[^\s<>]*[^\s<>.,:;!?)'"*_~])/;
/** @type {Record<string, string>} */
const MARKS = { "*": "b", _: "i", "~": "s" };

/**
 * @param {string} text
 * @param {Reading} reading `verbatim`: addresses without brackets stay text
 * @returns {Node[]}
 */
export function mrkdwn(text, reading) {
  const fence = FENCE.exec(text);
  if (fence === null) return lines(text, reading);
  const [whole, code = ""] = fence;
  const before = text.slice(0, fence.index).replace(/\n$/, "");
  const after = text.slice(fence.index + whole.length).replace(/^\n/, "");
  return [
    ...(before ? lines(before, reading) : []),
    h("pre", {}, decode(code.replace(/^\n|\n$/g, ""))),
    ...(after ? mrkdwn(after, reading) : []),
  ];
}

/**
 * @param {string} text
 * @param {Reading} reading
 * @returns {Node[]} with runs of quoted lines as one quote each
 */
function lines(text, reading) {
  /** @type {{ quoted: boolean, lines: string[] }[]} */
  const runs = [];
  let toTheEnd = false;
  for (const line of text.split("\n")) {
    toTheEnd ||= QUOTE_ALL.test(line);
    const quoted = toTheEnd || QUOTE.test(line);
    const bare = line.replace(QUOTE_ALL, "").replace(quoted ? QUOTE : "", "");
    const run = runs.at(-1);
    if (run?.quoted === quoted) run.lines.push(bare);
    else runs.push({ quoted, lines: [bare] });
  }
  return flat(
    runs.map((run) => {
      const nodes = run.lines.map((line, at) => [at > 0 && "\n", inline(line, reading)]);
      return run.quoted ? h("blockquote", {}, nodes) : nodes;
    }),
  );
}

/**
 * One line. Code and tokens are taken out first, so that no mark inside them formats anything.
 *
 * @param {string} line
 * @param {Reading} reading
 * @returns {Node[]}
 */
function inline(line, reading) {
  const pattern = new RegExp(reading.verbatim ? ATOM : ATOM_OR_LINK, "g");
  /** Single letters, and trees as they are. @type {Node[]} */
  const cells = [];
  let from = 0;
  for (const found of line.matchAll(pattern)) {
    const [whole, code, body, link] = found;
    cells.push(...line.slice(from, found.index));
    if (code !== undefined) cells.push(h("code", {}, decode(code)));
    else if (link !== undefined) cells.push(bareLink(link));
    else cells.push(token(body ?? "", reading) ?? h("span", {}, decode(whole)));
    from = found.index + whole.length;
  }
  cells.push(...line.slice(from));
  return format(cells, "");
}

/** @param {Node | undefined} cell */
const isSpace = (cell) => typeof cell === "string" && /\s/.test(cell);
/** @param {Node | undefined} cell */
const isWord = (cell) =>
  cell !== undefined && (typeof cell !== "string" || /[\p{L}\p{N}]/u.test(cell));

/**
 * @param {Node[]} cells
 * @param {string} inside the marks that are open already
 * @returns {Node[]}
 */
function format(cells, inside) {
  /** @type {Node[]} */
  const nodes = [];
  let plain = "";
  const settle = () => {
    nodes.push(decode(plain));
    plain = "";
  };
  for (let at = 0; at < cells.length; at += 1) {
    const cell = /** @type {Node} */ (cells[at]);
    const end = typeof cell === "string" && !inside.includes(cell) ? closing(cells, at) : -1;
    if (end > 0) {
      const mark = /** @type {string} */ (cell);
      settle();
      nodes.push(h(MARKS[mark] ?? "span", {}, format(cells.slice(at + 1, end), inside + mark)));
      at = end;
    } else if (typeof cell === "string") plain += cell;
    else {
      settle();
      nodes.push(cell);
    }
  }
  settle();
  return flat(nodes);
}

/**
 * @param {Node[]} cells
 * @param {number} at a place where a mark may open
 * @returns {number} where it closes, or -1
 */
function closing(cells, at) {
  const mark = cells[at];
  if (typeof mark !== "string" || !Object.hasOwn(MARKS, mark)) return -1;
  const first = cells[at + 1];
  if (isWord(cells[at - 1]) || first === undefined || first === mark || isSpace(first)) return -1;
  for (let end = at + 2; end < cells.length; end += 1) {
    if (cells[end] === mark && !isSpace(cells[end - 1]) && !isWord(cells[end + 1])) return end;
  }
  return -1;
}
