// A search field that suggests matching threads while typing; Enter without a selection searches as usual.

export function start(field, { fetchJson, debounce }) {
  const list = document.createElement("ul");
  Object.assign(list, { id: `${field.id}-found`, className: "listbox found", role: "listbox", hidden: true, ariaLabel: field.labels[0]?.textContent });
  field.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    field.setAttribute(name, value);
  }
  let at = -1;

  function show(isShown) {
    list.hidden = !isShown;
    field.setAttribute("aria-expanded", String(isShown));
    mark(-1);
  }

  function mark(index) {
    const rows = [...list.children];
    at = index < -1 ? rows.length - 1 : index >= rows.length ? -1 : index;
    rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", rows[at].id);
  }

  function row({ html, url }, index) {
    const element = document.createElement("li");
    Object.assign(element, { id: `${list.id}-${index}`, role: "option" });
    const link = document.createElement("a");
    Object.assign(link, { href: url, innerHTML: html ?? "", tabIndex: -1, dir: "auto" });
    link.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the list until it is clicked
    element.append(link);
    return element;
  }

  /** What the form would send: filters beside the field apply to suggestions too. */
  function query() {
    return new URLSearchParams([...new FormData(field.form)].filter(([, value]) => value));
  }

  const suggest = debounce(150, async () => {
    const typed = field.value.trim();
    const { items } = typed.length < 2 && !/\p{sc=Han}/u.test(typed) ? { items: [] } : await fetchJson(`/suggest/search?${query()}`).catch(() => ({ items: [] }));
    if (typed !== field.value.trim() || document.activeElement !== field) return;
    list.replaceChildren(...items.map(row));
    if (items.length) {
      const all = row({ url: `/search?${query()}` }, items.length);
      all.firstElementChild.textContent = field.dataset.all;
      all.className = "found-all";
      list.append(all);
    }
    show(items.length > 0);
  });

  field.addEventListener("input", suggest);
  field.addEventListener("blur", () => show(false));
  field.addEventListener("focus", () => list.childElementCount && show(true));
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at - 1), Escape: () => show(false) };
    if (event.key === "Enter" && at >= 0) acts.Enter = () => list.children[at].firstElementChild.click();
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  if (field.value !== field.defaultValue) suggest(); // typed before this script was loaded
}
