// Names after @ and smilies after a colon are completed.

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
export function complete(part, body, insert, { fetchJson, debounce }) {
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
