import assert from "node:assert/strict";
import { test } from "node:test";
import { readPasted } from "../../web/frontend/src/paste.js";
import { requests } from "./requests.js";

const [{ id, collect_token: token, request_token: theirs, seed_hex: seed }] =
  requests.requests;
const other = requests.requests[1];
const SITE = "https://secret.example.com";

test("the collect link of this very request gives its seed, however it was kept", async () => {
  for (const pasted of [
    `${SITE}/c/${id}#${token}`,
    ` \n${SITE}/c/${id}#${token}\n`,
    `${SITE}/c/${id}#${token}.some-Ticket_4`,
    `secret.example.com/c/${id}#${token}`,
  ]) {
    const link = await readPasted(pasted, id);
    assert.ok(typeof link !== "string", pasted);
    assert.equal(link.id, id);
    assert.equal(Buffer.from(link.key).toString("hex"), seed);
  }
});

test("anything else is refused in words", async () => {
  assert.ok(other && other.id !== id);
  for (const [pasted, words] of [
    [" \t", "paste_empty"],
    [`${SITE}/r/${id}#${theirs}`, "paste_customer"],
    [`${SITE}/c/${other?.id}#${other?.collect_token}`, "paste_other"],
    [`${SITE}/c/${other?.id}#${token}`, "paste_damaged"],
    [`${SITE}/c/${id}#${token.slice(0, -1)}`, "paste_damaged"],
    [`${SITE}/c/${id}#${theirs}`, "paste_damaged"],
    [`${SITE}/c/${id}`, "paste_damaged"],
    [token, "paste_damaged"],
    ["hunter2", "paste_damaged"],
  ])
    assert.equal(await readPasted(pasted ?? "", id), words, pasted);
});
