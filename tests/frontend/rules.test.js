import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { fresh, withBuild } from "./builds.js";

const LARGEST = 40_000;
const frontend = fileURLToPath(new URL("../../web/frontend/", import.meta.url));
const names = readdirSync(join(frontend, "src")).filter((name) =>
  name.endsWith(".js"),
);
/** Without comments, which may speak of what the code must not do. */
const sources = names.map((name) => ({
  name,
  code: readFileSync(join(frontend, "src", name), "utf8").replace(
    /\/\*[^]*?\*\/|\/\/ .*/g,
    "",
  ),
}));
/** @type {Record<string, import("../../web/frontend/src/text.js").Section>} */
const catalogue = JSON.parse(
  readFileSync(join(frontend, "src/locales/en.json"), "utf8"),
);

/** @param {RegExp} pattern */
const filesWith = (pattern) =>
  sources.filter(({ code }) => pattern.test(code)).map(({ name }) => name);

test("only api.js talks to the network", () => {
  const network =
    /\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|\bimport\(/;
  assert.deepEqual(filesWith(network), ["api.js"]);
});

test("only primitives.js encrypts, decrypts and derives keys: the published vectors run through it", () => {
  const keyed = /subtle\.(?!digest\()/;
  assert.deepEqual(filesWith(keyed), ["primitives.js"]);
});

test("only xwing.js knows the HPKE library: the published vectors run through it", () => {
  assert.deepEqual(filesWith(/from "@hpke/), ["xwing.js"]);
});

test("no source makes elements or code out of text, keeps anything, or logs", () => {
  const markup =
    /(inner|outer)HTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|createContextual/;
  const evaluated = /\beval\(|new Function|setTimeout\(["'`]/;
  const kept =
    /localStorage|sessionStorage|indexedDB|document\.(title|cookie)|caches\b|console\./;
  for (const pattern of [markup, evaluated, kept])
    assert.deepEqual(filesWith(pattern), []);
});

test("every text of the catalogue is used, and templates name no other", () => {
  const templates = readdirSync(join(frontend, "pages"))
    .map((name) => readFileSync(join(frontend, "pages", name), "utf8"))
    .join("");
  const bot = readFileSync(join(frontend, "../../bot/ready.py"), "utf8");
  const code = sources.map((source) => source.code).join("") + bot;
  for (const [section, entries] of Object.entries(catalogue)) {
    for (const key of Object.keys(entries)) {
      // In the template that pages with a script share, {{.key}} is the page's own.
      const used =
        templates.includes(`{{${section}.${key}}}`) ||
        templates.includes(`{{.${key}}}`) ||
        code.includes(`"${key}"`);
      assert.ok(used, `${section}.${key}`);
    }
  }
});

test("the sentences the design quotes are in the catalogue, word for word", () => {
  const texts = [catalogue.page, catalogue.share, catalogue.request].flatMap(
    (section) => Object.values(section ?? {}),
  );
  for (const sentence of [
    "Click to reveal",
    "Copy to clipboard",
    "Once you close this page, the secret is gone",
    "You can close this window",
    "Nothing was opened. Open the link again from your message.",
    "You opened this secret in this tab. It cannot be shown again.",
    "Information no longer available. Contact the person who sent you this link and ask them to create a new secret.",
    "You created this secret. If you view it, the recipient will not be able to see it.",
    "Is it really us? Our agent can read you this code",
    "Send",
    "Withdraw",
    "I didn't expect this request",
  ]) {
    assert.ok(texts.includes(sentence), sentence);
  }
  const collecting = [catalogue.collect, catalogue.message].flatMap((section) =>
    Object.values(section ?? {}),
  );
  for (const sentence of [
    "Click to reveal",
    "Copy as Bitwarden item (JSON)",
    "Thank you, we have received your details safely. The link no longer works.",
    "Saved - clear this page",
    "Never forward a link.",
    "Never paste credentials into Help Scout notes, Slack or e-mail.",
  ])
    assert.ok(collecting.includes(sentence), sentence);
  assert.equal(catalogue.about?.title, "What we can and cannot see");
});

test("a build is the same twice, compressed truthfully, and small", () => {
  withBuild((first) => {
    const second = fresh();
    const files = readdirSync(first, {
      recursive: true,
      encoding: "utf8",
    }).sort();
    assert.deepEqual(
      readdirSync(second, { recursive: true, encoding: "utf8" }).sort(),
      files,
    );
    const share = readFileSync(join(first, "pages/share.html"), "utf8");
    let before = 0;
    for (const name of files.filter((file) =>
      /assets.+\.(js|css|svg|json)$/.test(file),
    )) {
      const bytes = readFileSync(join(first, name));
      assert.deepEqual(readFileSync(join(second, name)), bytes);
      assert.deepEqual(
        gunzipSync(readFileSync(join(first, `${name}.gz`))),
        bytes,
      );
      const small = readFileSync(join(first, `${name}.br`));
      assert.deepEqual(brotliDecompressSync(small), bytes);
      // What the share page loads before the click; the others' are fetched when they are opened.
      if (share.includes(`/${name}`)) before += small.length;
      else assert.ok(small.length < LARGEST, `${name}: ${small.length}`);
    }
    assert.ok(before > 10_000 && before < 15_000, `${before} bytes`);
  });
});

test("pages hold nothing inline, ask nobody else, and leave only what the server knows open", () => {
  withBuild((folder) => {
    for (const file of readdirSync(join(folder, "pages"))) {
      const [name = ""] = file.split(".");
      const page = readFileSync(join(folder, "pages", file), "utf8");
      assert.doesNotMatch(
        page,
        /<script(?![^>]* src="\/assets\/)|<style| style=| on\w+=|data:|\/\/|\{\{/,
      );
      const open = new Set(page.match(/%%\w*%%/g));
      const known = ["%%BRAND%%", "%%HOST%%", "%%SEAL%%"];
      if (name === "collect") known.push("%%VAULT%%");
      assert.deepEqual([...open].sort(), known);
      for (const [, address] of page.matchAll(
        /(?:src|href|data-icon)="([^"]*)"/g,
      )) {
        assert.match(address ?? "", /^\/(about)?$|^\/assets\/[\w.-]+$/);
      }
    }
  });
});

test("the share bundle carries neither sealing nor the texts of other pages", () => {
  withBuild((folder) => {
    const name =
      readdirSync(join(folder, "assets")).find((file) =>
        /^share-.+\.js$/.test(file),
      ) ?? "";
    const code = readFileSync(join(folder, "assets", name), "utf8");
    assert.ok(code.includes("Click to reveal"));
    for (const absent of [
      'encrypt"',
      "submit-proof",
      "Message limit reached",
      "slash-secret/1/request",
      "How a secret travels",
      "sourceMappingURL",
      "argon2d",
      "AGFzbQ",
    ]) {
      assert.ok(!code.includes(absent), absent);
    }
  });
});

test("the request bundle seals with the libraries that it names, and carries no other page's texts", () => {
  withBuild((folder) => {
    const [script = "", ...more] = readdirSync(join(folder, "assets")).filter(
      (file) => /^request-.+\.js$/.test(file),
    );
    assert.deepEqual(more, []);
    const code = readFileSync(join(folder, "assets", script), "utf8");
    for (const present of [
      "Our agent can read you this code",
      "slash-secret/1/request|",
      "submit-proof",
      "Message limit reached", // the HPKE library's own words
      "MIT License (c) 2023 Ajitomi Daisuke",
      "MIT License (c) 2022 Paul Miller",
    ])
      assert.ok(code.includes(present), present);
    for (const absent of ["Click to reveal", "How a secret travels", "argon2"])
      assert.ok(!code.includes(absent), absent);
    for (const name of ["share", "home", "about"]) {
      const page = readFileSync(join(folder, "pages", `${name}.html`), "utf8");
      assert.ok(!page.includes(script), name);
    }
  });
});
