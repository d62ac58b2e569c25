// A field for a member's name suggests names while one is typed.

export function start(field, { fetchJson, debounce }) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-names`;
  field.after(list);
  field.setAttribute("list", list.id);

  async function names(typed) {
    if (!typed) return [];
    const { items } = await fetchJson(`/suggest/members?q=${encodeURIComponent(typed)}`).catch(() => ({ items: [] }));
    return items.map(({ name }) => new Option(name, name));
  }

  field.addEventListener("input", debounce(150, async () => list.replaceChildren(...(await names(field.value.trim())))));
}
