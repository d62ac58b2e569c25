// A thread's page: heartbeats and new replies, reading position, folded quotes, reacting and quoting in place. Also the
// page of a private conversation, which has some of it.

const byId = (id) => document.getElementById(id);
const made = (id) => byId(id).content.firstElementChild.cloneNode(true);
const authorOf = (post) => post.querySelector(".card a").textContent;
const STREAMED_MS = 100000; // between heartbeats of a page that has a stream; without any it counts as left after 300 s
const plainName = /^[\p{L}\p{M}\p{N}_.-]+$/u;

export function start(part, tools) {
  foldQuotes(part);
  unfoldCards(part);
  reactInPlace(part, tools.fetchJson);
  const block = document.querySelector(".viewers");
  if (!block) return; // a private conversation
  sendHeartbeats(block, newReplies(part, block, tools), tools);
  showProgress(part, document.querySelector("[data-progress]"));
  if (byId("body")) quoteInPlace(part, tools.fetchJson);
}

/**
 * Heartbeats while the page is visible (long polling). The forum answers one when somebody replies, else after a while,
 * and the next follows at once: on average at most one every `pace` seconds, fewer after 10 minutes without activity.
 */
function sendHeartbeats(block, news, { fetchJson, sendOnLeave, showUnseen }) {
  const url = block.dataset.url;
  const newTab = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("").padEnd(12, "0");
  let tab = newTab();
  let timer;
  let moved = Date.now();
  let shown = "";
  let again = 5;
  let ticket = "";
  let pending = null;
  let spare = 6; // heartbeats that may follow at once
  let began = 0;
  let isStreamed = false; // then live.js is told of everything at once, and heartbeats only say that the page is open
  let total = 0;

  async function sendHeartbeat() {
    clearTimeout(timer);
    pending?.abort();
    if (document.hidden || document.prerendering) return;
    const request = (pending = new AbortController());
    const pace = Date.now() - moved > 600000 ? 20 : again;
    const now = performance.now();
    spare = Math.min(6, spare + (began ? (now - began) / 1000 / pace : 0)) - 1;
    began = now;
    const isFirst = !ticket; // it gets a ticket, with which the next may wait on the server
    const waits = ticket && !news.isRead() && !isStreamed;
    let isSoon = !waits;
    try {
      const known = news.known();
      const read = news.read();
      const fields = { tab, ...known };
      Object.assign(fields, waits ? { pace, ticket } : news.isRead() && { read });
      const answer = await fetchJson(url, fields, request.signal);
      isSoon ||= performance.now() - now > 1000 || Boolean(answer.news);
      ({ again, ticket, total } = answer);
      const { html } = answer;
      showViewers(html);
      showUnseen(answer.notifications, true);
      news.show(answer, read);
    } catch {
      // page left, offline or server busy: the next heartbeat tries again
      isSoon = false;
    }
    if (request.signal.aborted) return;
    clearTimeout(timer);
    if (isStreamed && ticket) return (timer = setTimeout(sendHeartbeat, STREAMED_MS));
    // pause after the first: search engines that render the page wait until the network is idle
    timer = setTimeout(sendHeartbeat, isFirst && ticket ? 1500 : isSoon ? Math.max(0, 1 - spare) * pace * 1000 : pace * 1000);
  }

  function showViewers(html) {
    if (html !== shown && !block.contains(document.activeElement)) block.innerHTML = shown = html;
  }

  /** Sends a heartbeat after a while, of many readers not all at once. */
  function sendSoon(most) {
    clearTimeout(timer);
    timer = setTimeout(sendHeartbeat, most + (total > 50 ? Math.random() * 20000 : 0));
  }

  document.addEventListener("live", ({ detail: { name, data } }) => {
    if (name === "viewers") showViewers(data.html);
    if (name === "open") {
      isStreamed = true;
      clearTimeout(timer);
      timer = setTimeout(sendHeartbeat, news.isRead() ? 1500 : STREAMED_MS);
    }
    if (name === "closed" && isStreamed) {
      isStreamed = false;
      if (!document.hidden) sendSoon(Math.random() * 4000);
    }
  });
  news.whenRead(() => sendSoon(1500));
  for (const sign of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(sign, () => (moved = Date.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", sendHeartbeat);
  document.addEventListener("prerenderingchange", sendHeartbeat);
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    tab = newTab(); // the previous tab id has already left
    sendHeartbeat();
  });
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    pending?.abort();
    if (document.prerendering) return; // not seen by anybody yet
    sendOnLeave(url, { leave: "1", tab, ...news.known(), ...(news.isRead() && { read: news.read() }) });
  });
  sendHeartbeat();
}

