import assert from "node:assert/strict";
import { test } from "node:test";
import { why } from "../../web/frontend/src/composer-screens.js";
import {
  isEasy,
  readPassphrase,
} from "../../web/frontend/src/composer-passphrase.js";
import {
  below,
  characters,
  wordlist,
  words,
} from "../../web/frontend/src/generator.js";
import english from "../../web/frontend/src/locales/en.json" with { type: "json" };
import { learn, shareMessage } from "../../web/frontend/src/messages.js";
import { speak } from "../../web/frontend/src/text.js";
import { languages } from "./languages.js";
import { readText } from "../../web/frontend/src/textfile.js";

learn(languages);
speak(english.page, english.ready, english.composer);

test("what is drawn is uniform: remainders of the range are drawn again", () => {
  const whole = 2 ** 32 - (2 ** 32 % 57);
  const draws = [whole, 2 ** 32 - 1, whole - 1];
  assert.equal(
    below(57, () => draws.shift() ?? assert.fail("drawn too often")),
    56,
  );
  // Negative control: a remainder alone would have taken the first.
  assert.equal(draws.length, 0);
  assert.equal(
    below(2048, () => 2 ** 32 - 1),
    2047,
  );
  const counts = new Array(57).fill(0);
  for (let drawn = 0; drawn < 57_000; drawn += 1) counts[below(57)] += 1;
  // Chi-squared with 56 degrees of freedom: above 120 once in a million runs.
  const chi = counts.reduce((sum, one) => sum + (one - 1000) ** 2 / 1000, 0);
  assert.ok(chi < 120, String(chi));
});

test("generated passphrases are six words of BIP39, or 20 characters that cannot be confused", () => {
  assert.equal(new Set(wordlist).size, 2048);
  assert.ok(wordlist.every((word) => /^[a-z]{3,8}$/.test(word)));
  const made = new Set();
  for (let count = 0; count < 200; count += 1) {
    const six = words();
    assert.equal(six.split("-").length, 6);
    assert.ok(six.split("-").every((word) => wordlist.includes(word)));
    assert.match(characters(), /^[a-km-zA-HJ-NP-Z2-9]{20}$/);
    assert.ok(!isEasy(six));
    made.add(six).add(characters());
  }
  assert.equal(made.size, 400);
});

test("what needs no dictionary to be guessed is called easy", () => {
  for (const typed of [
    "horse",
    "aaaaaaaaaaaaaaaa",
    "2026-11-2",
    "123456789012",
    "x".repeat(11),
  ])
    assert.ok(isEasy(typed), typed);
  assert.ok(!isEasy("correct horse battery"));
});

test("a passphrase is read as Slack's window reads it", () => {
  /** @type {[string, string][]} */
  const wrong = [
    [" \t", "passphrase_blank"],
    ["\u200b", "passphrase_blank"],
    ["\ud800", "passphrase_blank"],
    ["half \ud800", "half_character"],
    ["x".repeat(257), "passphrase_long"],
  ];
  for (const [typed, mistake] of wrong)
    assert.deepEqual(readPassphrase(typed, false), { mistake });
  assert.deepEqual(readPassphrase("", false), { chosen: null });
  assert.deepEqual(readPassphrase("", true), {
    mistake: "passphrase_required",
  });
  const read = readPassphrase(" horse ", true);
  assert.ok("chosen" in read && read.chosen);
  assert.equal(read.chosen.typed, " horse ");
  assert.equal(new TextDecoder().decode(read.chosen.bytes), "horse");
});

test("the message to the customer is the one of Slack's window, and never has the passphrase", () => {
  const about = {
    link: "https://a.example/s/id#token",
    expiresAt: Date.UTC(2026, 10, 24, 16) / 1000,
  };
  const once = { ...about, singleUse: true, locked: false };
  assert.equal(
    shareMessage(once),
    "Hi there, here is what you need, safely: https://a.example/s/id#token It can be opened once, until 24 November 2026, 16:00 UTC. Copy what you need: when you close the page it is gone.",
  );
  assert.equal(
    shareMessage({ ...once, singleUse: false, locked: true }),
    "Hi there, here is what you need, safely: https://a.example/s/id#token It stays readable until 24 November 2026, 16:00 UTC. You will get the passphrase another way.",
  );
});

test("a file is text of ours or a sentence that says why not", async () => {
  /** @param {string | Uint8Array<ArrayBuffer>} data @param {string} name */
  const read = (data, name) => readText(new File([data], name));
  assert.deepEqual(await read("\ufeffa\r\nb\rc\n", "\u202ea.txt"), {
    name: "a.txt",
    text: "\ufeffa\nb\nc\n",
  });
  assert.deepEqual(await read("a", "\u200b"), { name: "file.txt", text: "a" });
  assert.equal(await read("", "a"), "file_empty");
  assert.equal(await read("a\0b", "a"), "file_binary");
  assert.equal(await read(Uint8Array.of(0xff), "a"), "file_binary");
  assert.equal(await read("x".repeat(65_537), "a"), "file_large");
});

test("no word of a server chooses what is said", () => {
  const [said] = why({ kind: "refused", code: "__proto__" });
  assert.equal(said, english.composer.refused_other);
});
