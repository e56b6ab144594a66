/**
 * The form of a request, with the labels of Slack's window.
 *
 * @typedef {import("./api.js").Granted} Granted
 * @typedef {import("./composer-make.js").Question} Question
 */
import { choices, form, group, hint } from "./composer-forms.js";
import { labelled, languageRow, lifetimeRow } from "./composer-lines.js";
import { text } from "./text.js";

const CHANNEL = "channel";
/** Which are ticked at first, as in Slack's window. @type {[import("./text.js").Key, boolean][]} */
const NAMES = [
  ["login_page", true],
  ["username", true],
  ["password", true],
  ["notes", false],
];

/**
 * @typedef {object} RequestForm
 * @property {import("./composer-forms.js").Form} form
 * @property {() => (Question & { name: string }) | null} read  name: the customer's, for the message;
 *   null when something is wrong, which is then said
 * @property {() => boolean} unsent
 * @property {() => void} clear
 */

/**
 * @param {NonNullable<Granted["policy"]>} policy
 * @param {NonNullable<Granted["prefill"]>} prefill
 * @param {() => void} onCreate
 * @returns {RequestForm}
 */
export function requestForm(policy, prefill, onCreate) {
  const what = labelled("what", "what", "what_hint", "what_missing");
  const name = labelled("name", "customer", "customer_hint");
  const label = labelled("ticket", "ticket", "ticket_hint");
  const lifetime = lifetimeRow("request-lifetime", policy.lifetimes, null);
  const language = languageRow("request-language", prefill.language);
  const fields = choices(
    "checkbox",
    "fields",
    NAMES.map(([key, checked]) => ({ value: text(key), label: text(key), checked })),
  );
  const collect = choices("radio", "collect", [
    { value: "me", label: text("collect_me"), checked: true },
    { value: CHANNEL, label: text("collect_channel"), help: "collect_channel_help" },
  ]);
  const { channel } = prefill;
  const rows = [
    what.node,
    name.node,
    label.node,
    lifetime.node,
    language.node,
    group("ask_for", ...fields.nodes, hint("ask_for_hint")),
    // Outside a channel there is nobody to share it with.
    ...(channel ? [group("collect_who", ...collect.nodes)] : []),
    hint("ask_note"),
  ];
  const lines = [what, name, label];
  return {
    form: form(rows, onCreate),
    read() {
      // All of them, so that everything that is wrong is said at once.
      const [asked, called, ticket] = [what.read(), name.read(), label.read()];
      if (asked === null || called === null || ticket === null) return null;
      return {
        what: asked,
        name: called,
        label: ticket,
        lifetime: lifetime.seconds(),
        language: language.chosen(),
        fields: fields.chosen(),
        channel: collect.chosen()[0] === CHANNEL ? channel : null,
      };
    },
    unsent: () => lines.some((one) => one.unsent()),
    clear() {
      for (const one of lines) one.clear();
    },
  };
}
