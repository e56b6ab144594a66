import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isKeyOf,
  readAloudCode,
  requestKey,
} from "../../web/frontend/src/code.js";
import { MalformedContent } from "../../web/frontend/src/content.js";
import {
  CannotOpen,
  newRequestKeys,
  openAnswer,
  publicKeyOf,
  sealAnswer,
} from "../../web/frontend/src/hpke.js";
import { linkProof, submitProof } from "../../web/frontend/src/keys.js";
import {
  endsWell,
  makeToken,
  parseLink,
  readLink,
  withoutTicket,
} from "../../web/frontend/src/link.js";
import { fromHex, toHex } from "./hex.js";
import { requests as vectors } from "./requests.js";

const [first] = vectors.requests;

test("public key, fingerprint, code, tokens and proofs are those of the shared vectors", async () => {
  for (const vector of vectors.requests) {
    const { id } = vector;
    const seed = fromHex(vector.seed_hex);
    const publicKey = await publicKeyOf(seed);
    assert.equal(toHex(publicKey), vector.public_key_hex);
    const key = await requestKey(publicKey);
    assert.equal(toHex(key), vector.request_key_hex);
    assert.equal(await readAloudCode(key), vector.code);
    assert.equal(await makeToken("r", id, key), vector.request_token);
    assert.equal(await makeToken("c", id, seed), vector.collect_token);
    const request = await parseLink("r", id, vector.request_token);
    const collect = await parseLink("c", id, vector.collect_token);
    assert.ok(request && collect);
    assert.equal(toHex(await submitProof(request)), vector.submit_proof_hex);
    assert.equal(toHex(await linkProof(collect)), vector.link_proof_hex);
    assert.ok(await isKeyOf(publicKey, request));
  }
});

test("damaged links of requests are refused, and one of the two as the other", async () => {
  assert.notEqual(vectors.damaged_links.length, 0);
  for (const { why, kind, id, token } of vectors.damaged_links)
    assert.equal(await parseLink(kind, id, token), null, why);
});

test("a collect link is read with its ticket, and a request's has none", async () => {
  const { id, request_token, collect_token } = first;
  const { hash, ticket } = withoutTicket(`#${collect_token}.tick-et_1`);
  assert.equal(ticket, "tick-et_1");
  assert.ok(await readLink("c", { pathname: `/c/${id}`, hash }));
  assert.equal(await readLink("r", { pathname: `/r/${id}`, hash }), null);
  const pathname = `/r/${id}`;
  assert.ok(await readLink("r", { pathname, hash: `#${request_token}` }));
  const ticketed = `#${request_token}.tick-et_1`;
  assert.equal(await readLink("r", { pathname, hash: ticketed }), null);
  // Born in the composer: the button has a ticket and no token.
  assert.deepEqual(withoutTicket("#.tick-et_1"), {
    hash: "#",
    ticket: "tick-et_1",
  });
});

test("no public key but the link's own is taken for it", async () => {
  const link = await parseLink("r", first.id, first.request_token);
  assert.ok(link);
  assert.notEqual(vectors.foreign_keys.length, 0);
  for (const { why, public_key_hex } of vectors.foreign_keys)
    assert.equal(await isKeyOf(fromHex(public_key_hex), link), false, why);
  assert.ok(await isKeyOf(fromHex(first.public_key_hex), link));
});

test("answers open as the shared vectors say, and are sealed to their bytes", async () => {
  for (const { id, seed_hex, ekm_hex, content, blob_hex } of vectors.answers) {
    const seed = fromHex(seed_hex);
    assert.deepEqual(await openAnswer(seed, id, fromHex(blob_hex)), content);
    const publicKey = await publicKeyOf(seed);
    const blob = await sealAnswer(publicKey, id, content, fromHex(ekm_hex));
    assert.equal(toHex(blob), blob_hex);
  }
});

test("damaged answers of the shared vectors do not open", async () => {
  assert.notEqual(vectors.damaged_answers.length, 0);
  for (const { why, id, seed_hex, blob_hex } of vectors.damaged_answers) {
    const opening = openAnswer(fromHex(seed_hex), id, fromHex(blob_hex));
    await assert.rejects(opening, CannotOpen, why);
  }
});

test("nothing is sealed to what is no public key, and nothing too large at all", async () => {
  assert.notEqual(vectors.bad_public_keys.length, 0);
  for (const { why, public_key_hex } of vectors.bad_public_keys) {
    const key = fromHex(public_key_hex);
    await assert.rejects(sealAnswer(key, first.id, { v: 1, text: "" }), why);
  }
  const publicKey = fromHex(first.public_key_hex);
  const most = "\n".repeat(65_536);
  assert.ok(await sealAnswer(publicKey, first.id, { v: 1, text: most }));
  await assert.rejects(
    sealAnswer(publicKey, first.id, { v: 1, text: `${most}\n` }),
    MalformedContent,
  );
});

test("new requests have tokens that end well, and keys of their own", async () => {
  const seen = new Set();
  for (let round = 0; round < 20; round += 1) {
    const made = await newRequestKeys(first.id);
    assert.ok(endsWell(made.requestToken) && endsWell(made.collectToken));
    const collect = await parseLink("c", first.id, made.collectToken);
    const request = await parseLink("r", first.id, made.requestToken);
    assert.ok(collect && request);
    assert.deepEqual(collect.key, made.seed);
    assert.ok(await isKeyOf(made.publicKey, request));
    seen.add(made.requestToken);
  }
  assert.equal(seen.size, 20);
  for (const end of ["-", "_", ".", " ", "\n"])
    assert.equal(endsWell(`abc${end}`), false, end);
  for (const end of ["a", "Z", "0"]) assert.ok(endsWell(`-_${end}`), end);
});

test("answers sealed and opened at the same time do not get in each other's way", async () => {
  const keys = await newRequestKeys(first.id);
  const texts = Array.from({ length: 16 }, (_, at) => `answer ${at}`);
  const blobs = await Promise.all(
    texts.map((text) => sealAnswer(keys.publicKey, first.id, { v: 1, text })),
  );
  const opened = await Promise.all(
    blobs.map((blob) => openAnswer(keys.seed, first.id, blob)),
  );
  assert.deepEqual(
    opened,
    texts.map((text) => ({ v: 1, text })),
  );
  assert.equal(new Set(blobs.map((blob) => toHex(blob.slice(0, 32)))).size, 16);
});

test("a key that is a piece of a larger buffer is read as that piece", async () => {
  const [{ id, content, seed_hex, blob_hex }] = vectors.answers;
  const whole = fromHex(`ffff${seed_hex}ffff`);
  const seed = whole.subarray(2, -2);
  assert.equal(toHex(await publicKeyOf(seed)), first.public_key_hex);
  assert.deepEqual(await openAnswer(seed, id, fromHex(blob_hex)), content);
});
