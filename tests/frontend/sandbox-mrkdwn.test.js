import assert from "node:assert/strict";
import { test } from "node:test";
import { mrkdwn } from "../../web/frontend/src/sandbox/mrkdwn.js";

/** @typedef {import("../../web/frontend/src/sandbox/tree.js").Node} Node */
/** @typedef {import("../../web/frontend/src/sandbox/tree.js").Tree} Tree */

const READING = {
  named: (/** @type {string} */ id) => (id === "U0ANNA" ? "anna" : id),
  verbatim: true,
  clock: { now: 1_795_536_000_000, locale: "en-GB", timeZone: "UTC" },
};

/** @param {string} text */
const read = (text, reading = READING) => mrkdwn(text, reading);

/**
 * @param {Node[]} nodes
 * @returns {string} e.g. <b>x</b>; what is text is quoted
 */
const spell = (nodes) =>
  nodes
    .map((node) =>
      typeof node === "string"
        ? JSON.stringify(node)
        : `<${node.tag}${node.attributes["href"] ? ` ${node.attributes["href"]}` : ""}>${spell(node.children)}</${node.tag}>`,
    )
    .join("");

/**
 * @param {Node[]} nodes
 * @returns {Tree[]}
 */
const trees = (nodes) =>
  nodes.flatMap((node) =>
    typeof node === "string" ? [] : [node, ...trees(node.children)],
  );

/**
 * @param {Node[]} nodes
 * @returns {string}
 */
const words = (nodes) =>
  nodes
    .map((node) => (typeof node === "string" ? node : words(node.children)))
    .join("");

/** @param {string} text as the bot does it */
const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

for (const [text, expected] of [
  ["plain", '"plain"'],
  ["*bold* _it_ ~no~", '<b>"bold"</b>" "<i>"it"</i>" "<s>"no"</s>'],
  ["*bold _and it_*", '<b>"bold "<i>"and it"</i></b>'],
  ["`code *not bold*`", '<code>"code *not bold*"</code>'],
  ["a snake_case_name", '"a snake_case_name"'],
  ["2*3*4, * a *.", '"2*3*4, * a *."'],
  ["*open", '"*open"'],
  ["*one\ntwo*", '"*one\\ntwo*"'],
  ["(*bold*).", '"("<b>"bold"</b>")."'],
  ["> a\n> b\nc", '<blockquote>"a\\nb"</blockquote>"c"'],
  ["&gt; a", '<blockquote>"a"</blockquote>'],
  [">>> a\nb", '<blockquote>"a\\nb"</blockquote>'],
  ["```\nx *y* <z>\n```", '<pre>"x *y* <z>"</pre>'],
  ["a\n```b```\nc", '"a"<pre>"b"</pre>"c"'],
  ["• one\n• two", '"• one\\n• two"'],
  ["&lt;b&gt; &amp;amp; &quot;", '"<b> &amp; &quot;"'],
  ["&amp;lt;script&amp;gt;", '"&lt;script&gt;"'],
  ["<@U0ANNA>, <@U0X|x>", '<span>"@anna"</span>", "<span>"@x"</span>'],
  ["<#C1|general> <#C1>", '<span>"#general"</span>" "<span>"#C1"</span>'],
  ["<!here> <!channel|x>", '<span>"@here"</span>" "<span>"@channel"</span>'],
  ["<!subteam^S1|@team>", '<span>"@team"</span>'],
  [
    "<https://a.example/?x=1&amp;y=2|see *this*>",
    '<a https://a.example/?x=1&y=2><bdi>"see *this*"</bdi></a>',
  ],
  [
    "*<https://a.example/_x_>*",
    '<b><a https://a.example/_x_><bdi>"https://a.example/_x_"</bdi></a></b>',
  ],
  [
    "<mailto:a@b.example>",
    '<a mailto:a@b.example><bdi>"a@b.example"</bdi></a>',
  ],
  ["<javascript:alert(1)|click>", '<span>"<javascript:alert(1)|click>"</span>'],
  ["<data:text/html,x>", '<span>"<data:text/html,x>"</span>'],
  ["<file:///etc/passwd|x>", '<span>"<file:///etc/passwd|x>"</span>'],
  ["<b>", '<span>"<b>"</span>'],
  ["<!unknown^1|x>", '<span>"<!unknown^1|x>"</span>'],
  [
    "<!date^1795536000^{date_short_pretty}, {time}|24 November 2026, 16:00 UTC>",
    '<time>"Today, 16:00"</time>',
  ],
  ["<!date^x^{date}|then>", '<span>"then"</span>'],
  [
    "<!date^1795536000^{date_num}^https://a.example/|then>",
    '<a https://a.example/><time>"2026-11-24"</time></a>',
  ],
  [
    "<!date^1795536000^{date_num}^javascript:alert(1)|then>",
    '<time>"2026-11-24"</time>',
  ],
  ["https://a.example", '"https://a.example"'],
]) {
  test(`mrkdwn: ${JSON.stringify(text)}`, () => {
    assert.equal(spell(read(text ?? "")), expected);
  });
}

