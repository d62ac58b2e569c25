// What open pages do with their elements, without disturbing the reader.

/** Tells the other scripts of the page. */
export const tell = (name, data = {}) => document.dispatchEvent(new CustomEvent("live", { detail: { name, data } }));

/** A page as it is now; its reader has not seen it by that. */
export function fetchPage(path, number) {
  return fetch(number > 1 ? `${path}?page=${number}` : path, { cache: "no-store", headers: { "X-Live": "1" } });
}

export function parse(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return [...made.content.children];
}

/** Whether the reader is in the middle of something there: a field, an open menu, a selection. */
export function isBusy(element) {
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
export function renewHints(form, other) {
  const hints = (from) => [...from.querySelectorAll(":scope > .hint")];
  for (const hint of hints(form)) hint.remove();
  (form.elements.seen ?? form.querySelector(":scope > .composer, :scope > [name=submit_key]")).before(...hints(other));
}

/** Puts an element in the place of an older one if they differ. */
export function exchange(old, fresh) {
  if (old && fresh && !isSame(old, fresh)) old.replaceWith(fresh);
}

/** Acts as soon as the reader is not in the middle of something there. */
export function whenFree(element, act) {
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

export const isSame = (one, other) => plain(one).isEqualNode(plain(other));

/** Changes posts without moving what the reader is looking at: the first post in sight, or the form they write in. */
export function keepPlace(list, act) {
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
