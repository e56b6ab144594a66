/**
 * Slack's date tokens, `<!date^seconds^format^link|fallback>`, as its clients write them: in the
 * reader's time zone, with today, yesterday and tomorrow where a token asks for them.
 * Source: docs.slack.dev/messaging/formatting-message-text, "Date formatting".
 *
 * @typedef {object} Reader
 * @property {number} now  milliseconds
 * @property {string | undefined} [locale]  decides between 16:00 and 4:00 PM; the words are English
 * @property {string | undefined} [timeZone]
 */

const DAY = 86_400_000;
/** The last moment that dates can name. */
const LAST = 8.64e12;
const NEAR = ["yesterday", "today", "tomorrow"];

/** @type {[unit: Intl.RelativeTimeFormatUnit, seconds: number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** @param {number} day of the month */
function ordinal(day) {
  const suffix = new Intl.PluralRules("en", { type: "ordinal" }).select(day);
  return day + ({ one: "st", two: "nd", few: "rd" }[/** @type {string} */ (suffix)] ?? "th");
}

/** Each costs more than a thousand dates written with it. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string | undefined} locale
 * @param {Intl.DateTimeFormatOptions} how
 */
function formatOf(locale, how) {
  const key = JSON.stringify([locale, how]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, how);
  formats.set(key, format);
  return format;
}

/** @param {string | undefined} locale */
function hasHalfDays(locale) {
  const { hourCycle } = formatOf(locale, { hour: "numeric" }).resolvedOptions();
  return hourCycle === "h12" || hourCycle === "h11";
}

/**
 * @param {Date} when
 * @param {Reader} reader
 */
function writer(when, { now, locale, timeZone }) {
  /** @param {Intl.DateTimeFormatOptions} how */
  const english = (how) => formatOf("en-US", { timeZone, ...how }).format(when);
  /** @param {Intl.DateTimeFormatOptions} how */
  const clock = (how) => {
    const half = hasHalfDays(locale);
    const hour = half ? "numeric" : "2-digit";
    const time = { timeZone, hour, minute: "2-digit", ...how };
    return formatOf(half ? "en-US" : "en-GB", /** @type {{}} */ (time)).format(when);
  };
  /** @param {number} at */
  const dayOf = (at) => formatOf("en-CA", { timeZone }).format(at);
  const full = () =>
    `${english({ month: "long" })} ${ordinal(Number(english({ day: "numeric" })))}, ${english({ year: "numeric" })}`;
  /** @type {Record<string, () => string>} */
  const tokens = {
    date_num: () => dayOf(when.getTime()),
    date_slash: () => english({ day: "2-digit", month: "2-digit", year: "numeric" }),
    date: full,
    date_short: () => english({ day: "numeric", month: "short", year: "numeric" }),
    date_long: () => `${english({ weekday: "long" })}, ${full()}`,
    time: () => clock({}),
    time_secs: () => clock({ second: "2-digit" }),
    ago: () => ago(when.getTime() - now),
  };
  const near = NEAR[[-DAY, 0, DAY].findIndex((off) => dayOf(now + off) === dayOf(when.getTime()))];
  for (const name of ["date", "date_short", "date_long"]) {
    tokens[`${name}_pretty`] = () => near ?? tokens[name]?.() ?? "";
  }
  return tokens;
}

/** @param {number} off milliseconds, negative in the past */
function ago(off) {
  const seconds = Math.trunc(off / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en").format(Math.trunc(seconds / size), unit);
}

/**
 * @param {string} seconds as it stands in the token
 * @param {string} format e.g. {date_short_pretty}, {time}
 * @param {Reader} reader
 * @returns {{ text: string, iso: string } | null} null: show the fallback
 */
export function slackDate(seconds, format, reader) {
  if (!/^-?\d{1,13}$/.test(seconds) || Math.abs(Number(seconds)) > LAST) return null;
  const when = new Date(Number(seconds) * 1000);
  const tokens = writer(when, reader);
  const text = format.replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(tokens, name) ? (tokens[name]?.() ?? whole) : whole,
  );
  // Slack writes the first letter large, and so "Today".
  return { text: text.charAt(0).toUpperCase() + text.slice(1), iso: when.toISOString() };
}
