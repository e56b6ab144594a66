import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, isBlank } from "../../web/frontend/src/lines.js";
import {
  learn,
  replyMessage,
  requestMessage,
  utcDate,
} from "../../web/frontend/src/messages.js";
import { languages } from "./languages.js";

learn(languages);
const EXPIRES = Date.UTC(2026, 10, 24, 16, 0) / 1000;
const LINK = "https://secrets.example.com/r/tag_id#token";

test("dates in texts to copy are the same for everybody", () => {
  assert.equal(utcDate(EXPIRES), "24 November 2026, 16:00 UTC");
  assert.equal(utcDate(1_740_787_260), "1 March 2025, 00:01 UTC");
  assert.equal(utcDate(EXPIRES, "de"), "24. November 2026, 16:00 UTC");
  assert.equal(utcDate(EXPIRES, "fr"), "24 novembre 2026 à 16:00 UTC");
  assert.equal(utcDate(EXPIRES, "es"), "24 de noviembre de 2026, 16:00 UTC");
  assert.equal(utcDate(EXPIRES, "pt"), "24 de novembro de 2026, 16:00 UTC");
  assert.equal(utcDate(EXPIRES, "ar"), "24 نوفمبر 2026، 16:00 UTC");
});

test("the message that asks a customer is the agreed one, by name or without", () => {
  /** @param {string} who */
  const agreed = (who) =>
    `Hi ${who}, to keep your login details secure, please send them through this page instead of e-mail: 1. Open ${LINK} 2. Type your login details 3. Press Send. It works once, until 24 November 2026, 16:00 UTC, encrypts in your browser, and needs no account or signup.`;
  const about = { link: LINK, expiresAt: EXPIRES };
  assert.equal(requestMessage({ ...about, name: " Ben\n" }), agreed("Ben"));
  assert.equal(
    requestMessage({ ...about, name: " \u200b\u2800 " }),
    agreed("there"),
  );
  assert.equal(
    requestMessage({ ...about, name: "{link} {date}" }),
    agreed("{link} {date}"),
  );
});

test("a message is in the language that was chosen, and in English where there is none of it", () => {
  const about = { link: LINK, expiresAt: EXPIRES, name: "Ben" };
  assert.match(requestMessage(about, "de"), /^Guten Tag Ben, damit Ihre /);
  for (const other of ["xx", "__proto__", "constructor", null])
    assert.match(requestMessage(about, other), /^Hi Ben, to keep your /);
  assert.notEqual(replyMessage("fr"), replyMessage(null));
});

test("names and labels lose what hides, reorders or breaks text, as in Slack", () => {
  for (const [typed, shown] of [
    ["  ACME \t 4711 ", "ACME 4711"],
    ["A\u202eB\u2066C\u200bD", "ABCD"],
    ["one\u2028two\u0085three\u001dfour", "one two three four"],
    ["a \u200b b", "a b"],
    ["\ud800half", "half"],
    ["\u3164\ufe0f\u00a0", ""],
    ["\u{e0041}tag", "tag"],
    ["Zoë \u{1f341}", "Zoë \u{1f341}"],
  ])
    assert.equal(clean(typed ?? ""), shown);
  assert.ok(isBlank("\u200b\t\u{e0100}"));
  assert.ok(!isBlank("."));
});
