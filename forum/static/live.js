// What happens while a page is in sight, by one stream of server-sent events: the posts of its thread, who is writing,
// the number on the bell, new threads in lists. Without it pages are as they were, and threads send heartbeats.
// What changes seldom (a lock, a title, another board) is taken from the page itself, loaded again.

import { conversationPage } from "./live/conversations.js";
import { tell } from "./live/elements.js";
import { listPage } from "./live/lists.js";
import { threadPage } from "./live/threads.js";

const EVENTS = ["posts", "stale", "viewers", "typing", "bell", "threads"];
const START_MS = 1200; // after loading: search engines that render the page wait until the network is idle
const RETRY_MS = [4000, 300000]; // if the stream is refused; where it broke off the browser connects again by itself
const AGAIN_MS = 30000; // after which a page asks again that its reader may not see at present

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
