// The field of the members to whom a conversation is addressed: offers names for the part after the last comma.

export function start(part, { fetchJson, debounce }) {
  const field = part.querySelector("input");
  const list = document.createElement("ul");
  Object.assign(list, { id: "recipients", className: "listbox", role: "listbox", hidden: true, ariaLabel: field.labels[0].textContent });
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) field.setAttribute(name, value);
  let names = [];
  let at = 0;

  function mark(index) {
    at = (index + names.length) % names.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    field.setAttribute("aria-activedescendant", list.children[at].id);
  }

  function close() {
    list.hidden = true;
    names = [];
    field.setAttribute("aria-expanded", "false");
    for (const name of ["aria-activedescendant", "aria-controls"]) field.removeAttribute(name);
  }

  const begin = () => field.value.lastIndexOf(",") + 1;

  function take(name) {
    const before = field.value.slice(0, begin());
    field.value = `${before}${before ? " " : ""}${name}, `;
    close();
  }

  const suggest = debounce(120, async () => {
    const typed = field.value.slice(begin()).trim().replace(/^@/, "");
    if (!typed) return close();
    const { items } = await fetchJson(`/suggest/members?q=${encodeURIComponent(typed)}`).catch(() => ({ items: [] }));
    if (document.activeElement !== field || field.value.slice(begin()).trim().replace(/^@/, "") !== typed) return;
    const given = new Set(field.value.slice(0, begin()).split(",").map((name) => name.trim().toLowerCase()));
    names = items.map(({ name }) => name).filter((name) => !given.has(name.toLowerCase())).slice(0, 6);
    if (!names.length) return close();
    list.replaceChildren(...names.map(option));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list.id);
    mark(0);
  });

  function option(name, index) {
    const element = document.createElement("li");
    Object.assign(element, { id: `recipient-${index}`, role: "option", dir: "auto", textContent: name });
    element.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      take(name);
    });
    return element;
  }

  field.addEventListener("input", suggest);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const act = { ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at - 1), Enter: () => take(names[at]), Tab: () => take(names[at]), Escape: close }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