/** New replies: inserted below the last post without moving what is being read; a pill and the title count them. */
function newReplies(part, block, { countInTitle }) {
  const posts = part.getElementsByClassName("post");
  const pill = made("news");
  const link = pill.querySelector("a");
  const seenField = document.querySelector('#reply [name="seen"]');
  const isLastPage = !document.querySelector('a[rel="next"]');
  const placeOf = (post) => Number(post.id.slice(5));
  const live = document.createElement("div");
  Object.assign(live, { role: "status", className: "toasts-news" });
  document.body.append(live);
  let after = Number(block.dataset.after);
  let since = after;
  const unmarked = Number(block.dataset.unmarked ?? 0); // last post of a prefetched page, not yet marked read
  let read = unmarked || after; // position of the last post that has been on the screen
  let told = unmarked ? 0 : after; // position that was reported to the forum
  let tellRead = () => {};
  const unseen = new Map(); // addresses of new replies that have not been on the screen, by position
  const [forms, which] = JSON.parse(pill.dataset.texts);

  /** Counts new replies, which a stream told of; they may be on another page. */
  function count(replies) {
    for (const [position, url] of replies) if (position > since) unseen.set(position, url);
    for (const position of unseen.keys()) if (position <= since) unseen.delete(position);
    const number = Math.min(unseen.size, which.length);
    if (!number) return;
    showPill(forms[which[number - 1]].replace("{num}", number), unseen.get(Math.min(...unseen.keys())), number);
  }

  function showPill(text, url, number) {
    link.textContent = text;
    link.href = url;
    live.append(pill);
    countInTitle("replies", number);
  }

  document.addEventListener("live", ({ detail: { name, data } }) => {
    if (name === "post") foldQuotes(data.post);
    if (name === "post" && data.isNew) eyes.observe(data.post);
    if (name !== "news") return;
    after = Math.max(after, data.last);
    count(data.news);
  });

  const eyes = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      eyes.unobserve(target);
      read = since = Math.max(since, placeOf(target));
      if (seenField) seenField.value = since;
    }
    if (read === told || since < after) return;
    clear();
    tellRead();
  }, { rootMargin: "-60px 0px 0px" });

  function clear() {
    pill.remove();
    unseen.clear();
    countInTitle("replies", 0);
  }

  /** Adds missing posts without moving what the reader is looking at. */
  function append(html) {
    const end = byId("bottom-of-posts");
    const isBelow = end.getBoundingClientRect().top < innerHeight / 2 || byId("reply")?.contains(document.activeElement);
    const before = end.getBoundingClientRect().top;
    document.documentElement.style.overflowAnchor = "none";
    const made = document.createElement("template");
    made.innerHTML = html;
    for (const post of [...made.content.children]) {
      if (byId(post.id)) continue;
      part.querySelector(".posts").append(post);
      foldQuotes(post);
      eyes.observe(post);
    }
    if (isBelow) scrollBy({ top: end.getBoundingClientRect().top - before, behavior: "instant" });
    requestAnimationFrame(() => (document.documentElement.style.overflowAnchor = ""));
  }

  link.addEventListener("click", (event) => {
    const post = byId(link.hash.slice(1));
    if (!post || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    post.tabIndex = -1;
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "start" });
  });

  return {
    known: () => ({ after, since }),
    read: () => read,
    isRead: () => read > told,
    whenRead: (act) => (tellRead = act),
    show({ last, news }, sent) {
      told = sent;
      if (!news) return;
      after = last;
      if (isLastPage && news.html) append(news.html);
      if (!news.count) return;
      showPill(news.text, news.url, news.count);
    },
  };
}

/** Shows in the sidebar which post is being read, and its date. */
function showProgress(part, track) {
  const posts = part.getElementsByClassName("post"); // grows
  if (!track || !posts.length) return;
  const number = track.querySelector("[data-here]");
  const last = Math.max(2, Number(part.dataset.total));
  let isDue = false;
  function show() {
    isDue = false;
    const below = [...posts].findIndex((post) => post.getBoundingClientRect().top > innerHeight / 3);
    const post = posts[below < 0 ? posts.length - 1 : Math.max(0, below - 1)];
    const at = Number(post.id.slice(5));
    number.textContent = `#${at} · ${post.querySelector("time").textContent}`;
    track.style.setProperty("--at", (at - 1) / (last - 1));
  }
  addEventListener("scroll", () => isDue || ((isDue = true), requestAnimationFrame(show)), { passive: true });
  show();
}

/** On phones a card is one line with a button that opens the member's facts; also for posts added later. */
function unfoldCards(part) {
  const add = () => {
    for (const card of part.querySelectorAll(".card:not(:has(.card-more))")) {
      const button = made("card-more");
      button.ariaLabel = button.ariaLabel.replace("{name}", card.querySelector("a").textContent);
      button.addEventListener("click", () => (button.ariaExpanded = card.classList.toggle("open")));
      card.querySelector("h2").append(button);
    }
  };
  new MutationObserver(add).observe(part.querySelector(".posts"), { childList: true });
  add();
}

