import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../web/frontend/src/bytes.js";
import {
  MalformedContent,
  checkContent,
  decodeContent,
  encodeContent,
  pad,
} from "../../web/frontend/src/content.js";
import { CannotOpen, open, seal } from "../../web/frontend/src/envelope.js";
import { contentKey } from "../../web/frontend/src/keys.js";
import { fromHex, toHex } from "./hex.js";
import { vectors } from "./vectors.js";

/** @param {{ id: string, key_hex: string }} vector */
const keyOf = ({ id, key_hex }) => contentKey({ id, key: fromHex(key_hex) });

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} index
 * @param {number} value
 */
function changed(bytes, index, value) {
  const copy = bytes.slice();
  copy[index] = value;
  return copy;
}

test("contents open as the shared vectors say", async () => {
  assert.notEqual(vectors.contents.length, 0);
  for (const vector of vectors.contents) {
    const blob = fromHex(vector.blob_hex);
    assert.deepEqual(
      await open(vector.id, await keyOf(vector), blob),
      vector.content,
    );
  }
});

test("contents are encoded and sealed to the bytes of the shared vectors", async () => {
  for (const vector of vectors.contents) {
    assert.equal(
      toHex(encodeContent(vector.content)),
      vector.plaintext_utf8_hex,
    );
    const iv = fromHex(vector.iv_hex);
    const blob = await seal(vector.id, await keyOf(vector), vector.content, iv);
    assert.equal(toHex(blob), vector.blob_hex);
  }
});

test("damaged blobs of the shared vectors do not open", async () => {
  assert.notEqual(vectors.damaged_blobs.length, 0);
  for (const vector of vectors.damaged_blobs) {
    const opening = open(
      vector.id,
      await keyOf(vector),
      fromHex(vector.blob_hex),
    );
    await assert.rejects(opening, CannotOpen, vector.why);
  }
});

test("a blob with any byte changed does not open, nor one under another id", async () => {
  const [vector] = vectors.contents;
  assert.ok(vector);
  const key = await keyOf(vector);
  const blob = fromHex(vector.blob_hex);
  for (const index of blob.keys()) {
    const other = changed(blob, index, (blob[index] ?? 0) ^ 1);
    await assert.rejects(open(vector.id, key, other), CannotOpen);
  }
  const otherId = `${vector.id.slice(0, -1)}${vector.id.endsWith("A") ? "Q" : "A"}`;
  await assert.rejects(open(otherId, key, blob), CannotOpen);
});

test("padding always adds a byte and fills up to 256", () => {
  for (const [length, padded] of [
    [0, 256],
    [1, 256],
    [255, 256],
    [256, 512],
    [511, 512],
  ]) {
    const bytes = pad(new Uint8Array(length ?? 0).fill(7));
    assert.equal(bytes.length, padded);
    assert.equal(bytes.lastIndexOf(0x80), length);
  }
});

test("wrong padding, wrong UTF-8 and wrong JSON are refused without quoting the plaintext", () => {
  const good = pad(utf8('{"v":1,"text":"x"}'));
  assert.deepEqual(decodeContent(good), { v: 1, text: "x" });
  const bad = [
    new Uint8Array(0),
    new Uint8Array(256),
    good.subarray(0, 255),
    changed(good, 255, 1),
    Uint8Array.from([...good, ...new Uint8Array(256)]),
    pad(utf8('{"v":1,"text":"hunter2')),
    pad(utf8('\ufeff{"v":1,"text":"x"}')),
    pad(Uint8Array.from([...utf8('{"v":1,"text":"'), 0xff, ...utf8('"}')])),
  ];
  for (const bytes of bad) {
    assert.throws(
      () => decodeContent(bytes),
      (error) =>
        error instanceof MalformedContent &&
        error.message === "malformed content",
    );
  }
});

test("content is exactly what the protocol describes", () => {
  const file = { name: "key.pem", text: "" };
  const fields = [{ name: "Password", value: "x" }];
  const good = [
    { v: 1, text: "" },
    { v: 1, text: "\u0000\u2028 \u{1f511}" },
    { v: 1, text: "x", file },
    { v: 1, fields },
    { v: 1, fields, file },
    { v: 1, fields: [], file },
    { v: 1, text: "x", more: "" },
    { v: 1, fields: [{ name: "x", value: "", kind: "" }] },
  ];
  for (const content of good) assert.deepEqual(checkContent(content), content);
  const bad = [
    null,
    [],
    "text",
    {},
    { v: 1 },
    { text: "x" },
    { v: 2, text: "x" },
    { v: "1", text: "x" },
    { v: 1, text: 1 },
    { v: 1, text: "\ud83d" },
    { v: 1, text: null, fields },
    { v: 1, text: "x", fields: null },
    { v: 1, text: "x", fields },
    { v: 1, fields: {} },
    { v: 1, fields: [null] },
    { v: 1, fields: [{ name: "x" }] },
    { v: 1, fields: [{ name: "x", value: null }] },
    { v: 1, text: "x", file: null },
    { v: 1, text: "x", file: "x" },
    { v: 1, text: "x", file: { name: "x" } },
  ];
  for (const content of bad)
    assert.throws(() => checkContent(content), MalformedContent);
});

test("the contents together take at most 65,536 bytes of UTF-8", () => {
  const fill = (/** @type {number} */ bytes) => "é".repeat(bytes / 2);
  assert.ok(checkContent({ v: 1, text: fill(65_536) }));
  assert.throws(
    () => checkContent({ v: 1, text: fill(65_538) }),
    MalformedContent,
  );
  const shared = (/** @type {number} */ bytes) => ({
    v: 1,
    fields: [{ name: "ab", value: fill(60_000) }],
    file: { name: "cd", text: fill(bytes) },
  });
  assert.ok(checkContent(shared(5532)));
  assert.throws(() => checkContent(shared(5534)), MalformedContent);
});
