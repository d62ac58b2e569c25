// The buttons and keys of the composer: formatting, preview by the server's renderer, smilies.

/** Replaces a range of the field so that Ctrl+Z can undo it; optionally selects part of the new text. */
export function inserter(body) {
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

/** Makes chosen text bold, a link, a list and so on, by buttons, keys and pasted addresses. */
export function formatting(part, body, insert, others) {
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
export function previewer(part, body, { fetchJson, debounce }) {
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
export function smiliePicker(part, insert, { fetchJson }) {
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