/** Adds a button to expand quotes that the style sheet truncated. */
function foldQuotes(part) {
  for (const quote of part.querySelectorAll(".post-body > blockquote")) {
    if (quote.scrollHeight <= quote.clientHeight + 1) continue;
    const open = () => {
      quote.classList.add("open");
      button.remove();
    };
    const button = made("unfold");
    button.addEventListener("click", open);
    quote.addEventListener("focusin", ({ target }) => target !== button && open());
    quote.append(button);
  }
}

/** Opens the reaction picker, sends a reaction and replaces the bar; if that fails the form is submitted normally. */
function reactInPlace(part, fetchJson) {
  const list = byId("react-list");
  if (!list?.showPopover) return;
  let link;
  let openedAt = 0;

  part.addEventListener("click", (event) => {
    const found = event.target.closest("[data-react]");
    if (!found || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    link = found;
    const action = link.pathname.replace(/s$/, "");
    for (const button of list.children) {
      const isMine = button.dataset.kind === link.dataset.react;
      button.formAction = action;
      button.value = isMine ? "" : button.dataset.kind;
      button.ariaPressed = isMine ? "true" : null;
    }
    list.showPopover();
    openedAt = scrollY;
    const box = link.getBoundingClientRect();
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${box.top > list.offsetHeight + 60 ? box.top - list.offsetHeight - 4 : box.bottom + 4}px`;
    list.firstElementChild.focus();
  });
  const leave = () => list.matches(":popover-open") && Math.abs(scrollY - openedAt) > 48 && list.hidePopover();
  addEventListener("scroll", leave, { passive: true });

  list.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    list.hidePopover();
    const post = link.closest(".post");
    try {
      const { html } = await fetchJson(new URL(button.formAction).pathname, { kind: button.value });
      link.closest(".reactions").outerHTML = html;
      post.querySelector("[data-react]")?.focus();
    } catch {
      button.form.requestSubmit(button);
    }
  });
}

/** Adds quotes to the reply form without leaving the reading position; a pill leads to the form. */
function quoteInPlace(part, fetchJson) {
  const body = byId("body");
  const pill = made("quoted");
  const pick = made("quote-selection");
  let picked = null;

  function add(text) {
    const before = body.value.trimEnd();
    body.value = (before ? `${before}\n\n` : "") + text;
    body.setSelectionRange(body.value.length, body.value.length);
    body.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function goToReply(event) {
    event?.preventDefault();
    pill.remove();
    body.focus({ preventScroll: true });
    body.scrollIntoView({ block: "center", behavior: "instant" }); // a smooth scroll would stop at the first key press
  }

  function showPill() {
    if (!pill.isConnected) document.body.append(pill);
  }

  for (const link of document.querySelectorAll("[data-reply]")) link.addEventListener("click", goToReply);
  pill.querySelector("a").addEventListener("click", goToReply);
  body.addEventListener("focus", () => pill.remove());

  part.addEventListener("click", async (event) => {
    const link = event.target.closest(".post-foot > a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const post = link.closest(".post");
    if (link.matches(".i-reply")) {
      const name = authorOf(post);
      add(plainName.test(name) ? `@${name} ` : `@"${name}" `);
      return goToReply();
    }
    try {
      const { markdown } = await fetchJson(`/posts/${post.dataset.postId}/quote`);
      add(`${markdown.trimEnd()}\n\n`);
      showPill();
    } catch {
      location.href = link.href;
    }
  });

  function selected() {
    const selection = getSelection();
    const text = selection.toString().trim();
    if (!text || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const inside = range.commonAncestorContainer;
    const words = (inside.nodeType === Node.TEXT_NODE ? inside.parentElement : inside).closest(".post-body");
    const post = words?.closest(".post");
    return post ? { post, text, box: range.getBoundingClientRect() } : null;
  }

  function offer() {
    picked = selected();
    if (!picked) return pick.remove();
    document.body.append(pick);
    pick.style.left = `${Math.min(Math.max(picked.box.left + picked.box.width / 2, 60), innerWidth - 60)}px`;
    pick.style.top = `${picked.box.bottom + scrollY + 8}px`;
  }

  let timer;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(offer, 200);
  });
  pick.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  pick.addEventListener("click", async () => {
    const { post, text } = picked;
    const id = post.dataset.postId;
    try {
      const { markdown } = await fetchJson(`/posts/${id}/quote`, { text });
      add(`${markdown.trimEnd()}\n\n`);
    } catch {
      return (location.href = `?quote=${id}#reply`);
    }
    getSelection().removeAllRanges();
    pick.remove();
    showPill();
  });
}
