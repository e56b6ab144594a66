import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { check } from "./published.js";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const printed = execFileSync(
  ".venv/bin/python",
  ["-m", "tests.vectors.published"],
  {
    cwd: checkout,
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  },
);
/** @type {{ published: import("./published.js").Vectors, falsified: import("./published.js").Vectors }} */
const vectors = JSON.parse(printed);

test("C4: the vectors of RFC 5869, NIST and the HPKE working group hold", async () => {
  assert.deepEqual(await check(vectors.published), {
    hkdf: { right: 4, wrong: 0 },
    encrypt: { right: 375, wrong: 0 },
    decrypt: { right: 375, wrong: 0 },
    x_wing: { right: 2, wrong: 0 },
    hpke_seal: { right: 4, wrong: 0 },
    hpke_open: { right: 36, wrong: 0 },
  });
});

test("C4, control: with one bit flipped in what they expect, not one of them holds", async () => {
  assert.deepEqual(await check(vectors.falsified), {
    hkdf: { right: 0, wrong: 8 },
    encrypt: { right: 0, wrong: 750 },
    decrypt: { right: 0, wrong: 890 },
    x_wing: { right: 0, wrong: 4 },
    hpke_seal: { right: 0, wrong: 16 },
    hpke_open: { right: 0, wrong: 54 },
  });
});
