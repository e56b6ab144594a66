/**
 * Builds what the browser gets: `node build.mjs [folder]`, by default into ../static.
 *
 * - assets/<name>-<hash>.<ext>: bundled by esbuild, named after their content so that they can be
 *   cached for good, each with a .br and a .gz beside it
 * - pages/<name>.html: templates with texts and asset addresses filled in; pages with a script of
 *   their own share one (SHELL). What only the server knows stays open for it: %%BRAND%%, %%HOST%% and
 *   %%VAULT%%, to be filled once, HTML-escaped, and %%SEAL%%
 * - parts/: seal.svg, which fills %%SEAL%% unless the team has a logo; then logo.css goes behind the
 *   stylesheet
 * - sandbox/: the same three folders for the sandbox. A folder of its own, so that a
 *   deployment with a Slack app neither reads nor serves any of it.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const LANGUAGE = "en";
/** The template of the pages below: each has a script and a section of texts of its name. */
const SHELL = "shell.html";
/** What they wear beside styles.css. @type {Record<string, string[]>} */
const SCRIPTED = {
  share: [],
  request: ["request.css"],
  collect: ["collect.css"],
  composer: ["composer.css"],
};
/** What else the server fills in, in the head of one page. @type {Record<string, string>} */
const HEADS = { collect: '<meta name="vault" content="%%VAULT%%" />' };
const HASH_LETTERS = 10;

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "../static"));

/**
 * @typedef {object} Site
 * @property {string} out  its folder
 * @property {string} address  what the addresses of its assets begin with
 * @property {string} templates  folder of its pages' templates
 * @property {string} catalogue  its texts
 * @property {(site: Site) => Promise<Named[]>} assets  writes them
 *
 * @typedef {[name: string, address: string]} Named  an asset as templates name it
 * @typedef {[name: string, bytes: Buffer]} File
 */

/** @type {Site[]} */
const SITES = [
  {
    out,
    address: "/assets",
    templates: "pages",
    catalogue: `src/locales/${LANGUAGE}.json`,
    assets: customerAssets,
  },
  {
    out: join(out, "sandbox"),
    address: "/sandbox/assets",
    templates: "pages-sandbox",
    catalogue: `src/sandbox/locales/${LANGUAGE}.json`,
    assets: sandboxAssets,
  },
];

/** @param {...string} path below this folder */
const read = (...path) => readFile(join(here, ...path), "utf8");

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);

const MODES = [
  constants.BROTLI_MODE_GENERIC,
  constants.BROTLI_MODE_TEXT,
  constants.BROTLI_MODE_FONT,
];

/**
 * @param {Buffer} bytes
 * @returns {Buffer} in the mode that suits them best: the names say less about it than trying does
 */
const brotli = (bytes) =>
  MODES.map((mode) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_MODE]: mode,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  ).reduce((best, one) => (one.length < best.length ? one : best));

/**
 * @param {Site} site
 * @param {File} file its name is e.g. share.js
 * @returns {Promise<Named>}
 */
async function writeAsset(site, [name, bytes]) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, HASH_LETTERS);
  const file = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  const path = join(site.out, "assets", file);
  const compressed = brotli(bytes);
  await Promise.all([
    writeFile(path, bytes),
    writeFile(`${path}.br`, compressed),
    writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 })),
  ]);
  console.log(`${site.address}/${file}  ${bytes.length} bytes, ${compressed.length} as Brotli`);
  return [name, `${site.address}/${file}`];
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
 * @returns {Promise<File[]>}
 */
async function bundle(options) {
  const { outputFiles } = await build({ ...COMMON, ...options, write: false });
  return outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]);
}

/**
 * @param {Site} site
 * @param {File[]} files
 * @returns {Promise<Named[]>}
 */
async function writeAll(site, files) {
  /** @type {Named[]} */
  const written = [];
  for (const file of files) written.push(await writeAsset(site, file));
  return written;
}

/** @returns {Promise<File>} */
const favicon = async () => ["favicon.svg", Buffer.from(await read("src/favicon.svg"))];

/**
 * The Worker comes first: the page's script names it, and no other file of the site may become one.
 *
 * @param {Site} site
 * @returns {Promise<Named[]>} of what pages name
 */
