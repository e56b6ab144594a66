import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fromBase64url,
  lp,
  toBase64url,
  utf8,
} from "../../web/frontend/src/bytes.js";
import { fromHex, toHex } from "./hex.js";
import { vectors } from "./vectors.js";

test("base64url spells and reads the shared vectors", () => {
  assert.notEqual(vectors.base64url.good.length, 0);
  for (const [hex, text] of vectors.base64url.good) {
    assert.equal(toBase64url(fromHex(hex)), text);
    const bytes = fromBase64url(text);
    assert.ok(bytes, text);
    assert.equal(toHex(bytes), hex);
  }
});

test("base64url refuses padding, white space, other alphabets and set trailing bits", () => {
  for (const text of [
    ...vectors.base64url.bad,
    "A",
    "QQ==",
    "QR",
    "QQ\n",
    "Q+",
    "Q/8",
    "QQé",
  ]) {
    assert.equal(fromBase64url(text), null, JSON.stringify(text));
  }
});

test("base64url agrees with node's own on every length", () => {
  for (let length = 0; length < 300; length += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    assert.equal(toBase64url(bytes), Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  }
});

test("a length prefix is four bytes, big-endian, and counts bytes rather than letters", () => {
  assert.equal(toHex(lp(utf8("é"))), "00000002c3a9");
  assert.equal(toHex(lp(new Uint8Array(258))).slice(0, 8), "00000102");
});
