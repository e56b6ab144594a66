import assert from "node:assert/strict";
import { test } from "node:test";
import {
  customerLinks,
  textsOf,
  withoutFragment,
} from "../../web/frontend/src/sandbox/links.js";

const here = new URL("http://localhost:8080/sandbox");
const id = "abcd" + "A".repeat(22);
const token = "B".repeat(48);
const link = `http://localhost:8080/s/${id}#${token}`;

test("a link is found wherever a reader sees it, once, with the longest text around it", () => {
  const view = {
    title: { type: "plain_text", text: "Your link is ready" },
    private_metadata: "http://localhost:8080/s/" + id + "#meta",
    blocks: [
      { elements: [{ elements: [{ type: "text", text: link }] }] },
      {
        elements: [
          { elements: [{ type: "text", text: `Here it is: ${link} Bye.` }] },
        ],
      },
      { elements: [{ type: "link", url: link }] },
    ],
  };
  assert.deepEqual(customerLinks(textsOf(view), here), [
    { id, link, message: `Here it is: ${link} Bye.` },
  ]);
});

test("the address behind a button is no text: it carries the agent's ticket", () => {
  const button = {
    type: "button",
    text: { text: "Open it myself" },
    url: `${link}.ticket`,
  };
  assert.deepEqual(customerLinks(textsOf({ elements: [button] }), here), []);
});

test("links of other sites, cut ones and other pages are none", () => {
  for (const other of [
    `https://evil.example/s/${id}#${token}`,
    `http://localhost:9090/s/${id}#${token}`,
    `http://localhost.evil.example:8080/s/${id}#${token}`,
    `http://localhost:8080/s/${id}`,
    `http://localhost:8080/s/${id}#`,
    `http://localhost:8080/s/short#${token}`,
    `http://localhost:8080/x/s/${id}#${token}`,
    `http://localhost:8080/new#${token}`,
    `http://a@b:c:8080/s/${id}#${token}`,
  ]) {
    assert.deepEqual(customerLinks([other], here), [], other);
  }
});

test("a request's link reaches the customer; the link to collect with stays with the agent", () => {
  const request = link.replace("/s/", "/r/");
  const found = customerLinks([`Please: ${request}`], here);
  assert.deepEqual(
    found.map((one) => one.link),
    [request],
  );
  assert.deepEqual(customerLinks([link.replace("/s/", "/c/")], here), []);
});

test("this machine has several names", () => {
  const there = new URL("http://127.0.0.1:8080/sandbox");
  assert.equal(customerLinks([link], there).length, 1);
  assert.equal(customerLinks([link], new URL("http://[::1]:8080/")).length, 1);
  assert.deepEqual(
    customerLinks([link], new URL("http://192.0.2.1:8080/")),
    [],
  );
});

test("what a scanner is given has no fragment", () => {
  for (const one of [
    link,
    `${link}.ticket`,
    `http://localhost:8080/s/${id}#a#b?c`,
  ]) {
    assert.equal(withoutFragment(one), `http://localhost:8080/s/${id}`);
  }
});
