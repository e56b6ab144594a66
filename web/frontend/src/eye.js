/** What is typed behind dots: shown, and hidden again. */
import { button, element } from "./dom.js";
import { text } from "./text.js";

/**
 * @param {HTMLInputElement} input of type password
 * @param {string} name of what is typed there, for who only hears the button
 * @returns {HTMLButtonElement}
 */
export function eye(input, name) {
  const word = element("span", {}, text("show"));
  const made = button("quiet", word, () => {
    const hide = input.type === "text";
    input.type = hide ? "password" : "text";
    word.textContent = text(hide ? "show" : "hide");
  });
  made.append(element("span", { class: "spoken" }, ` ${name}`));
  return made;
}
