/**
 * Builds what the browser gets: `node build.mjs [folder]`, by default into ../static.
 *
 * - assets/<name>-<hash>.<ext>: bundled by esbuild, named after their content so that they can be
 *   cached for good, each with a .br and a .gz beside it
 * - pages/<name>.html: templates with texts and asset addresses filled in. What only the server
 *   knows stays open for it: %%BRAND%% and %%HOST%%, to be filled once, HTML-escaped, and %%SEAL%%
 * - parts/: seal.svg, which fills %%SEAL%% unless the team has a logo; then logo.css goes behind the
 *   stylesheet
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const LANGUAGE = "en";
const HASH_LETTERS = 10;

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "../static"));
const assets = join(out, "assets");
const pages = join(out, "pages");
const parts = join(out, "parts");

/** @param {...string} path below this folder */
const read = (...path) => readFile(join(here, ...path), "utf8");

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);

/** @param {Buffer} bytes */
const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

/**
 * @param {string} name e.g. share.js
 * @param {Buffer} bytes
 * @returns {Promise<string>} its address
 */
async function writeAsset(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, HASH_LETTERS);
  const file = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  const compressed = brotli(bytes);
  await Promise.all([
    writeFile(join(assets, file), bytes),
    writeFile(join(assets, `${file}.br`), compressed),
    writeFile(join(assets, `${file}.gz`), gzipSync(bytes, { level: 9 })),
  ]);
  console.log(`assets/${file}  ${bytes.length} bytes, ${compressed.length} as Brotli`);
  return `/assets/${file}`;
}

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  absWorkingDir: here,
  outdir: "unused",
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
};

/**
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<[name: string, bytes: Buffer][]>}
 */
async function bundle(options) {
  const { outputFiles } = await build({ ...COMMON, ...options, write: false });
  return outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]);
}

/**
 * @param {[name: string, bytes: Buffer][]} files
 * @returns {Promise<[name: string, address: string][]>}
 */
async function writeAll(files) {
  /** @type {[string, string][]} */
  const written = [];
  for (const [name, bytes] of files) written.push([name, await writeAsset(name, bytes)]);
  return written;
}

/**
 * The Worker comes first: the page's script names it, and no other file of the site may become one.
 *
 * @returns {Promise<[name: string, address: string][]>} of what pages name
 */
async function writeAssets() {
  // A classic script, which every browser takes. Its libraries' licences ask to be named in copies.
  const worker = await bundle({
    entryPoints: { "argon2-worker": "src/argon2.worker.js" },
    format: "iife",
    legalComments: "eof",
  });
  const [[, address] = ["", ""]] = await writeAll(worker);
  const rest = await bundle({
    entryPoints: ["src/share.js", "src/styles.css"],
    format: "esm",
    define: { ARGON2_WORKER: JSON.stringify(address) },
  });
  rest.push(["favicon.svg", Buffer.from(await read("src/favicon.svg"))]);
  return writeAll(rest);
}

async function writeParts() {
  await writeFile(join(parts, "seal.svg"), (await read("pages/seal.svg")).trim());
  const rules = await bundle({ entryPoints: ["src/logo.css"] });
  for (const [name, bytes] of rules) await writeFile(join(parts, name), bytes);
}

/** @returns {Promise<Map<string, string>>} by the name between the braces, as HTML */
async function pageTexts() {
  const texts = new Map([
    ["language", LANGUAGE],
    ["seal", "%%SEAL%%"],
  ]);
  /** @type {Record<string, Record<string, string>>} */
  const catalogue = JSON.parse(await read("src/locales", `${LANGUAGE}.json`));
  for (const [section, entries] of Object.entries(catalogue)) {
    for (const [key, text] of Object.entries(entries)) {
      texts.set(`${section}.${key}`, escapeHtml(text).replaceAll("{host}", "%%HOST%%"));
    }
  }
  return texts;
}

/**
 * @param {string} template
 * @param {Map<string, string>} texts
 * @returns {string} without comments and indentation
 */
const fill = (template, texts) =>
  template
    .replace(/\s*<!--.*?-->/gs, "")
    .replace(/\{\{(.+?)\}\}/g, (_, /** @type {string} */ name) => {
      const text = texts.get(name);
      if (text === undefined) throw new Error(`no text called ${name}`);
      return text;
    })
    .replace(/\n\s*/g, "\n");

for (const folder of [assets, pages, parts]) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}
await writeParts();
const texts = await pageTexts();
for (const [name, address] of await writeAssets()) texts.set(`asset.${name}`, address);
for (const name of (await readdir(join(here, "pages"))).filter((file) => file.endsWith(".html"))) {
  const page = Buffer.from(fill(await read("pages", name), texts));
  await writeFile(join(pages, name), page);
  console.log(`pages/${name}  ${page.length} bytes, ${brotli(page).length} as Brotli`);
}
