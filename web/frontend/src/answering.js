/**
 * One visit to a request's own link: from the first look to the form, from Send to the receipt
 * (docs/protocol.md, "State"). What is typed is sealed here before anything is sent.
 *
 * @typedef {import("./api.js").Asked} Asked
 * @typedef {import("./api.js").Refusal} Refusal
 * @typedef {import("./asked.js").Verb} Verb
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./link.js").Link} Link
 */
import * as api from "./api.js";
import { answerForm } from "./answer.js";
import * as asked from "./asked.js";
import { fromBase64url } from "./bytes.js";
import { isKeyOf, readAloudCode } from "./code.js";
import { introduce, show } from "./frame.js";
import { sealAnswer } from "./hpke.js";
import { inLanguage } from "./language.js";
import { keepOpen } from "./leaving.js";
import * as screens from "./screens.js";

export class Answering {
  /** Whoever repeats it is this very page, sending the same answer again. */
  #nonce = crypto.getRandomValues(new Uint8Array(16));
  /** @type {{ form: import("./answer.js").AnswerForm, screen: import("./frame.js").Screen } | null} */
  #open = null;
  /** The answer, sealed, until it is known to have arrived. @type {Bytes | null} */
  #blob = null;
  /** Whether it may have arrived although nobody said so: then another must not take its place. */
  #unclear = false;

  /**
   * @param {Link} link
   * @param {Bytes} proof
   */
  constructor(link, proof) {
    this.link = link;
    this.proof = proof;
  }

  /** Forgets what was typed, and what it was sealed to. */
  forget() {
    this.#blob = null;
    this.#open?.form.clear();
    this.#open = null;
    keepOpen(false);
  }

  /**
   * @param {(now: Asked) => import("./frame.js").Screen} [shown] if the request is not waiting
   * @returns {Promise<void>}
   */
  look = async (shown = (now) => asked.receipt(now, (verb) => this.#ask(verb, now))) => {
    const { link, proof } = this;
    const answer = await api.patiently(() => api.requestStatus(link.id, { submit_proof: proof }));
    if (answer.kind !== "ok") return this.#refused(answer, false, () => this.look(shown));
    await inLanguage(answer.body.language);
    introduce(answer.body.workspace);
    return answer.body.state === "waiting" ? this.#form(answer.body) : show(shown(answer.body));
  };

  /** @param {Asked} now */
  async #form(now) {
    const key = fromBase64url(String(now.public_key));
    // Whoever swapped the key on the server or on the way gets no answer, and the customer is told.
    if (key === null || !(await isKeyOf(key, this.link))) return show(asked.swapped());
    const form = answerForm(now.fields, keepOpen, (content) => void this.#seal(key, content));
    const code = await readAloudCode(this.link.key);
    const screen = asked.form(now, code, form.node, (verb) => this.#ask(verb, now));
    this.#open = { form, screen };
    return show(screen);
  }

  /**
   * @param {Bytes} key
   * @param {Content} content
   */
  async #seal(key, content) {
    const open = this.#open;
    try {
      const blob = await sealAnswer(key, this.link.id, content);
      // Left meanwhile: nothing is sent behind anybody's back.
      if (this.#open !== open) return;
      this.#blob = blob;
    } catch {
      return open?.form.complain("seal_failed");
    }
    return this.#send(this.#blob);
  }

  /**
   * @param {Bytes} blob
   * @returns {Promise<void>}
   */
  async #send(blob) {
    // Forgotten with the page that was left: pressed there, Try again only looks.
    if (this.#blob !== blob) return this.look();
    const body = { submit_proof: this.proof, nonce: this.#nonce, blob };
    const answer = await api.patiently(async () => {
      const once = await api.submit(this.link.id, body);
      this.#unclear ||= once.kind === "cut" || once.kind === "postponed";
      return once;
    });
    // Left meanwhile: what comes back is no longer this page's.
    if (this.#blob !== blob) return;
    if (answer.kind === "ok") return this.#over(undefined);
    if (answer.kind === "gone" && answer.reason !== null) return this.#over(undefined);
    if (answer.kind !== "refused") return this.#refused(answer, true, () => this.#send(blob));
    if (answer.code === "already_submitted") return this.#over(asked.taken);
    // An answer that may have arrived is not changed any more: it stays as it was sealed.
    if (this.#unclear || !this.#open) return this.#refused(answer, true, () => this.#send(blob));
    this.#blob = null;
    return this.#open.form.complain(WHY_NOT[String(answer.code)] ?? "send_refused");
  }

  /** @param {Parameters<Answering["look"]>[0]} shown */
  #over(shown) {
    this.forget();
    return this.look(shown);
  }

  /**
   * @param {Verb} verb
   * @param {Asked} now
   */
  #ask(verb, now) {
    const back = () => (this.#open ? show(this.#open.screen) : void this.look());
    /** @param {HTMLButtonElement} pressed */
    const yes = (pressed) => {
      screens.busy(pressed, "ending_busy");
      void this.#end(verb, now.received_at !== null);
    };
    show(asked.confirm(verb, now.received_at !== null, yes, back));
  }

  /**
   * @param {Verb} verb
   * @param {boolean} wasSent
   * @returns {Promise<void>}
   */
  async #end(verb, wasSent, wasCut = false) {
    const answer = await api.patiently(async () => {
      const once = await api.takeBack(this.link.id, verb, { submit_proof: this.proof });
      wasCut ||= once.kind === "cut" || once.kind === "postponed";
      return once;
    });
    const isOurs = wasCut && answer.kind === "gone" && answer.reason === "burned";
    if (answer.kind === "ok" || isOurs) {
      this.forget();
      return show(asked.done(verb, wasSent));
    }
    if (answer.kind === "gone" && answer.reason !== null) return this.#over(undefined);
    // Collected in the meantime.
    if (answer.kind === "refused" && answer.code === "already_submitted")
      return this.#over((now) => asked.receipt(now, (more) => this.#ask(more, now), "too_late"));
    return this.#refused(answer, false, () => this.#end(verb, wasSent, wasCut));
  }

  /**
   * @param {Refusal} refusal
   * @param {boolean} sent whether an answer may be on its way
   * @param {() => unknown} retry
   */
  #refused(refusal, sent, retry) {
    /** @param {HTMLButtonElement} pressed */
    const again = (pressed) => {
      screens.busy(pressed, "again_busy");
      void retry();
    };
    if (refusal.kind === "gone") {
      this.forget();
      show(asked.unknown());
    } else if (refusal.kind === "limited") show(screens.limited(refusal.seconds, again));
    else {
      // Of a passphrase a request knows nothing.
      const kind = refusal.kind === "wrong" || refusal.kind === "locked" ? "refused" : refusal.kind;
      show(screens.unreachable(kind, sent, again));
    }
  }
}

/** What nobody has kept. @type {Record<string, import("./text.js").Key>} */
const WHY_NOT = { too_large: "send_too_large", no_room: "send_no_room" };
