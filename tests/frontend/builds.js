import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(
  new URL("../../web/frontend/build.mjs", import.meta.url),
);

/**
 * Builds the front end into a folder with a space in its name, and removes it afterwards.
 *
 * @param {(folder: string) => void} check
 */
export function withBuild(check) {
  const folder = mkdtempSync(join(tmpdir(), "front end "));
  try {
    execFileSync(process.execPath, [BUILD, folder]);
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
