// Heartbeats of an open thread: who is reading it, and what is new where there is no stream.

const STREAMED_MS = 100000; // between heartbeats of a page that has a stream; without any it counts as left after 300 s

/**
 * Heartbeats while the page is visible (long polling). The forum answers one when somebody replies, else after a while,
 * and the next follows at once: on average at most one every `pace` seconds, fewer after 10 minutes without activity.
 */
export function sendHeartbeats(block, news, { fetchJson, sendOnLeave, showUnseen }) {
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
