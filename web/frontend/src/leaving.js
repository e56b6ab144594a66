/** Leaving with something typed: browsers ask first, but only while there is something to lose. */

/** @param {BeforeUnloadEvent} event */
function ask(event) {
  event.preventDefault();
  event.returnValue = true; // what browsers before 2023 look at
}

/** @param {boolean} on whether there is; else no listener keeps the page out of the Back button's cache */
export function keepOpen(on) {
  if (on) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}
