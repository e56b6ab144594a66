/** The address of the Argon2 Worker, e.g. /assets/argon2-worker-0123456789.js: build.mjs fills it in. */
declare const ARGON2_WORKER: string;
