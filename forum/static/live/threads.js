// The page of a thread while it is open.

import { surroundings } from "./around.js";
import { exchange, isBusy, isSame, keepPlace, parse, tell } from "./elements.js";

/** Keeps the posts of a thread's page as the forum has them, but for those the reader is busy with. */
export function threadPage(part, state, tools) {
  const list = part.querySelector(".posts");
  const path = document.querySelector(".viewers").dataset.url.replace(/\/viewers$/, "");
  const renew = surroundings(part, state, path, tools);
  const writing = document.getElementById("typing");
  const held = new Map(); // what is to be done with posts once the reader lets go of them, by their ids
  let head = Number(part.dataset.head);
  let timer;
  let tries = 0;

  const idOf = (post) => Number(post.dataset.postId);
  const find = (id) => list.querySelector(`:scope > .post[data-post-id="${id}"]`);

  /** Puts a post in the place of an older one; what the reader opened stays open. */
  function replace(old, fresh) {
    const mark = old.querySelector(".mark-new");
    if (mark && !fresh.querySelector(".mark-new")) fresh.querySelector(".post-head time").after("\n", mark);
    old.querySelectorAll("details").forEach((one, at) => one.open && fresh.querySelectorAll("details")[at]?.setAttribute("open", ""));
    fresh.querySelector(".card")?.classList.toggle("open", Boolean(old.querySelector(".card.open")));
    const isFocused = old === document.activeElement;
    old.replaceWith(fresh);
    if (isFocused) {
      fresh.tabIndex = -1;
      fresh.focus({ preventScroll: true });
    }
    tell("post", { post: fresh });
  }

  function change(post, fresh) {
    if (isBusy(post)) return held.set(idOf(post), fresh);
    held.delete(idOf(post));
    if (!fresh) post.remove();
    else if (!isSame(post, fresh)) replace(post, fresh);
  }

  function release() {
    if (held.size) keepPlace(list, () => held.forEach((fresh, id) => (find(id) ? change(find(id), fresh) : held.delete(id))));
  }

  function insert(fresh, previous, news) {
    const at = Number(fresh.id.slice(5));
    const mark = document.getElementById("mark-new");
    if (mark && news.has(at) && !fresh.querySelector(".mark-new")) {
      fresh.querySelector(".post-head time").after("\n", mark.content.firstElementChild.cloneNode(true));
    }
    if (previous) previous.after(fresh);
    else list.prepend(fresh);
    tell("post", { post: fresh, isNew: true });
  }

  function apply(data) {
    const posts = parse(data.html);
    const made = new Map(posts.filter((one) => one.matches(".post")).map((post) => [idOf(post), post]));
    const ids = data.ids ?? [...made.keys()];
    const news = new Map(data.new);
    keepPlace(list, () => {
      for (const post of list.querySelectorAll(":scope > .post")) if (!ids.includes(idOf(post))) change(post, null);
      let previous = null;
      for (const id of ids) {
        const [old, fresh] = [find(id), made.get(id)];
        if (old && fresh) change(old, fresh);
        else if (fresh) insert(fresh, previous, news);
        previous = find(id) ?? previous;
      }
    });
    if ("waiting" in data) showWaiting(data);
    if (data.around) showAround(parse(data.around));
    state.set("version", data.version);
    state.set("after", data.last);
    tell("news", { last: data.last, news });
    if (data.head !== head) renew(1 + (data.within ?? 0));
    head = data.head;
  }

  /** The title of the tab, counts, and links to pages. */
  function showAround(made) {
    const find = (name) => made.filter((one) => one.matches(name));
    tools.countInTitle("live", 0, find("title")[0].textContent);
    const bar = document.getElementById("bottom-of-posts");
    const [pages, below] = find(".pages");
    exchange(document.querySelector(".thread-head .meta"), find(".meta")[0]);
    setPages(document.querySelector(".thread-head .pages"), pages, (nav) => document.querySelector(".thread-head .meta").after(nav));
    setPages(bar.querySelector(".pages"), below, (nav) => bar.prepend(nav));
    exchange(document.querySelector(".rail > .only-wide"), find(".block")[0]);
  }

  function setPages(old, fresh, add) {
    if (!fresh) old?.remove();
    else if (old) exchange(old, fresh);
    else add(fresh);
  }

  /** The posts after the last page that only their author and moderators see. */
  function showWaiting({ waiting, waiting_label }) {
    let section = document.getElementById("waiting");
    if (!section && !waiting) return;
    if (!section) {
      section = Object.assign(document.createElement("section"), { className: "posts", id: "waiting", ariaLabel: waiting_label });
      list.after(section);
    }
    if (isBusy(section)) return;
    if (waiting) section.replaceChildren(...parse(waiting));
    else section.remove();
  }

  /** Fetches the page's posts as this reader sees them, at a moment within some seconds. */
  function refresh(seconds) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        const answer = await tools.fetchJson(`${path}/posts?page=${state.get("page")}&after=${state.get("after")}`);
        tries = 0;
        apply(answer);
      } catch {
        if (tries++ < 3) refresh(5 * tries);
      }
    }, Math.random() * seconds * 1000);
  }

  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("selectionchange", () => held.size && setTimeout(release, 300));
  document.addEventListener("toggle", () => setTimeout(release), true);
  return {
    posts: apply,
    stale: ({ within }) => refresh(within),
    viewers: (data) => tell("viewers", data),
    typing: ({ html }) => (writing.innerHTML = html),
  };
}
