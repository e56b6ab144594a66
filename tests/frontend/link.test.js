import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64url } from "../../web/frontend/src/bytes.js";
import {
  contentKey,
  linkProof,
  passphraseSalt,
  submitProof,
} from "../../web/frontend/src/keys.js";
import {
  makeToken,
  parseLink,
  readLink,
  withoutTicket,
} from "../../web/frontend/src/link.js";
import { fromHex, toHex } from "./hex.js";
import { vectors } from "./vectors.js";

const LETTERS =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#%/ ";

/** @param {number} length */
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** @param {number} below */
const pick = (below) => Math.floor(Math.random() * below);

test("tokens are made and read as the shared vectors say", async () => {
  assert.notEqual(vectors.links.length, 0);
  for (const { kind, id, key_hex, token } of vectors.links) {
    assert.equal(await makeToken(kind, id, fromHex(key_hex)), token);
    assert.equal(token.length, 48);
    const link = await parseLink(kind, id, token);
    assert.ok(link);
    assert.equal(toHex(link.key), key_hex);
    assert.equal(link.id, id);
  }
});

test("every value derived from K is the one of the shared vectors", async () => {
  for (const vector of vectors.links) {
    const link = { id: vector.id, key: fromHex(vector.key_hex) };
    assert.equal(toHex(await linkProof(link)), vector.link_proof_hex);
    assert.equal(toHex(await contentKey(link)), vector.content_key_hex);
    assert.equal(toHex(await passphraseSalt(link)), vector.passphrase_salt_hex);
    assert.equal(toHex(await submitProof(link)), vector.submit_proof_hex);
  }
});

test("damaged links of the shared vectors are refused", async () => {
  assert.notEqual(vectors.damaged_links.length, 0);
  for (const { why, kind, id, token } of vectors.damaged_links) {
    assert.equal(await parseLink(kind, id, token), null, why);
  }
});

test("a link is read from an address, and from nothing that merely resembles one", async () => {
  const id = `tag_${toBase64url(random(16))}`;
  const hash = `#${await makeToken("s", id, random(32))}`;
  assert.ok(await readLink("s", { pathname: `/s/${id}`, hash }));
  for (const pathname of [
    `/c/${id}`,
    `/s/${id}/`,
    `/x/s/${id}`,
    `/s/${id}/more`,
    "/s/",
    "/s",
    "/",
  ]) {
    assert.equal(await readLink("s", { pathname, hash }), null, pathname);
  }
  for (const other of [
    "",
    "#",
    "#opened",
    `${hash}.`,
    `${hash}#`,
    hash.slice(1),
    `#${hash}`,
  ]) {
    assert.equal(
      await readLink("s", { pathname: `/s/${id}`, hash: other }),
      null,
      other,
    );
  }
});

test("a ticket comes off the end of an agent's link, and nothing else does", () => {
  for (const [whole, hash, ticket] of [
    ["#abc-_9.tick-et_1", "#abc-_9", "tick-et_1"],
    ["#.ticket", "#", "ticket"],
    ["#abc", "#abc", null],
    ["#abc.", "#abc.", null],
    ["#abc.a b", "#abc.a b", null],
    ["#abc?utm=x.y", "#abc?utm=x", "y"],
    ["#opened", "#opened", null],
    ["", "", null],
  ])
    assert.deepEqual(withoutTicket(whole ?? ""), { hash, ticket });
});

test("C6: at least 99.9 % of edits and truncations are refused, in the path as in the fragment", async () => {
  const rounds = 1000;
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    const id = `tag_${toBase64url(random(16))}`;
    const whole = `/s/${id}#${await makeToken("s", id, random(32))}`;
    const at = 3 + pick(whole.length - 3);
    let edited = whole.slice(0, at);
    if (pick(2) === 0) {
      const others = LETTERS.replace(whole[at] ?? "", "");
      edited += (others[pick(others.length)] ?? "") + whole.slice(at + 1);
    }
    const { pathname, hash } = new URL(edited, "https://example.com");
    if ((await readLink("s", { pathname, hash })) === null) refused += 1;
  }
  assert.ok(refused >= rounds * 0.999, `${refused} of ${rounds}`);
});
