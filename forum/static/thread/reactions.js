// Reacting to a post or message in place.

import { byId } from "./snippets.js";

/** Opens the reaction picker, sends a reaction and replaces the bar; if that fails the form is submitted normally. */
export function reactInPlace(part, fetchJson) {
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
