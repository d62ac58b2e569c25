// Replies that come while a thread is read.

import { foldQuotes } from "./posts.js";
import { byId, made } from "./snippets.js";

/** New replies: inserted below the last post without moving what is being read; a pill and the title count them. */
export function newReplies(part, block, { countInTitle }) {
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
