/**
 * One agent at the composer: two forms, of which one is shown, and what became of the last press of
 * Create link.
 *
 * @typedef {import("./api.js").Granted} Granted
 * @typedef {NonNullable<Granted["policy"]>} Policy
 * @typedef {NonNullable<Granted["prefill"]>} Prefill
 * @typedef {import("./text.js").Key} Key
 */
import * as api from "./api.js";
import { choices } from "./composer-forms.js";
import { makeRequest, makeSecret } from "./composer-make.js";
import { requestForm } from "./composer-request.js";
import { requestMade, secretMade, why } from "./composer-screens.js";
import { shareForm } from "./composer-share.js";
import { element, isolated } from "./dom.js";
import { show } from "./frame.js";
import { Stretcher } from "./passphrase.js";
import { requestMessage } from "./messages.js";
import { phrase, text } from "./text.js";

export class Composing {
  /** What was made last, and of which form: pressed again, it is sent again. @type {any} */
  #draft = null;
  /** Whether a link stands on the screen that nobody has copied: it exists nowhere else. */
  #uncopied = false;
  /** @type {Stretcher | null} */
  #stretcher = null;
  /** Leads from one form to the other. @type {HTMLElement | null} */
  #choice = null;

  /**
   * @param {Granted} granted
   * @param {Policy} policy
   * @param {Prefill} prefill
   */
  constructor(granted, policy, prefill) {
    this.granted = granted;
    this.policy = policy;
    this.kind = policy.requests ? prefill.kind : "s";
    this.share = shareForm(policy, prefill, () => void this.#createSecret());
    this.request = requestForm(policy, prefill, () => void this.#createRequest());
  }

  /** @returns {boolean} whether leaving would lose something that was typed or made */
  get wouldLose() {
    return this.#uncopied || this.share.unsent() || this.request.unsent();
  }

  begin = () => {
    this.#uncopied = false;
    show({ state: "compose", title: "compose_title", nodes: this.#forms() });
  };

  /** @returns {Node[]} */
  #forms() {
    const { agent, workspace } = this.granted;
    const names = { agent: isolated(agent), workspace: isolated(workspace) };
    const from = element("p", { class: "from" }, ...phrase("compose_as", names));
    const promise = element("p", {});
    const forms = [this.share.form.node, this.request.form.node];
    const choose = () => {
      this.share.form.node.hidden = this.kind !== "s";
      this.request.form.node.hidden = this.kind !== "r";
      promise.textContent = text(this.kind === "s" ? "share_promise" : "request_promise");
    };
    choose();
    if (!this.policy.requests) return [from, promise, this.share.form.node];
    const kinds = choices("radio", "kind", [
      { value: "s", label: text("kind_share"), checked: this.kind === "s" },
      { value: "r", label: text("kind_request"), checked: this.kind === "r" },
    ]);
    const choice = (this.#choice = element(
      "fieldset",
      { class: "switch" },
      element("legend", { class: "spoken" }, text("kind")),
      ...kinds.nodes,
    ));
    choice.addEventListener("change", () => {
      this.kind = kinds.chosen()[0] === "r" ? "r" : "s";
      choose();
    });
    return [from, choice, promise, ...forms];
  }

  async #createSecret() {
    const { form, read } = this.share;
    const wish = read();
    if (wish === null) return form.idle();
    const { typed: passphrase, singleUse, language } = wish;
    form.busy(passphrase ? "create_stretching" : "create_busy");
    this.#stretcher ??= passphrase ? new Stretcher() : null;
    const make = () =>
      makeSecret(this.granted.tag, wish, async (job) => {
        const stretched = await this.#stretcher?.stretch(job, form.progress);
        form.busy("create_busy");
        return /** @type {import("./bytes.js").Bytes} */ (stretched);
      });
    try {
      const made = await this.#create(JSON.stringify(wish), make, api.createSecret);
      if ("kind" in made) return form.idle(...why(made));
      this.#made();
      const what = { link: made.link, expiresAt: made.expiresAt, singleUse, passphrase, language };
      return show(secretMade(what, this.#copied, this.begin));
    } catch {
      return form.idle(text("create_failed"));
    }
  }

  async #createRequest() {
    const { form, read } = this.request;
    const question = read();
    if (question === null) return form.idle();
    const { name, ...asked } = question;
    form.busy("create_busy");
    try {
      const make = () => makeRequest(this.granted.tag, asked);
      const made = await this.#create(JSON.stringify(asked), make, api.createRequest);
      if ("kind" in made) return form.idle(...why(made));
      this.#made();
      const about = { name, link: made.requestLink, expiresAt: made.expiresAt };
      const message = requestMessage(about, asked.language);
      return show(requestMade({ ...made, message }, this.#copied, this.begin));
    } catch {
      return form.idle(text("create_failed"));
    }
  }

  /**
   * Sends a draft. The same form gives the same draft: one whose answer got lost is recognised by
   * the server, and no second one comes into the world. Meanwhile the other form is out of reach:
   * its link would take this one's place on the screen, and this one is nowhere else.
   *
   * @template {{ body: Record<string, unknown> }} Made
   * @param {string} form what it says
   * @param {() => Promise<Made>} make
   * @param {(body: Record<string, unknown>) => Promise<api.Answer<{ expires_at: number }>>} send
   * @returns {Promise<(Made & { expiresAt: number }) | api.Refusal>}
   */
  async #create(form, make, send) {
    if (this.#choice) this.#choice.inert = true;
    try {
      return await this.#sent(form, make, send);
    } finally {
      if (this.#choice) this.#choice.inert = false;
    }
  }

  /**
   * @template {{ body: Record<string, unknown> }} Made
   * @param {string} form
   * @param {() => Promise<Made>} make
   * @param {(body: Record<string, unknown>) => Promise<api.Answer<{ expires_at: number }>>} send
   * @returns {Promise<(Made & { expiresAt: number }) | api.Refusal>}
   */
  async #sent(form, make, send) {
    /** @type {Made} */
    let made = this.#draft?.form === form ? this.#draft.made : await make();
    let answer = await api.patiently(() => send(made.body));
    if (answer.kind === "refused" && answer["code"] === "exists") {
      // Somebody else's id, by a chance of one in 2^128, or a store with an older copy of ours.
      made = await make();
      answer = await api.patiently(() => send(made.body));
    }
    this.#draft = { form, made };
    return answer.kind === "ok" ? { ...made, expiresAt: answer.body.expires_at } : answer;
  }

  /** The fields are emptied before the links are shown: nothing is sent twice by mistake. */
  #made() {
    this.#uncopied = true;
    this.forget();
  }

  #copied = () => {
    this.#uncopied = false;
  };

  /** Forgets what was typed and computed. */
  forget() {
    for (const one of [this.share, this.request]) {
      one.clear();
      one.form.idle();
    }
    this.#draft = null;
    this.#stretcher?.close();
    this.#stretcher = null;
    for (const box of document.querySelectorAll("main pre")) box.textContent = "";
  }
}
