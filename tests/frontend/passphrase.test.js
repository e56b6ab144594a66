import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inJavaScript,
  inWebAssembly,
  stretch,
} from "../../web/frontend/src/argon2.js";
import { open } from "../../web/frontend/src/envelope.js";
import {
  lockedContentKey,
  passphraseProof,
  passphraseSalt,
} from "../../web/frontend/src/keys.js";
import { isReasonable, normalised } from "../../web/frontend/src/passphrase.js";
import { fromHex, toHex } from "./hex.js";
import { vectors } from "./vectors.js";

/** @typedef {import("./vectors.js").PassphraseVector} PassphraseVector */

const silent = () => {};

/** @param {PassphraseVector} vector */
const linkOf = ({ id, key_hex }) => ({ id, key: fromHex(key_hex) });

/** @param {PassphraseVector} vector */
function jobOf({ passphrase, salt_hex, m, t, p }) {
  const bytes = normalised(passphrase);
  assert.ok(typeof bytes !== "string", passphrase);
  return { passphrase: bytes, salt: fromHex(salt_hex), m, t, p };
}

test("passphrases are trimmed and normalised as the shared vectors say", () => {
  assert.notEqual(vectors.passphrases.length, 0);
  for (const vector of vectors.passphrases) {
    assert.equal(toHex(jobOf(vector).passphrase), vector.normalised_hex);
  }
  assert.notEqual(vectors.bad_passphrases.length, 0);
  for (const text of vectors.bad_passphrases) {
    assert.equal(typeof normalised(text), "string", JSON.stringify(text));
  }
});

test("both ways of Argon2id give the bytes of the shared vectors", async () => {
  for (const vector of vectors.passphrases) {
    const job = jobOf(vector);
    assert.equal(toHex(await inWebAssembly(job)), vector.stretched_hex);
    assert.equal(toHex(inJavaScript(job, silent)), vector.stretched_hex);
  }
});

test("salt, proof and content key with a passphrase are those of the shared vectors", async () => {
  for (const vector of vectors.passphrases) {
    const link = linkOf(vector);
    const stretched = fromHex(vector.stretched_hex);
    assert.equal(toHex(await passphraseSalt(link)), vector.salt_hex);
    const proof = await passphraseProof(link, stretched);
    assert.equal(toHex(proof), vector.passphrase_proof_hex);
    const key = await lockedContentKey(link, stretched);
    assert.equal(toHex(key), vector.content_key_hex);
    const blob = fromHex(vector.blob_hex);
    assert.deepEqual(await open(vector.id, key, blob), vector.content);
  }
});

test("without WebAssembly the slow way takes over and tells how far it is", async (t) => {
  const vector = vectors.passphrases.find(({ m }) => m === 8192);
  assert.ok(vector);
  const real = globalThis.WebAssembly;
  t.after(() => (globalThis.WebAssembly = real));
  Reflect.deleteProperty(globalThis, "WebAssembly");
  /** @type {number[]} */
  const told = [];
  const stretched = await stretch(jobOf(vector), (done) => told.push(done));
  assert.equal(toHex(stretched), vector.stretched_hex);
  const sorted = [...told].sort((left, right) => left - right);
  assert.deepEqual(told, sorted);
  assert.equal(told.at(-1), 1);
  assert.ok(told.length > 50, `${told.length}`);
});

test("costs outside the protocol's bounds are refused", () => {
  const cost = { name: "argon2id", m: 65_536, t: 3, p: 1 };
  for (const good of [{}, { m: 8192 }, { m: 131_072 }, { t: 1 }, { t: 6 }])
    assert.ok(isReasonable({ ...cost, ...good }), JSON.stringify(good));
  for (const bad of [
    { name: "argon2d" },
    { m: 8191 },
    { m: 131_073 },
    { m: 65_536.5 },
    { t: 0 },
    { t: 7 },
    { t: 1.5 },
    { p: 0 },
    { p: 2 },
    { p: Number.NaN },
  ])
    assert.ok(!isReasonable({ ...cost, ...bad }), JSON.stringify(bad));
});
