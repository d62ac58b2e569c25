// Tells the thread's readers that somebody is writing.

const TYPING_MS = 4000; // between two signs that somebody is writing
const TYPING_LASTS_MS = 8000; // for which the forum shows it
const TYPING_PAUSE_MS = 60000; // after a refusal

/** Lets the thread's readers know that somebody is writing a reply, at most every few seconds while the text changes. */
export function sayTyping(body, { fetchJson, sendOnLeave }) {
  const url = body.form.getAttribute("action").replace(/\/reply$/, "/typing");
  let said = 0;
  const stop = () => {
    if (Date.now() - said < TYPING_LASTS_MS) sendOnLeave(url, { stop: "1" });
    said = 0;
  };
  body.addEventListener("input", () => {
    if (!body.value.trim()) return stop();
    if (Date.now() - said < TYPING_MS) return;
    said = Date.now();
    fetchJson(url, { typing: "1" }).catch(() => (said += TYPING_PAUSE_MS)); // refused or offline
  });
  addEventListener("pagehide", stop);
}
