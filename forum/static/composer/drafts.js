// Drafts: what is typed is kept on this device and on the server, and sent once.

/** Saves the draft: at once on this device, on the server after two seconds without typing and on leaving the page. */
export function draftSaver(part, body, { fetchJson, sendOnLeave, debounce, memory }) {
  const { place, original, originalTitle = "" } = part.dataset;
  const key = `draft:${place}`;
  const title = body.form.elements.title;
  const status = part.querySelector("[data-status]");
  const discard = part.querySelector("[data-discard]");
  let isDirty = false;
  let isSent = false;

  const changed = (field, before) => (!field || field.value === before ? "" : field.value);
  const typed = () => ({ place, title: changed(title, originalTitle), body: changed(body, original) });
  const goBack = () => {
    body.value = original;
    if (title) title.value = originalTitle;
  };
  const isBlank = ({ title: head, body: text }) => !head.trim() && !text.trim();
  const say = (what) => (status.textContent = what ? status.dataset[what] : "");

  function remember(isSafe) {
    const now = typed();
    memory.set(key, isBlank(now) ? null : JSON.stringify({ ...now, isSafe }));
  }

  async function save() {
    if (!isDirty || isSent) return;
    isDirty = false;
    const now = typed();
    try {
      await fetchJson("/drafts", now);
      if (!isDirty) remember(true);
      say(isBlank(now) ? "" : "saved");
    } catch {
      isDirty = true;
      say("offline");
    }
  }

  const saveSoon = debounce(2000, save);

  function change() {
    isDirty = true;
    remember(false);
    saveSoon();
  }

  function restore() {
    const stored = JSON.parse(memory.get(key) ?? "null");
    if (!stored || stored.isSafe || isBlank(stored) || document.querySelector(".error-note")) return;
    if (stored.body === typed().body && stored.title === typed().title) return;
    if (stored.body) body.value = stored.body;
    if (title && stored.title) title.value = stored.title;
    discard.hidden = false;
    say("restored");
    isDirty = true;
    saveSoon();
  }

  discard.addEventListener("click", () => {
    goBack();
    discard.hidden = true;
    isDirty = true;
    remember(false);
    save();
    body.focus();
  });
  title?.addEventListener("input", change);
  addEventListener("online", save);
  addEventListener("pagehide", () => isDirty && !isSent && sendOnLeave("/drafts", typed()));
  body.form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    isSent = true;
    remember(false); // until the server responds, this is the only copy
    sessionStorage.setItem("sent", place);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || !isSent) return;
    isSent = isDirty = false;
    if (memory.get(key)) return; // saving failed: the typed text stays
    goBack();
    if (body.form.elements.submit_key) body.form.elements.submit_key.value = crypto.getRandomValues(new Uint32Array(4)).join("-");
  });
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const isTyped = [body, title].some((field) => field && field.value !== field.defaultValue);
  if (isTyped && !isBack) change(); // before this script was loaded
  else restore();
  return { typed: change };
}

/** A form restored by the back button with the same text keeps its submit key: the server posts it once. */
export function sendOnce(form, place) {
  const key = form.elements.submit_key;
  if (!key) return;
  const name = `sent:${place}`;
  const content = () => JSON.stringify([form.elements.title?.value ?? "", form.elements.body.value]);
  form.addEventListener("submit", () => {
    try {
      const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
      const before = isBack && JSON.parse(sessionStorage.getItem(name));
      if (before && before.content === content()) key.value = before.key;
      sessionStorage.setItem(name, JSON.stringify({ key: key.value, content: content() }));
    } catch {
      // storage is blocked: the server still rejects the same text within a few minutes
    }
  });
}