test("addresses without brackets become links unless the app said verbatim", () => {
  const nodes = read(
    "see https://a.example/x?y=1&amp;z=2, or (https://b.example).",
    {
      ...READING,
      verbatim: false,
    },
  );
  assert.equal(
    spell(nodes),
    '"see "<a https://a.example/x?y=1&z=2>"https://a.example/x?y=1&z=2"</a>", or ("<a https://b.example/>"https://b.example"</a>")."',
  );
});

const PIECES = [
  ...[
    "<",
    ">",
    "&",
    "&lt;",
    "&amp;",
    "|",
    "^",
    "!",
    "@",
    "#",
    "*",
    "_",
    "~",
    "`",
    "```",
    "\n",
  ],
  ...[
    "<@U0ANNA>",
    "<!here>",
    "<!channel|x>",
    "<#C1|general>",
    "<!date^1^{date}^https://x.example|f>",
  ],
  ...[
    "<https://evil.example|login>",
    "<javascript:ran=1|x>",
    "https://evil.example",
    "javascript:ran=1",
  ],
  ...[
    "<script>ran=1</script>",
    "<img src=x onerror=ran=1>",
    "&lt;script&gt;",
    "]]>",
    "${ran=1}",
    "{{x}}",
  ],
  ...[
    "\u202e",
    "\u2066",
    "\u2028",
    "\u2029",
    "\0",
    "__proto__",
    "constructor",
    "a",
    "b c",
    " ",
    "\u{1f600}",
  ],
];

/**
 * A small generator: the same cases on every run.
 *
 * @param {number} seed
 * @returns {Generator<number, never>}
 */
function* numbers(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const random = numbers(4711);
const next = (/** @type {number} */ below) =>
  Math.floor(random.next().value * below);
const hostile = () =>
  Array.from({ length: 1 + next(12) }, () => PIECES[next(PIECES.length)]).join(
    "",
  );

/** Without what formats, and white space, which quotes and fences take. @param {string} text */
const bare = (text) => text.replace(/[*_~`>\s]/g, "");

test("text that is escaped is shown as it is: no token, no link, nothing decoded twice", () => {
  for (let round = 0; round < 5000; round += 1) {
    const text = hostile();
    const nodes = read(escape(text));
    const tags = trees(nodes).map(({ tag }) => tag);
    const formats = ["b", "i", "s", "code", "pre", "blockquote"];
    assert.deepEqual(
      tags.filter((tag) => !formats.includes(tag)),
      [],
      text,
    );
    assert.equal(bare(words(nodes)), bare(text));
  }
});

test("text that is not escaped makes known elements only, and links that do no harm", () => {
  const known = [
    "a",
    "b",
    "bdi",
    "blockquote",
    "code",
    "i",
    "pre",
    "s",
    "span",
    "time",
  ];
  for (let round = 0; round < 5000; round += 1) {
    const nodes = read(hostile(), { ...READING, verbatim: round % 2 === 0 });
    for (const { tag, attributes, on } of trees(nodes)) {
      assert.ok(known.includes(tag), tag);
      assert.deepEqual(on, {});
      const names = ["class", "datetime", "href", "rel", "target", "title"];
      for (const name of Object.keys(attributes))
        assert.ok(names.includes(name), name);
      if (tag !== "a") continue;
      assert.match(attributes["href"] ?? "", /^(https?:\/\/|mailto:)/);
      assert.equal(attributes["rel"], "noopener noreferrer");
    }
  }
});

test("the longest text there is takes no time, however it is nested", () => {
  const start = performance.now();
  for (const piece of [
    "*",
    "*a",
    "*a ",
    "_*~",
    "<",
    "`",
    "```",
    "> ",
    "*_~a~_* ",
    "<@U0ANNA>",
  ]) {
    read(piece.repeat(3000).slice(0, 3000), { ...READING, verbatim: false });
  }
  assert.ok(performance.now() - start < 2000);
});
