/**
 * The names of a login's fields, in the reader's language. They are stored in English, whatever the
 * customer reads, so that the team's vault gets them as it knows them.
 */
import { text } from "./text.js";

/** @type {Record<string, import("./text.js").Key>} */
const NAMES = {
  "Login page": "field_login_page",
  Username: "field_username",
  Password: "field_password",
  Notes: "field_notes",
};

/**
 * @param {string} name as it is stored
 * @returns {string} any other as it is
 */
export const shownName = (name) => {
  const key = Object.hasOwn(NAMES, name) && NAMES[name];
  return key ? text(key) : name;
};
