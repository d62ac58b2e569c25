// Posts as they are read: the reading position, cards of members, long quotes.

import { made } from "./snippets.js";

/** Shows in the sidebar which post is being read, and its date. */
export function showProgress(part, track) {
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
export function unfoldCards(part) {
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
export function foldQuotes(part) {
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