async function customerAssets(site) {
  // A classic script, which every browser takes. Its libraries' licences ask to be named in copies.
  const worker = await bundle({
    entryPoints: { "argon2-worker": "src/argon2.worker.js" },
    format: "iife",
    legalComments: "eof",
  });
  const [[, address] = ["", ""]] = await writeAll(site, worker);
  const sheets = new Set(["styles.css", ...Object.values(SCRIPTED).flat()]);
  const rest = await bundle({
    entryPoints: [...Object.keys(SCRIPTED).map((name) => `${name}.js`), ...sheets].map(
      (name) => `src/${name}`,
    ),
    format: "esm",
    // Sealing comes with libraries, too; what opens a share has none.
    legalComments: "eof",
    define: { ARGON2_WORKER: JSON.stringify(address) },
  });
  return writeAll(site, [...rest, await favicon()]);
}

/**
 * @param {Site} site
 * @returns {Promise<Named[]>}
 */
async function sandboxAssets(site) {
  const files = await bundle({
    entryPoints: { sandbox: "src/sandbox/main.js", styles: "src/sandbox/styles.css" },
    format: "esm",
  });
  return writeAll(site, [...files, await favicon()]);
}

/**
 * @param {Site} site
 * @returns {Promise<Map<string, string>>} by the name between the braces, as HTML
 */
async function pageTexts({ catalogue }) {
  const texts = new Map([
    ["language", LANGUAGE],
    ["seal", "%%SEAL%%"],
  ]);
  /** @type {Record<string, Record<string, string>>} */
  const sections = JSON.parse(await read(catalogue));
  for (const [section, entries] of Object.entries(sections)) {
    for (const [key, text] of Object.entries(entries)) {
      texts.set(`${section}.${key}`, escapeHtml(text).replaceAll("{host}", "%%HOST%%"));
    }
  }
  return texts;
}

/**
 * @param {string} name of a page with a script
 * @param {Map<string, string>} texts
 * @returns {Map<string, string>} the same, with what its template leaves open
 */
function shellTexts(name, texts) {
  const own = new Map(texts);
  for (const [key, text] of texts) {
    if (key.startsWith(`${name}.`)) own.set(key.slice(name.length), text);
  }
  const sheets = ["styles.css", ...(SCRIPTED[name] ?? [])].map(
    (sheet) => `<link rel="stylesheet" href="${texts.get(`asset.${sheet}`)}" />`,
  );
  const head = [...sheets, HEADS[name] ?? ""].join("\n");
  return own.set("styles", head).set("script", texts.get(`asset.${name}.js`) ?? "");
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

/** @param {Site} site */
async function writeParts({ out }) {
  const rules = await bundle({ entryPoints: ["src/logo.css"] });
  const seal = Buffer.from((await read("pages/seal.svg")).trim());
  for (const [name, bytes] of [...rules, /** @type {File} */ (["seal.svg", seal])]) {
    await writeFile(join(out, "parts", name), bytes);
  }
}

/** @param {Site} site */
async function buildSite(site) {
  for (const folder of ["assets", "pages", "parts"]) {
    await rm(join(site.out, folder), { recursive: true, force: true });
    await mkdir(join(site.out, folder), { recursive: true });
  }
  await writeParts(site);
  const texts = await pageTexts(site);
  for (const [name, address] of await site.assets(site)) texts.set(`asset.${name}`, address);
  const templates = await readdir(join(here, site.templates));
  for (const name of templates.filter((file) => file.endsWith(".html"))) {
    const template = await read(site.templates, name);
    if (name === SHELL) {
      for (const page of Object.keys(SCRIPTED))
        await writePage(site, `${page}.html`, fill(template, shellTexts(page, texts)));
    } else await writePage(site, name, fill(template, texts));
  }
}

/**
 * @param {Site} site
 * @param {string} name
 * @param {string} html
 */
async function writePage({ out }, name, html) {
  const page = Buffer.from(html);
  await writeFile(join(out, "pages", name), page);
  console.log(`pages/${name}  ${page.length} bytes, ${brotli(page).length} as Brotli`);
}

for (const site of SITES) await buildSite(site);
