import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const compiled = fileURLToPath(
  new URL("../../build/locales/", import.meta.url),
);

/** What .ci/locales.py has made, by the language's code. @type {Record<string, any>} */
export const languages = Object.fromEntries(
  readdirSync(compiled).map((name) => [
    name.replace(".json", ""),
    JSON.parse(readFileSync(compiled + name, "utf8")),
  ]),
);
