import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(
  new URL("../../web/frontend/build.mjs", import.meta.url),
);

/** @type {string | null} */
let built = null;

/**
 * Builds the front end into a folder with a space in its name, which is removed afterwards.
 *
 * @returns {string} the folder
 */
export function fresh() {
  const folder = mkdtempSync(join(tmpdir(), "front end "));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, [BUILD, folder]);
  return folder;
}

/**
 * Looks at a build, the same for every look in this process: making one takes seconds.
 *
 * @param {(folder: string) => void} check
 */
export function withBuild(check) {
  built ??= fresh();
  check(built);
}
