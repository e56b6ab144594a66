/**
 * The Worker around Argon2id: a thread of its own, so that the page never stops answering. It takes
 * a Job and answers with any number of { progress } and one { hash }, or with { failed }.
 */
import { stretch } from "./argon2.js";

addEventListener("message", ({ data }) => {
  const onProgress = (/** @type {number} */ progress) => postMessage({ progress });
  stretch(data, onProgress).then(
    (hash) => postMessage({ hash }),
    () => postMessage({ failed: true }),
  );
});
