import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withBuild } from "./builds.js";

const frontend = fileURLToPath(new URL("../../web/frontend/", import.meta.url));
const folder = join(frontend, "src/sandbox");
const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
/** Without comments, which may speak of what the code must not do. */
const sources = names.map((name) => ({
  name,
  code: readFileSync(join(folder, name), "utf8").replace(
    /\/\*[^]*?\*\/|\/\/ .*/g,
    "",
  ),
}));
/** @type {Record<string, Record<string, string>>} */
const catalogue = JSON.parse(
  readFileSync(join(folder, "locales/en.json"), "utf8"),
);

/** @param {RegExp} pattern */
const filesWith = (pattern) =>
  sources.filter(({ code }) => pattern.test(code)).map(({ name }) => name);

test("only server.js talks to the network", () => {
  const network =
    /\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|\bimport\(/;
  assert.deepEqual(filesWith(network), ["server.js"]);
});

test("no source makes elements or code out of text, or keeps anything", () => {
  const markup =
    /(inner|outer)HTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|createContextual/;
  const evaluated = /\beval\(|new Function|setTimeout\(["'`]/;
  const kept =
    /localStorage|sessionStorage|indexedDB|document\.(title|cookie)|caches\b|history\./;
  for (const pattern of [markup, evaluated, kept])
    assert.deepEqual(filesWith(pattern), []);
});

test("only what cannot be drawn is reported on the console", () => {
  assert.deepEqual(filesWith(/console\./), ["unknown.js"]);
});

test("every text of the catalogue is used, and the page names no other", () => {
  const template = readFileSync(
    join(frontend, "pages-sandbox/sandbox.html"),
    "utf8",
  );
  const code = sources.map((source) => source.code).join("");
  for (const [section, entries] of Object.entries(catalogue)) {
    for (const key of Object.keys(entries)) {
      const used =
        template.includes(`{{${section}.${key}}}`) || code.includes(`"${key}"`);
      assert.ok(used, `${section}.${key}`);
    }
  }
});

test("the sandbox is built apart: the customers' pages neither hold nor name any of it", () => {
  withBuild((built) => {
    const list = (/** @type {string} */ where) =>
      readdirSync(join(built, where)).sort();
    const pages = new Set(list("pages").map((name) => name.split(".")[0]));
    assert.deepEqual(
      [...pages],
      ["about", "collect", "composer", "home", "request", "share"],
    );
    assert.deepEqual(list("sandbox/pages"), ["sandbox.html"]);
    const kinds = (/** @type {string} */ where) =>
      new Set(
        list(where).map((name) =>
          name.replace(/(\.\w+)?-[0-9a-f]{10}\..*/, ""),
        ),
      );
    assert.deepEqual(
      [...kinds("assets")],
      [
        "argon2-worker",
        "collect",
        "composer",
        "favicon",
        "request",
        "share",
        "styles",
      ],
    );
    assert.deepEqual(
      [...kinds("sandbox/assets")],
      ["favicon", "sandbox", "styles"],
    );
    for (const where of ["pages", "assets"]) {
      for (const name of list(where).filter((one) => !/\.(br|gz)$/.test(one))) {
        const text = readFileSync(join(built, where, name), "utf8");
        assert.ok(!/sandbox/i.test(text), name);
      }
    }
  });
});

test("the sandbox's page holds nothing inline and asks nobody else", () => {
  withBuild((built) => {
    const page = readFileSync(
      join(built, "sandbox/pages/sandbox.html"),
      "utf8",
    );
    assert.doesNotMatch(
      page,
      /<script(?![^>]* src="\/sandbox\/assets\/)|<style| style=| on\w+=|data:|\/\/|\{\{/,
    );
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g)) {
      assert.match(address ?? "", /^\/sandbox\/assets\/[\w.-]+$/);
    }
  });
});
