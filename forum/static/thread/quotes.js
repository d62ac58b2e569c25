// Quoting and answering a post in place.

import { byId, made } from "./snippets.js";

const plainName = /^[\p{L}\p{M}\p{N}_.-]+$/u;
const authorOf = (post) => post.querySelector(".card a").textContent;

/** Adds quotes to the reply form without leaving the reading position; a pill leads to the form. */
export function quoteInPlace(part, fetchJson) {
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
