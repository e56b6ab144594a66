import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inOrder,
  isTooLong,
  itemOf,
} from "../../web/frontend/src/bitwarden.js";

const WORDS = { nameless: "Without a name", more: "Everything else" };
/**
 * @param {...[string, string]} fields
 * @returns {import("../../web/frontend/src/content.js").Content}
 */
const fields = (...fields) => ({
  v: 1,
  fields: fields.map(([name, value]) => ({ name, value })),
});
const LOGIN = fields(
  ["Password", " pass word "],
  ["Account number", "4711"],
  ["Notes", "one\ntwo"],
  ["Username", "support"],
  ["Login page", " https://shop.example.com/admin "],
);

test("a login item is what the command line's templates ask for, to the letter", () => {
  assert.deepEqual(itemOf(LOGIN, "ACME: The login"), {
    organizationId: null,
    collectionIds: null,
    folderId: null,
    type: 1,
    name: "ACME: The login",
    notes: "one\ntwo",
    favorite: false,
    fields: [{ name: "Account number", value: "4711", type: 1 }],
    login: {
      uris: [{ match: null, uri: "https://shop.example.com/admin" }],
      username: "support",
      password: " pass word ",
      totp: null,
    },
    secureNote: null,
    reprompt: 0,
  });
});

test("a free text, and fields without a login among them, are a secure note", () => {
  const note = itemOf({ v: 1, text: " a key\n" }, "The key");
  assert.deepEqual(
    [note.type, note.login, note.secureNote, note.notes, note.fields],
    [2, null, { type: 0 }, " a key\n", []],
  );
  const pin = itemOf(fields(["PIN", "0000"]), "The PIN");
  assert.deepEqual(
    [pin.type, pin.notes, pin.fields],
    [2, null, [{ name: "PIN", value: "0000", type: 1 }]],
  );
});

test("what has lines, and a file, goes into the notes, which keep them", () => {
  const content = {
    ...fields(["Username", "deploy"], ["Key", "a\nb"], ["Notes", "Call first"]),
    file: { name: "id.pem", text: "x\ny\n" },
  };
  const item = itemOf(content, "Deploy");
  assert.equal(item.notes, "Call first\n\nKey:\na\nb\n\nid.pem:\nx\ny\n");
  assert.deepEqual(item.fields, []);
});

test("a login page that is no address is text, never something to open or to match", () => {
  for (const [page, isUri] of /** @type {[string, boolean][]} */ ([
    ["https://shop.example.com", true],
    ["HTTP://10.0.0.1:8080/x?y#z", true],
    ["shop.example.com/wp-admin", true],
    ["javascript:alert(1)", false],
    ["data:text/html,x", false],
    ["file:///etc/passwd", false],
    ["androidapp://com.example", false],
    ["https://a b", false],
    ["the usual one", false],
    ["https://a.example\nhttps://b.example", false],
  ])) {
    const item = itemOf(fields(["Login page", page]), "x");
    assert.equal(item.type, 1);
    assert.equal(item.login?.uris.length, isUri ? 1 : 0, page);
    const kept = [...item.fields.map(({ value }) => value), item.notes ?? ""];
    assert.equal(kept.join("").includes(page), !isUri, page);
  }
});

test("names that come twice or are JavaScript's own lose nothing", () => {
  const item = itemOf(
    fields(
      ["Password", "first"],
      ["Password", "second"],
      ["__proto__", "third"],
      ["constructor", "fourth"],
    ),
    "x",
  );
  assert.equal(item.login?.password, "first");
  assert.deepEqual(
    item.fields.map(({ name, value }) => [name, value]),
    [
      ["Password", "second"],
      ["__proto__", "third"],
      ["constructor", "fourth"],
    ],
  );
});

test("Bitwarden's limit on notes is known before it refuses", () => {
  const long = (/** @type {number} */ size) =>
    isTooLong(itemOf({ v: 1, text: "x".repeat(size) }, "x"));
  assert.ok(!long(7400));
  assert.ok(long(7401));
});

test("shown in the order of a login item, the others behind as they came", () => {
  const { content, blank } = inOrder(LOGIN, WORDS);
  assert.ok("fields" in content);
  assert.deepEqual(
    content.fields.map(({ name }) => name),
    ["Login page", "Username", "Password", "Notes", "Account number"],
  );
  assert.deepEqual(blank, []);
});

test("blank fields are named, nameless ones get a name, a flood gets one box", () => {
  const { content, blank } = inOrder(
    fields(["Notes", " \n"], ["", "x"], ["Username", ""]),
    WORDS,
  );
  assert.deepEqual(content, {
    v: 1,
    fields: [{ name: "Without a name", value: "x" }],
  });
  assert.deepEqual(blank, ["Username", "Notes"]);
  const flood = inOrder(
    fields(
      ...Array.from(
        { length: 5000 },
        (_, at) => /** @type {[string, string]} */ ([`f${at}`, "x"]),
      ),
    ),
    WORDS,
  ).content;
  assert.ok("fields" in flood);
  assert.equal(flood.fields.length, 21);
  assert.equal(flood.fields.at(-1)?.name, "Everything else");
  assert.ok(flood.fields.at(-1)?.value.endsWith("f4999:\nx"));
});

test("a text and a file are shown as they came", () => {
  const content = { v: /** @type {1} */ (1), text: "x" };
  assert.deepEqual(inOrder(content, WORDS), { content, blank: [] });
});
