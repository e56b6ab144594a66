/** Signs on buttons, drawn with lines: letters that look like them are read out, and differ by font. */
import { h } from "./tree.js";

/** On a field of 20 by 20. */
const LINES = {
  app: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
  back: "M16 10H4M9 5l-5 5 5 5",
  channel: "M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h13M3 12.5h13",
  close: "M5 5l10 10M15 5 5 15",
  menu: "M3 5h14M3 10h14M3 15h14",
  more: "M4 10h.01M10 10h.01M16 10h.01",
  plus: "M10 4v12M4 10h12",
};

/**
 * @param {keyof typeof LINES} name
 * @returns {import("./tree.js").Tree} that nobody hears
 */
export const icon = (name) =>
  h(
    "svg",
    { class: `sign sign-${name}`, viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    h("path", { d: LINES[name] }),
  );
