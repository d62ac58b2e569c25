// A thread as it is read: who else is here, where one is, long quotes folded, reacting and quoting without leaving.

const byId = (id) => document.getElementById(id);
const made = (id) => byId(id).content.firstElementChild.cloneNode(true);
const authorOf = (post) => post.querySelector(".card a").textContent;
const plainName = /^[\p{L}\p{M}\p{N}_.-]+$/u;

export function start(part, tools) {
  stayVisible(document.querySelector(".viewers"), tools);
  showProgress(part, document.querySelector("[data-progress]"));
  foldQuotes(part);
  unfoldCards(part);
  reactInPlace(part, tools.ask);
  if (byId("body")) quoteInPlace(part, tools.ask);
}

/** Signs of life while the page is seen, every 5 s or as the forum says, every 20 s once nobody has moved for 10 minutes. */
function stayVisible(block, { ask, tell }) {
  const url = block.dataset.url;
  const newTab = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("").padEnd(12, "0");
  let tab = newTab();
  let timer;
  let moved = Date.now();
  let shown = "";
  let pace = 5;

  async function beat() {
    clearTimeout(timer);
    if (document.hidden) return;
    timer = setTimeout(beat, (Date.now() - moved > 600000 ? 20 : pace) * 1000);
    try {
      const { html, again } = await ask(url, { tab });
      pace = again;
      if (html !== shown && !block.contains(document.activeElement)) block.innerHTML = shown = html;
    } catch {
      // away or busy: the next beat tries again
    }
  }

  for (const sign of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(sign, () => (moved = Date.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", beat);
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    tab = newTab(); // the one before has said its farewell
    beat();
  });
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    tell(url, { leave: "1", tab });
  });
  beat();
}

/** Says in the rail which post is being read, and of when it is. */
function showProgress(part, track) {
  const posts = [...part.querySelectorAll(".post")];
  if (!track || !posts.length) return;
  const number = track.querySelector("[data-here]");
  const last = Math.max(2, Number(part.dataset.total));
  let isDue = false;
  function show() {
    isDue = false;
    const below = posts.findIndex((post) => post.getBoundingClientRect().top > innerHeight / 3);
    const post = posts[below < 0 ? posts.length - 1 : Math.max(0, below - 1)];
    const at = Number(post.id.slice(5));
    number.textContent = `#${at} · ${post.querySelector("time").textContent}`;
    track.style.setProperty("--at", (at - 1) / (last - 1));
  }
  addEventListener("scroll", () => isDue || ((isDue = true), requestAnimationFrame(show)), { passive: true });
  show();
}

/** On phones a card is one line; a button in it opens the facts of its member. Posts that come later get one too. */
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

/** The style sheet cuts long quotes off; where it did, a button opens them. */
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

/** Opens the kinds beside a post, sends one and swaps the bar; when that fails the form does it the plain way. */
function reactInPlace(part, ask) {
  const list = byId("react-list");
  if (!list?.showPopover) return;
  let link;
  let openedAt = 0;

  part.addEventListener("click", (event) => {
    const found = event.target.closest("[data-react]");
    if (!found || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    link = found;
    const action = `/posts/${link.closest(".post").dataset.postId}/reaction`;
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
      const { html } = await ask(new URL(button.formAction).pathname, { kind: button.value });
      link.closest(".reactions").outerHTML = html;
      post.querySelector("[data-react]")?.focus();
    } catch {
      button.form.requestSubmit(button);
    }
  });
}

/** Quotes go into the reply below while one reads on; a pill leads there. */
function quoteInPlace(part, ask) {
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
    body.focus();
    body.scrollIntoView({ block: "center" });
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
      const { markdown } = await ask(`/posts/${post.dataset.postId}/quote`);
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
      const { markdown } = await ask(`/posts/${id}/quote`, { text });
      add(`${markdown.trimEnd()}\n\n`);
    } catch {
      return (location.href = `?quote=${id}#reply`);
    }
    getSelection().removeAllRanges();
    pick.remove();
    showPill();
  });
}
