// The approval queue: decide by keys or buttons, one after the other, without loading the page again. The server's answer
// decides: an item is marked only once it has come.

const KEYS = { a: "approve", r: "reject", s: "spam" };

export function start(list, { fetchJson, memory }) {
  const items = [...list.querySelectorAll("[data-review]")];
  const more = document.querySelector("[data-more]");
  let latest = null; // the item that was decided last

  for (const item of items) {
    item.querySelector("form").addEventListener("submit", (event) => {
      if (!event.submitter?.value) return;
      event.preventDefault();
      event.stopPropagation(); // other forms are sent once
      decide(item, event.submitter.value);
    });
  }

  // in the capture phase: before the keys that every page has
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog, [contenteditable]");
    if (event.key === "Escape" && typing && list.contains(typing)) return focus(typing.closest("[data-review]"));
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || memory.get("single-keys") === "off") return;
    const act = { j: () => step(1), k: () => step(-1), u: () => latest && undo(latest) }[event.key];
    if (!act && !KEYS[event.key]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (act) return act();
    const item = current();
    if (item) decide(item, KEYS[event.key]);
    else step(1); // the first key chooses the first item, so that nothing is decided unseen
  }, true);

  const current = () => document.activeElement?.closest("[data-review]:not([data-decided])");
  const isOpen = (item) => !item.hasAttribute("data-decided");

  function focus(item) {
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: item.offsetHeight > innerHeight ? "start" : "nearest" });
  }

  /** Goes to the next or previous item that is not decided. */
  function step(by, from = document.activeElement?.closest("[data-review]")) {
    const at = from ? items.indexOf(from) : by > 0 ? -1 : items.length;
    const rest = by > 0 ? items.slice(at + 1) : items.slice(0, Math.max(at, 0)).reverse();
    const next = rest.find(isOpen) ?? (from && isOpen(from) ? null : items.find(isOpen));
    if (next) focus(next);
    more.hidden = items.some(isOpen);
    if (!more.hidden) more.querySelector("a").focus();
  }

  async function decide(item, decision) {
    if (item.hasAttribute("data-decided")) return;
    const form = item.querySelector("form");
    const fields = { ...Object.fromEntries(new FormData(form)), decision };
    mark(item, "…");
    latest = item;
    step(1, item);
    try {
      const { text, undo: path } = await fetchJson(form.action, fields);
      mark(item, text, path);
    } catch (error) {
      await explain(item, error);
    }
  }

  /** Says what the server refused; an item that somebody else has decided stays closed. */
  async function explain(item, { answer }) {
    const told = await answer?.json().then(({ message, detail }) => message ?? detail, () => "");
    if (answer?.status === 409) return mark(item, told);
    reopen(item, told || list.dataset.failed);
    focus(item);
  }

  function mark(item, text, path) {
    const done = item.querySelector("[data-done]");
    item.dataset.decided = "yes";
    done.textContent = `${text} `;
    done.hidden = false;
    if (!path) return;
    const button = document.createElement("button");
    button.className = "link";
    button.textContent = list.dataset.undo;
    button.addEventListener("click", () => undo(item));
    done.append(button);
    item.dataset.undo = path;
  }

  function reopen(item, text) {
    const done = item.querySelector("[data-done]");
    delete item.dataset.decided;
    delete item.dataset.undo;
    done.textContent = text;
    more.hidden = true;
  }

  async function undo(item) {
    const path = item.dataset.undo;
    if (!path) return;
    delete item.dataset.undo; // a second press sends nothing
    try {
      const { text } = await fetchJson(path, {});
      reopen(item, text);
      focus(item);
    } catch (error) {
      const told = await error.answer?.json().then(({ message, detail }) => message ?? detail, () => "");
      mark(item, told || list.dataset.failed, error.answer?.status === 409 ? "" : path);
    }
  }
}
