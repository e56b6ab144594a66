/**
 * X-Wing's encapsulation with the random bytes given, which Python's library does not offer: reads
 * `[[public_key_hex, ekm_hex], ...]`, prints the `enc` of each (tests/vectors/requests.py).
 */
import { readFileSync } from "node:fs";
import { sealTo } from "../../web/frontend/src/xwing.js";
import { fromHex, toHex } from "./hex.js";

const ENC_BYTES = 1120;
const nothing = new Uint8Array(0);

/** @type {[publicKey: string, ekm: string][]} */
const wanted = JSON.parse(readFileSync(0, "utf8"));
const made = [];
for (const [publicKey, ekm] of wanted) {
  const sealed = await sealTo(
    fromHex(publicKey),
    nothing,
    nothing,
    fromHex(ekm),
  );
  made.push(toHex(sealed.subarray(0, ENC_BYTES)));
}
console.log(JSON.stringify(made));
