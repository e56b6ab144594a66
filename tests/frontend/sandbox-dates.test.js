import assert from "node:assert/strict";
import { test } from "node:test";
import { slackDate } from "../../web/frontend/src/sandbox/dates.js";

const AT = "1795536000"; // 24 November 2026, 16:00 UTC
const DAY = 86_400_000;
const reader = { now: 1_795_536_000_000, locale: "en-GB", timeZone: "UTC" };

/**
 * @param {string} format
 * @param {Partial<import("../../web/frontend/src/sandbox/dates.js").Reader>} [as]
 */
const written = (format, as) =>
  slackDate(AT, format, { ...reader, ...as })?.text;

for (const [format, expected] of [
  ["{date_num}", "2026-11-24"],
  ["{date_slash}", "11/24/2026"],
  ["{date}", "November 24th, 2026"],
  ["{date_short}", "Nov 24, 2026"],
  ["{date_long}", "Tuesday, November 24th, 2026"],
  ["{date_pretty}", "Today"],
  ["made {date_short_pretty}", "Made today"],
  ["{time}", "16:00"],
  ["{time_secs}", "16:00:00"],
  ["{ago}", "In 0 seconds"],
  ["{date_num} {nothing} {constructor}", "2026-11-24 {nothing} {constructor}"],
]) {
  test(`${format} is ${expected}`, () => {
    assert.equal(written(format ?? ""), expected);
  });
}

test("yesterday and tomorrow are the reader's, not ours", () => {
  const now = reader.now;
  assert.equal(written("{date_pretty}", { now: now + DAY }), "Yesterday");
  assert.equal(written("{date_pretty}", { now: now - DAY }), "Tomorrow");
  assert.equal(
    written("{date_pretty}", { now: now + 2 * DAY }),
    "November 24th, 2026",
  );
  // 16:00 UTC is already the next day in Auckland, and 8 in the morning in Los Angeles.
  assert.equal(
    written("{date_num} {time}", { timeZone: "Pacific/Auckland" }),
    "2026-11-25 05:00",
  );
  assert.equal(
    written("{date_num} {time}", { timeZone: "America/Los_Angeles" }),
    "2026-11-24 08:00",
  );
});

test("the clock has 12 or 24 hours, as the reader's locale has", () => {
  assert.equal(written("{time}", { locale: "en-US" }), "4:00 PM");
  assert.equal(written("{time_secs}", { locale: "en-US" }), "4:00:00 PM");
  assert.equal(written("{time}", { locale: "de" }), "16:00");
});

test("how long ago", () => {
  assert.equal(written("{ago}", { now: reader.now + 90_000 }), "1 minute ago");
  assert.equal(written("{ago}", { now: reader.now + 3 * DAY }), "3 days ago");
  assert.equal(written("{ago}", { now: reader.now - 7_200_000 }), "In 2 hours");
});

test("what is no moment falls back", () => {
  for (const seconds of [
    "",
    "x",
    "1e3",
    "NaN",
    "9".repeat(13),
    "9".repeat(30),
    "0x10",
  ]) {
    assert.equal(slackDate(seconds, "{date}", reader), null, seconds);
  }
  assert.equal(
    slackDate(AT, "{date}", reader)?.iso,
    "2026-11-24T16:00:00.000Z",
  );
});
