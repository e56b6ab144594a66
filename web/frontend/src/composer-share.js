/**
 * The form of a secret to share, with the labels of Slack's window.
 *
 * @typedef {import("./api.js").Granted} Granted
 * @typedef {import("./composer-make.js").Wish} Wish
 */
import { contentPart } from "./composer-content.js";
import { choices, form, group } from "./composer-forms.js";
import { labelled, languageRow, lifetimeRow } from "./composer-lines.js";
import { passphrasePart } from "./composer-passphrase.js";
import { text } from "./text.js";

const ONCE = "once";

/**
 * @typedef {object} ShareForm
 * @property {import("./composer-forms.js").Form} form
 * @property {() => (Wish & { typed: string }) | null} read  typed: the passphrase as it was typed;
 *   null when something is wrong, which is then said
 * @property {() => boolean} unsent
 * @property {() => void} clear
 */

/**
 * @param {NonNullable<Granted["policy"]>} policy
 * @param {NonNullable<Granted["prefill"]>} prefill
 * @param {() => void} onCreate
 * @returns {ShareForm}
 */
export function shareForm(policy, prefill, onCreate) {
  const content = contentPart();
  const label = labelled("label", "label", "label_hint");
  const lifetime = lifetimeRow("lifetime", policy.lifetimes, prefill.lifetime);
  const access = choices("radio", "access", [
    { value: ONCE, label: text("single"), help: "single_help", checked: prefill.single_use },
    {
      value: "often",
      label: text("reusable"),
      help: "reusable_help",
      checked: !prefill.single_use,
    },
  ]);
  const passphrase = passphrasePart(policy.require_passphrase);
  const language = languageRow("language", prefill.language);
  const rows = [
    ...content.nodes,
    label.node,
    lifetime.node,
    group("access", ...access.nodes),
    passphrase.node,
    language.node,
  ];
  return {
    form: form(rows, onCreate),
    read() {
      // All of them, so that everything that is wrong is said at once.
      const [wanted, line, lock] = [content.read(), label.read(), passphrase.read()];
      if (wanted === null || line === null || lock === null) return null;
      return {
        content: wanted,
        label: line,
        lifetime: lifetime.seconds(),
        language: language.chosen(),
        singleUse: access.chosen()[0] === ONCE,
        passphrase: lock.chosen?.bytes ?? null,
        typed: lock.chosen?.typed ?? "",
      };
    },
    unsent: () => content.unsent() || passphrase.unsent(),
    clear() {
      content.clear();
      label.clear();
      passphrase.clear();
    },
  };
}
