/** The address of the Argon2 Worker, e.g. /assets/argon2-worker-0123456789.js: build.mjs fills it in. */
declare const ARGON2_WORKER: string;

/** The addresses of this page's texts in the other languages, by the language's code. */
declare const CATALOGUES: Record<string, string>;

/** The messages to customers in every language, which build.mjs gathers. */
declare module "*/messages.json" {
  const messages: Record<string, import("./messages.js").Words>;
  export default messages;
}
