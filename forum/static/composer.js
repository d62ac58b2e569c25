// The composer: formatting, preview by the server's renderer, completion of names and smilies, and saved drafts.

const TYPING_MS = 4000; // between two signs that somebody is writing
const TYPING_LASTS_MS = 8000; // for which the forum shows it
const TYPING_PAUSE_MS = 60000; // after a refusal

export function start(part, tools) {
  const body = part.querySelector("textarea");
  const insert = inserter(body);
  const draft = draftSaver(part, body, tools);
  const preview = previewer(part, body, tools);
  formatting(part, body, insert, { preview: preview.toggle, react: smiliePicker(part, insert, tools) });
  complete(part, body, insert, tools);
  suggestThreads(body.form, tools);
  countTitle(body.form);
  sendOnce(body.form, part.dataset.place);
  if (/^thread:\d+$/.test(part.dataset.place)) sayTyping(body, tools);
  body.addEventListener("input", () => {
    draft.typed();
    preview.refresh();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) body.form.requestSubmit(part.querySelector("[type=submit]"));
  });
  for (const button of part.querySelectorAll("[data-tool]")) button.disabled = false;
}

/** Lets the thread's readers know that somebody is writing a reply, at most every few seconds while the text changes. */
function sayTyping(body, { fetchJson, sendOnLeave }) {
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

/** A form restored by the back button with the same text keeps its submit key: the server posts it once. */
function sendOnce(form, place) {
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

/** Replaces a range of the field so that Ctrl+Z can undo it; optionally selects part of the new text. */
function inserter(body) {
  return (text, from = body.selectionStart, to = body.selectionEnd, select = null) => {
    body.focus();
    body.setSelectionRange(from, to);
    // The only way to insert text that browsers can undo; where it is not supported, the text is inserted without undo.
    if (!document.execCommand("insertText", false, text)) {
      body.setRangeText(text, from, to, "end");
      body.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (select) body.setSelectionRange(from + select[0], from + select[1]);
  };
}

// --- formatting ------------------------------------------------------------------------------------

function formatting(part, body, insert, others) {
  const chosen = () => body.value.slice(body.selectionStart, body.selectionEnd);

  function wrap(before, after = before) {
    const { selectionStart: from, selectionEnd: to, value } = body;
    const isWrapped = value.slice(from - before.length, from) === before && value.slice(to, to + after.length) === after;
    const text = chosen();
    if (isWrapped) insert(text, from - before.length, to + after.length, [0, text.length]);
    else insert(before + text + after, from, to, [before.length, before.length + text.length]);
  }

  function lines(mark) {
    const from = body.value.lastIndexOf("\n", body.selectionStart - 1) + 1;
    const text = body.value.slice(from, body.selectionEnd);
    const isMarked = text.split("\n").every((line) => line.startsWith(mark));
    insert(text.split("\n").map((line) => (isMarked ? line.slice(mark.length) : mark + line)).join("\n"), from, body.selectionEnd);
  }

  function block(before, after) {
    const lead = body.selectionStart && body.value[body.selectionStart - 1] !== "\n" ? "\n\n" : "";
    const text = chosen();
    const at = lead.length + before.length;
    insert(`${lead}${before}${text}${after}\n`, body.selectionStart, body.selectionEnd, [at, at + text.length]);
  }

  function address(sign) {
    const text = chosen();
    if (/^https?:\S+$/.test(text)) return insert(`${sign}[](${text})`, body.selectionStart, body.selectionEnd, [sign.length + 1, sign.length + 1]);
    const at = sign.length + text.length + 3;
    insert(`${sign}[${text}](https://)`, body.selectionStart, body.selectionEnd, [at, at + 8]);
  }

  const acts = {
    bold: () => wrap("**"),
    italic: () => wrap("*"),
    link: () => address(""),
    image: () => address("!"),
    quote: () => lines("> "),
    list: () => lines("- "),
    code: () => (chosen().includes("\n") ? block("```\n", "\n```") : wrap("`")),
    spoiler: () => block(":::spoiler\n", "\n:::"),
    ...others,
  };
  const keys = { b: "bold", i: "italic", k: "link", e: "code" };

  part.addEventListener("click", ({ target }) => acts[target.closest("[data-tool]")?.dataset.tool]?.());
  body.addEventListener("keydown", (event) => {
    const name = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && keys[event.key];
    if (!name) return;
    event.preventDefault();
    acts[name]();
  });
  body.addEventListener("paste", (event) => {
    const pasted = event.clipboardData.getData("text/plain").trim();
    const text = chosen();
    if (!text || text.includes("\n") || !/^https?:\/\/\S+$/.test(pasted)) return;
    event.preventDefault();
    insert(`[${text}](${pasted})`);
  });
}

/** The preview beside or below the field: the server's own HTML. */
function previewer(part, body, { fetchJson, debounce }) {
  const pane = part.querySelector(".preview");
  const button = part.querySelector('[data-tool="preview"]');

  async function show() {
    const source = body.value;
    if (pane.hidden) return;
    if (!source.trim()) return pane.replaceChildren();
    try {
      const { html } = await fetchJson("/preview", { body: source });
      if (source === body.value) pane.innerHTML = html;
    } catch ({ answer }) {
      // no connection: the last preview stays
      const { message } = answer?.status === 422 ? await answer.json() : {};
      if (message && source === body.value) pane.textContent = message;
    }
  }

  return {
    refresh: debounce(250, show),
    toggle: () => {
      pane.hidden = !pane.hidden;
      button.setAttribute("aria-pressed", String(!pane.hidden));
      show();
    },
  };
}

/** A small table of smilies under the toolbar. */
function smiliePicker(part, insert, { fetchJson }) {
  let table = null;
  const button = part.querySelector('[data-tool="react"]');

  function close() {
    table?.remove();
    table = null;
    button.setAttribute("aria-expanded", "false");
  }

  part.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !table) return;
    close();
    button.focus();
  });
  document.addEventListener("click", ({ target }) => !part.contains(target) && close());

  return async () => {
    if (table) return close();
    const { items } = await fetchJson("/suggest/smilies?q=");
    table = document.createElement("div");
    table.className = "pick";
    for (const { code, symbol, name } of items) {
      const choice = document.createElement("button");
      choice.type = "button";
      choice.textContent = symbol;
      choice.title = code;
      choice.ariaLabel = name;
      choice.addEventListener("click", () => {
        close();
        insert(`${code} `);
      });
      table.append(choice);
    }
    part.querySelector(".panes").prepend(table);
    button.setAttribute("aria-expanded", "true");
    table.firstElementChild?.focus();
  };
}

