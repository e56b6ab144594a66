/**
 * What the pages' own parser makes of addresses: the browser's half of tests/fuzz/test_links.py.
 * Reads a JSON array of addresses, writes one of K in hexadecimal or null.
 *
 * @typedef {import("../../web/frontend/src/link.js").Kind} Kind
 * @typedef {{ kind: Kind, pathname: string, hash: string }} Address
 */
import { text } from "node:stream/consumers";
import { readLink } from "../../web/frontend/src/link.js";
import { toHex } from "./hex.js";

/** @type {Address[]} */
const addresses = JSON.parse(await text(process.stdin));
const keys = [];
for (const { kind, pathname, hash } of addresses) {
  const link = await readLink(kind, { pathname, hash });
  keys.push(link && toHex(link.key));
}
process.stdout.write(JSON.stringify(keys));
