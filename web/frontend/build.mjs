/**
 * Builds what the browser gets: `node build.mjs [folder [catalogues]]`, by default into ../static and
 * from what .ci/locales.py has compiled into ../../build/locales.
 *
 * - assets/<name>-<hash>.<ext>: bundled by esbuild, named after their content so that they can be
 *   cached for good, each with a .br and a .gz beside it
 * - assets/<page>.<language>-<hash>.json: a page's texts, for whoever got it in another language
 * - pages/<name>.html, in another language <name>.<language>.html: templates with texts and asset addresses filled in; pages with a script of
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

const ENGLISH = "en";
/** What customers read. The rest is for agents, and in English as Slack's windows are. */
const TRANSLATED = ["share", "request", "home", "about"];
/** The texts of a page with a script, beside its own section. */
const SHARED = ["page", "fields"];
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
const compiled = resolve(process.argv[3] ?? join(here, "../../build/locales"));

/**
 * @typedef {object} Site
 * @property {string} out  its folder
 * @property {string} address  what the addresses of its assets begin with
 * @property {string} templates  folder of its pages' templates
 * @property {Catalogue[]} catalogues  its texts, English first
 * @property {(site: Site) => Promise<Named[]>} assets  writes them
 *
 * @typedef {[name: string, address: string]} Named  an asset as templates name it
 * @typedef {[name: string, bytes: Buffer]} File
 *
 * @typedef {import("./src/text.js").Section} Section
 * @typedef {{ language: string, dir: string, name: string, days: string[] } & Record<string, Section>} Catalogue
 */

/** @returns {Promise<Catalogue[]>} English first */
async function readCatalogues() {
  const names = (await readdir(compiled)).filter((name) => name.endsWith(".json"));
  const first = (/** @type {string} */ name) => Number(name !== `${ENGLISH}.json`);
  names.sort((one, other) => first(one) - first(other) || (one < other ? -1 : 1));
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(compiled, name), "utf8"))),
  );
}

/** @param {string} language */
const inName = (language) => (language === ENGLISH ? "" : `.${language}`);

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
  const names = Object.keys(SCRIPTED);
  const sheets = new Set(["styles.css", ...Object.values(SCRIPTED).flat()]);
  const rest = await bundle({ entryPoints: [...sheets].map((name) => `src/${name}`) });
  const texts = await writeAll(site, site.catalogues.flatMap(pageCatalogues));
  for (const catalogue of site.catalogues) {
    for (const name of names.filter((page) => isFor(page, catalogue))) {
      const others = texts.flatMap(([file, at]) => {
        const [page, language = ""] = file.split(".");
        return page === name && language !== catalogue.language ? [[language, at]] : [];
      });
      const script = await bundle({
        entryPoints: { [name + inName(catalogue.language)]: `src/${name}.js` },
        format: "esm",
        // Sealing comes with libraries, too; what opens a share has none.
        legalComments: "eof",
        plugins: [speaking(catalogue, site.catalogues)],
        define: {
          ARGON2_WORKER: JSON.stringify(address),
          CATALOGUES: JSON.stringify(Object.fromEntries(others)),
        },
      });
      rest.push(...script);
    }
  }
  return writeAll(site, [...rest, await favicon()]);
}

/**
 * @param {string} page
 * @param {Catalogue} catalogue
 */
const isFor = (page, { language }) => language === ENGLISH || TRANSLATED.includes(page);

/**
 * @param {Catalogue} catalogue
 * @returns {File[]} the texts of each page that may change its language when it is open
 */
const pageCatalogues = ({ language, dir, common, ...sections }) =>
  Object.keys(SCRIPTED)
    .filter((page) => TRANSLATED.includes(page))
    .map((page) => {
      const own = [...SHARED, page].map((section) => sections[section]);
      const { about = "", new_tab = "" } = common ?? {};
      const texts = Object.assign({ about, new_tab }, ...own);
      return [`${page}.${language}.json`, Buffer.from(JSON.stringify({ dir, texts }))];
    });

/**
 * Scripts import the English catalogue by its name, and get the one of their page's language.
 *
 * @param {Catalogue} catalogue
 * @param {Catalogue[]} all whose messages an agent may need
 * @returns {import("esbuild").Plugin}
 */
const speaking = (catalogue, all) => ({
  name: "speaking",
  setup(build) {
    const filter = /\/locales\/(en|messages)\.json$/;
    build.onResolve({ filter }, ({ path }) => ({ path: basename(path), namespace: "speaking" }));
    build.onLoad({ filter: /./, namespace: "speaking" }, ({ path }) => {
      const messages = all.map(({ language, name, days, message }) => [
        language,
        { name, days, message },
      ]);
      const found = path === "en.json" ? catalogue : Object.fromEntries(messages);
      return { contents: JSON.stringify(found), loader: "json" };
    });
  },
});

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

/** Left to right in every language. */
const HOST = '<bdi dir="ltr">%%HOST%%</bdi>';

/**
 * @param {Catalogue} catalogue
 * @param {Named[]} assets
 * @returns {Map<string, string>} by the name between the braces, as HTML
 */
function pageTexts({ language, dir, name: _name, days: _days, ...sections }, assets) {
  const texts = new Map([
    ["language", language],
    ["dir", dir],
    ["seal", "%%SEAL%%"],
    ["host", HOST],
  ]);
  for (const [file, address] of assets) texts.set(`asset.${file}`, address);
  for (const [section, entries] of Object.entries(sections)) {
    for (const [key, text] of Object.entries(entries)) {
      if (typeof text === "string")
        texts.set(`${section}.${key}`, escapeHtml(text).replaceAll("{host}", HOST));
    }
  }
  return texts;
}

/**
 * @param {string} name of a page with a script
 * @param {Map<string, string>} texts
 * @param {string} language
 * @returns {Map<string, string>} the same, with what its template leaves open
 */
function shellTexts(name, texts, language) {
  const own = new Map(texts);
  for (const [key, text] of texts) {
    if (key.startsWith(`${name}.`)) own.set(key.slice(name.length), text);
  }
  const sheets = ["styles.css", ...(SCRIPTED[name] ?? [])].map(
    (sheet) => `<link rel="stylesheet" href="${texts.get(`asset.${sheet}`)}" />`,
  );
  const head = [...sheets, HEADS[name] ?? ""].join("\n");
  return own
    .set("styles", head)
    .set("script", texts.get(`asset.${name}${inName(language)}.js`) ?? "");
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
  const assets = await site.assets(site);
  const templates = await readdir(join(here, site.templates));
  for (const name of templates.filter((file) => file.endsWith(".html"))) {
    const template = await read(site.templates, name);
    const pages = name === SHELL ? Object.keys(SCRIPTED) : [basename(name, ".html")];
    for (const catalogue of site.catalogues) {
      const { language } = catalogue;
      const texts = pageTexts(catalogue, assets);
      for (const page of pages.filter((one) => isFor(one, catalogue))) {
        const own = name === SHELL ? shellTexts(page, texts, language) : texts;
        await writePage(site, `${page}${inName(language)}.html`, fill(template, own));
      }
    }
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

/** @type {Site[]} */
const SITES = [
  {
    out,
    address: "/assets",
    templates: "pages",
    catalogues: await readCatalogues(),
    assets: customerAssets,
  },
  {
    out: join(out, "sandbox"),
    address: "/sandbox/assets",
    templates: "pages-sandbox",
    catalogues: [
      { language: ENGLISH, dir: "ltr", ...JSON.parse(await read("src/sandbox/locales/en.json")) },
    ],
    assets: sandboxAssets,
  },
];

for (const site of SITES) await buildSite(site);
