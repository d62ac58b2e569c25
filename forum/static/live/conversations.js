// The page of a private conversation while it is open.

import { exchange, fetchPage, keepPlace, parse, renewHints, whenFree } from "./elements.js";

/** Adds new messages to the end of a conversation, and keeps what the page shows besides as it is now. */
export function conversationPage(part, state, { fetchJson, countInTitle }) {
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
