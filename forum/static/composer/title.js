// The title of a new thread: its length, and similar threads.

/** The width of a text: characters that are words by themselves count twice, as on the server. */
const columns = (text) => text.replace(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/gu, "xx").length;

/** Shows a title's length once it is close to the limit. */
export function countTitle(form) {
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
export function suggestThreads(form, { fetchJson, debounce }) {
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
