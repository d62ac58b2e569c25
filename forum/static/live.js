// What happens while a page is in sight, by one stream of server-sent events: the posts of its thread, who is writing,
// the number on the bell, new threads in lists. Without it pages are as they were, and threads send heartbeats.
// What changes seldom (a lock, a title, another board) is taken from the page itself, loaded again.

const EVENTS = ["posts", "stale", "viewers", "typing", "bell", "threads"];
const START_MS = 1200; // after loading: search engines that render the page wait until the network is idle
const RETRY_MS = [4000, 300000]; // if the stream is refused; where it broke off the browser connects again by itself

const AGAIN_MS = 30000; // after which a page asks again that its reader may not see at present

const tell = (name, data = {}) => document.dispatchEvent(new CustomEvent("live", { detail: { name, data } }));

export function start(part, tools) {
  const state = new URLSearchParams(part?.dataset.live);
  const kinds = { conversation: conversationPage, thread: threadPage, "new-threads": listPage };
  const kind = Object.keys(kinds).find((name) => part?.classList.contains(name));
  const page = kinds[kind]?.(part, state, tools) ?? {};
  let source = null;
  let timer;
  let failures = 0;
  let isOver = false;
  const acts = { bell: (unseen) => tools.showUnseen(unseen, true), ...page };

  function close() {
    source?.close();
    source = null;
    tell("closed");
  }

  function open() {
    clearTimeout(timer);
    if (source || isOver || document.hidden || document.prerendering) return;
    if (state.has("list")) state.set("age", Math.round(performance.now())); // milliseconds
    source = new EventSource(`/live?${state}`);
    source.onopen = () => {
      failures = 0;
      tell("open");
    };
    source.onerror = () => {
      tell("closed");
      if (source.readyState !== EventSource.CLOSED) return;
      source = null;
      timer = setTimeout(open, Math.min(RETRY_MS[0] * 2 ** failures++, RETRY_MS[1]) * (0.5 + Math.random()));
    };
    source.addEventListener("end", ({ data }) => {
      const end = JSON.parse(data);
      isOver = end.is_login;
      close();
      if (kind && kind !== "new-threads") showEnd(end);
      if (!isOver) later(AGAIN_MS * (1 + Math.random()));
    });
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => {
        document.getElementById("page-ended")?.remove();
        acts[name]?.(JSON.parse(data));
      });
    }
  }

  const later = (most) => {
    clearTimeout(timer);
    timer = setTimeout(open, most);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? (clearTimeout(timer), close()) : later(200)));
  document.addEventListener("prerenderingchange", () => later(START_MS));
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && later(200));
  later(START_MS);
}

/** Says that the page cannot be seen any more; what was read stays. */
function showEnd({ text, link }) {
  if (document.getElementById("page-ended")) return;
  const said = Object.assign(document.createElement("div"), { id: "page-ended", className: "toasts", role: "status" });
  const toast = Object.assign(document.createElement("p"), { className: "toast", textContent: text });
  toast.append(Object.assign(document.createElement("a"), { className: "link", href: location.pathname + location.search, textContent: link }));
  said.append(toast);
  document.body.append(said);
}

// --- threads ------------------------------------------------------------------------------------------