// --- completion --------------------------------------------------------------------------------------

// A name starts where a word may: not after a letter, unless its script is written without spaces; as on the server.
const MENTION = /(?<![^\P{L}\p{sc=Thai}\p{sc=Laoo}\p{sc=Mymr}\p{sc=Khmr}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]|[\p{N}@/.+-])(@"?([\p{L}\p{M}\p{N}_.-]{1,30}))$/u;

const ASKED = [
  { pattern: MENTION, path: "/suggest/members?q=", made: ({ name }) => (/^[\p{L}\p{M}\p{N}_.-]+$/u.test(name) ? `@${name} ` : `@"${name}" `) },
  { pattern: /(?:^|\s)(:([\w+-]{2,20}))$/, path: "/suggest/smilies?q=", made: ({ code }) => `${code} ` },
];

/** Authors of posts on this page whose names begin with the typed text: they are offered first. */
function namesHere(typed) {
  const authors = [...document.querySelectorAll(".post")].map((post) => post.querySelector(".card a")?.textContent.trim());
  const names = new Set(authors.filter(Boolean));
  return [...names].filter((name) => name.toLowerCase().startsWith(typed.toLowerCase())).map((name) => ({ name }));
}

/** Offers names after @ and smilies after a colon in a listbox at the caret. */
function complete(part, body, insert, { fetchJson, debounce }) {
  const list = document.createElement("ul");
  Object.assign(list, { id: "completions", className: "listbox", role: "listbox", hidden: true, ariaLabel: body.labels[0]?.textContent });
  part.querySelector(".panes").append(list);
  body.setAttribute("aria-autocomplete", "list");
  let choices = [];
  let at = 0;

  function mark(index) {
    at = (index + choices.length) % choices.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    body.setAttribute("aria-activedescendant", list.children[at].id);
  }

  function close() {
    list.hidden = true;
    choices = [];
    body.removeAttribute("aria-activedescendant");
    body.removeAttribute("aria-controls");
  }

  function take(choice) {
    insert(choice.text, choice.from, body.selectionEnd);
    close();
  }

  const thread = part.dataset.place.match(/^thread:(\d+)$/)?.[1]; // the server adds authors on other pages
  const asked = (kind, typed) => kind.path + encodeURIComponent(typed) + (thread && kind.pattern === MENTION ? `&thread=${thread}` : "");

  const suggest = debounce(120, async () => {
    const before = body.value.slice(0, body.selectionEnd);
    const found = ASKED.map((kind) => ({ kind, match: before.match(kind.pattern) })).find(({ match }) => match);
    if (!found) return close();
    let { items } = await fetchJson(asked(found.kind, found.match[2])).catch(() => ({ items: [] }));
    if (found.kind.pattern === MENTION) {
      const near = namesHere(found.match[2]);
      items = [...near, ...items.filter(({ name }) => !near.some((each) => each.name === name))];
    }
    if (body.value.slice(0, body.selectionEnd) !== before || document.activeElement !== body) return;
    const from = before.length - found.match[1].length;
    choices = items.slice(0, 6).map((item) => ({ item, from, text: found.kind.made(item) }));
    if (!choices.length) return close();
    list.replaceChildren(...choices.map(option));
    list.hidden = false;
    body.setAttribute("aria-controls", list.id);
    const caret = caretIn(body, from);
    list.style.left = `${Math.max(4, Math.min(caret.left, body.clientWidth - list.offsetWidth - 4))}px`;
    list.style.top = `${caret.top}px`;
    mark(0);
  });

  function option(choice, index) {
    const element = document.createElement("li");
    Object.assign(element, { id: `completion-${index}`, role: "option", dir: "auto" });
    if (choice.item.symbol) {
      const symbol = document.createElement("span");
      symbol.className = "symbol";
      symbol.textContent = choice.item.symbol;
      element.append(symbol);
    }
    element.append(choice.item.code ?? choice.item.name);
    element.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // keeps the caret where it is
      take(choice);
    });
    return element;
  }

  body.addEventListener("input", suggest);
  body.addEventListener("blur", close);
  body.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const act = { ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at - 1), Enter: () => take(choices[at]), Tab: () => take(choices[at]), Escape: close }[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  });
}