/** Keeps the posts of a thread's page as the forum has them, but for those the reader is busy with. */
function threadPage(part, state, tools) {
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

/** Takes what surrounds the posts from the page as it is now, at a moment within some seconds; the posts are told of. */
function surroundings(part, state, path, tools) {
  const KEPT = ".crumbs, .thread-head"; // replaced when they have changed and nobody is busy in them
  const notices = (from) => [...from.querySelectorAll(".thread-head ~ .notice")];
  let timer;
  let parked = null; // the form of a thread that has been locked since

  async function load(tries = 0) {
    const answer = await fetchPage(path, Number(state.get("page"))).catch(() => null);
    if (answer?.status === 404 || answer?.status === 403) return; // the stream says so, too
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page && page.querySelector(".thread[data-live]");
    const isOld = !fresh || Number(new URLSearchParams(fresh.dataset.live).get("version")) < Number(state.get("version"));
    if (isOld && tries < 4) return (timer = setTimeout(load, 2000 * (tries + 1), tries + 1));
    if (isOld) return;
    const said = notices(page);
    for (const name of KEPT.split(", ")) {
      const [old, made] = [document.querySelector(name), page.querySelector(name)];
      if (old && made) whenFree(old, () => exchange(old, document.adoptNode(made)));
    }
    for (const old of notices(document)) old.remove();
    part.before(...said.map((one) => document.adoptNode(one)));
    renewForm(document.getElementById("reply"), document.adoptNode(page.getElementById("reply")));
  }

  /** The reply form of a thread that was locked or opened: what is typed stays. */
  function renewForm(old, fresh) {
    const [form, other] = [old.querySelector("form"), fresh.querySelector("form")];
    for (const said of old.querySelectorAll(":scope > .join.js")) said.remove();
    if (form) form.querySelector("[type=submit]").disabled = !other;
    if (form && other) {
      renewHints(form, other);
    } else if (form && (form.elements.body.value.trim() || form.contains(document.activeElement))) {
      const said = fresh.querySelector(".join");
      said.classList.add("js");
      old.prepend(said);
    } else if (form) {
      parked = old;
      old.replaceWith(fresh);
    } else if (other && parked) {
      old.replaceWith(parked);
      renewForm(parked, fresh);
    } else {
      exchange(old, fresh);
      for (const made of fresh.querySelectorAll("[data-module]")) import(made.dataset.module).then((module) => module.start(made, tools));
    }
  }

  return (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(load, Math.random() * seconds * 1000);
  };
}

// --- lists and conversations ----------------------------------------------------------------------------

/** Says how many threads are new; the link loads the page again. */
function listPage(part) {
  const link = Object.assign(document.createElement("a"), { className: "quiet-button", href: location.pathname + location.search });
  part.append(link);
  return {
    threads: ({ count, text }) => {
      link.textContent = text;
      part.hidden = !count;
    },
  };
}

/** Adds new messages to the end of a conversation, and keeps what the page shows besides as it is now. */
function conversationPage(part, state, { fetchJson, countInTitle }) {
  const list = part.querySelector(".posts");
  let isAsking = false;
  let timer;

  async function fetchNew() {
    if (isAsking) return;
    isAsking = true;
    const answer = await fetchJson(`${part.dataset.url}?after=${state.get("after")}`).catch(() => null);
    isAsking = false;
    if (!answer) return setTimeout(fetchNew, 5000);
    const end = document.getElementById("reply");
    const isBelow = end.getBoundingClientRect().top < innerHeight;
    const before = end.getBoundingClientRect().top;
    for (const message of parse(answer.html)) if (!document.getElementById(message.id)) list.append(message);
    if (isBelow) scrollBy({ top: end.getBoundingClientRect().top - before, behavior: "instant" });
    state.set("after", answer.last);
    if (!answer.is_all) fetchNew();
  }

  /** Edited messages, reactions, who has read, who is in it, the title; also of pages that have begun since. */
  async function renew(number = Number(new URLSearchParams(location.search).get("page")) || 1) {
    const answer = await fetchPage(location.pathname, number).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.removeAttribute("aria-live"); // only new messages are announced
    keepPlace(list, () => {
      for (const fresh of [...page.querySelectorAll(".conversation .post")]) {
        const old = document.getElementById(fresh.id);
        if (old) whenFree(old, () => exchange(document.getElementById(fresh.id), document.adoptNode(fresh)));
      }
    });
    requestAnimationFrame(() => list.setAttribute("aria-live", "polite"));
    if (page.querySelector('a[rel="next"]') && list.querySelectorAll(":scope > *").length > page.querySelectorAll(".posts > *").length) return renew(number + 1);
    const readBy = list.parentElement.querySelector(".read-by");
    const fresh = page.querySelector(".read-by");
    if (readBy && fresh) exchange(readBy, document.adoptNode(fresh));
    else if (fresh) list.after(document.adoptNode(fresh));
    else readBy?.remove();
    for (const name of ["h1", ".rail > .block"]) exchange(document.querySelector(name), document.adoptNode(page.querySelector(name)));
    const [form, other] = [document, page].map((one) => one.querySelector("#reply form"));
    if (form && other) renewHints(form, other);
    countInTitle("live", 0, page.title);
  }

  list.setAttribute("aria-live", "polite");
  return {
    stale({ last, within }) {
      if (last > Number(state.get("after"))) fetchNew();
      state.set("version", 0); // if the stream must be opened again, it tells once more that there is something
      clearTimeout(timer);
      timer = setTimeout(renew, 300 + Math.random() * within * 1000);
    },
  };
}

/** A page as it is now; its reader has not seen it by that. */
function fetchPage(path, number) {
  return fetch(number > 1 ? `${path}?page=${number}` : path, { cache: "no-store", headers: { "X-Live": "1" } });
}

function parse(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return [...made.content.children];
}

/** Whether the reader is in the middle of something there: a field, an open menu, a selection. */
function isBusy(element) {
  const focus = document.activeElement;
  const selection = getSelection();
  return (
    (focus !== element && element.contains(focus)) ||
    Boolean(element.querySelector(".menu[open]")) ||
    Boolean(document.getElementById("react-list")?.matches(":popover-open")) ||
    (!selection.isCollapsed && selection.containsNode(element, true))
  );
}

/** The lines above a composer. */
function renewHints(form, other) {
  const hints = (from) => [...from.querySelectorAll(":scope > .hint")];
  for (const hint of hints(form)) hint.remove();
  (form.elements.seen ?? form.querySelector(":scope > .composer, :scope > [name=submit_key]")).before(...hints(other));
}

/** Puts an element in the place of an older one if they differ. */
function exchange(old, fresh) {
  if (old && fresh && !isSame(old, fresh)) old.replaceWith(fresh);
}

/** Acts as soon as the reader is not in the middle of something there. */
function whenFree(element, act) {
  if (isBusy(element)) setTimeout(whenFree, 1000, element, act);
  else act();
}

/** A post without what scripts and the reader did to it, and without what differs in each response. */
function plain(post) {
  const copy = post.cloneNode(true);
  copy.removeAttribute("tabindex");
  for (const added of copy.querySelectorAll(".card-more, .unfold, .mark-new")) added.remove();
  for (const opened of copy.querySelectorAll("details[open]")) opened.removeAttribute("open");
  for (const opened of copy.querySelectorAll(".card.open, blockquote.open")) opened.classList.remove("open");
  for (const card of copy.querySelectorAll('[class=""]')) card.removeAttribute("class");
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.removeAttribute("value");
  for (const time of copy.querySelectorAll("time")) {
    time.removeAttribute("title");
    time.textContent = "";
  }
  copy.innerHTML = copy.innerHTML.replace(/\s+/g, " ");
  return copy;
}

const isSame = (one, other) => plain(one).isEqualNode(plain(other));

/** Changes posts without moving what the reader is looking at: the first post in sight, or the form they write in. */
function keepPlace(list, act) {
  const end = document.getElementById("bottom-of-posts") ?? document.getElementById("reply");
  const isBelow = end.getBoundingClientRect().top < innerHeight / 2 || document.getElementById("reply")?.contains(document.activeElement);
  const seen = [...list.querySelectorAll(":scope > .post")].filter((post) => post.getBoundingClientRect().bottom > 60);
  const before = (isBelow ? [end] : seen).map((element) => [element, element.id, element.getBoundingClientRect().top]);
  document.documentElement.style.overflowAnchor = "none";
  act();
  const [anchor, top] = before.map(([element, id, at]) => [element.isConnected ? element : document.getElementById(id), at]).find(([element]) => element) ?? [];
  const moved = anchor ? anchor.getBoundingClientRect().top - top : 0;
  if (moved) scrollBy({ top: moved, behavior: "instant" });
  requestAnimationFrame(() => (document.documentElement.style.overflowAnchor = ""));
}