/** The position of a character in the field, measured on a copy of its text. */
function caretIn(body, index) {
  const copy = document.createElement("div");
  const style = getComputedStyle(body);
  for (const name of ["font", "padding", "lineHeight", "letterSpacing"]) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", width: `${body.clientWidth}px` });
  const sign = document.createElement("span");
  sign.textContent = "@";
  copy.append(body.value.slice(0, index), sign);
  body.after(copy);
  const place = { left: sign.offsetLeft, top: sign.offsetTop + sign.offsetHeight - body.scrollTop + 4 };
  copy.remove();
  return place;
}

// --- drafts ------------------------------------------------------------------------------------------

/** Saves the draft: at once on this device, on the server after two seconds without typing and on leaving the page. */
function draftSaver(part, body, { fetchJson, sendOnLeave, debounce, memory }) {
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

/** The width of a text: characters that are words by themselves count twice, as on the server. */
const columns = (text) => text.replace(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/gu, "xx").length;

/** Shows a title's length once it is close to the limit. */
function countTitle(form) {
  const title = form.elements.title;
  const counter = form.querySelector('[data-counts="title"]');
  if (!title || !counter) return;
  const most = Number(counter.dataset.most);
  function show() {
    const length = [...title.value.trim()].length;
    counter.hidden = length < most * 0.7;
    counter.textContent = `${length} / ${most}`;
    counter.classList.toggle("over", length > most);
  }
  title.addEventListener("input", show);
  show();
}

/** Shows similar threads while a title is typed. */
function suggestThreads(form, { fetchJson, debounce }) {
  const title = form.elements.title;
  const box = form.querySelector("[data-suggested]");
  if (!title || !box) return;

  function row({ title: text, url }) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    Object.assign(link, { href: url, textContent: text, target: "_blank", dir: "auto" });
    line.append(link);
    return line;
  }

  title.addEventListener("input", debounce(300, async () => {
    const text = title.value.trim();
    const query = new URLSearchParams({ title: text, board: title.dataset.board });
    const { items } = columns(text) < 4 ? { items: [] } : await fetchJson(`/suggest/threads?${query}`).catch(() => ({ items: [] }));
    if (text !== title.value.trim()) return;
    box.querySelector("ul").replaceChildren(...items.slice(0, 5).map(row));
    box.hidden = !items.length;
  }));
}
