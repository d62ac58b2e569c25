// Code for every page: theme, times, menus, keyboard shortcuts, forms that are sent once. Elements with their own module
// name it in data-module; it gets the element and the tools below.

import { startMenus } from "./app/menus.js";

const root = document.documentElement;
const SETTLED_MS = 8000; // after loading, if the reader does nothing
const tokenIn = (page) => page.querySelector('meta[name="csrf-token"]')?.content ?? "";
let csrf = tokenIn(document);

/** Fetches JSON from this site, by POST if there are fields; throws an error with the response unless it is OK. */
async function fetchJson(path, fields, signal, isAgain = false) {
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRFToken"] = csrf;
  const answer = await fetch(path, fields ? { method: "POST", headers, signal, body: new URLSearchParams(fields) } : { headers, signal });
  if (answer.status === 403 && fields && !isAgain && (await renewToken())) return fetchJson(path, fields, signal, true);
  if (!answer.ok) throw Object.assign(new Error(`${answer.status}`), { answer });
  return answer.status === 204 ? null : answer.json();
}

/** After a login or logout in another tab this page's CSRF token is invalid: true if the page got a new one. */
async function renewToken() {
  const page = await fetch(location.href, { headers: { Accept: "text/html" } });
  const token = tokenIn(new DOMParser().parseFromString(await page.text(), "text/html"));
  if (token === csrf) return false;
  csrf = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  return true;
}

/** Sends data to this site even while the page is being closed. */
function sendOnLeave(path, fields) {
  navigator.sendBeacon(path, new URLSearchParams(csrf ? { ...fields, csrf_token: csrf } : fields));
}

/** Debounces a function: runs the last call after a pause. */
function debounce(wait, act) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait, ...args);
  };
}

/** Local storage of this browser; empty where storage is blocked. */
const memory = {
  get: (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  names: () => {
    try {
      return Object.keys(localStorage);
    } catch {
      return [];
    }
  },
  set: (name, value) => {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // blocked or full: only the server has a copy
    }
  },
};

// --- theme -------------------------------------------------------------------------------------

for (const choice of document.querySelectorAll('input[name="theme"]')) {
  choice.checked = choice.value === (root.dataset.theme ?? "auto");
  choice.addEventListener("change", () => {
    const isAuto = choice.value === "auto";
    memory.set("theme", isAuto ? null : choice.value);
    if (isAuto) delete root.dataset.theme;
    else root.dataset.theme = choice.value;
  });
}

// --- toasts ---------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest(".toast").remove());
}

// --- times: the server's texts, updated; the full date in the reader's time zone as a title --------

let ago; // created on first use: that costs more than everything else here
let full;
const UNITS = [["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

/** The same texts as the server's (Babel): a unit is used from 85 % of it on. */
function updateTime(element) {
  const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
  if (seconds < 30 || seconds >= 604800) return; // "just now" or a date
  ago ??= new Intl.RelativeTimeFormat(root.lang);
  const [unit, length] = UNITS.find(([, size]) => seconds / size >= 0.85) ?? ["minute", 60];
  const words = ago.format(-Math.max(1, Math.round(seconds / length)), unit);
  if (element.textContent !== words) element.textContent = words;
}

const updateTimes = () => document.querySelectorAll("time[datetime*=T]").forEach(updateTime);
setInterval(() => document.hidden || updateTimes(), 60000);
document.addEventListener("mouseover", ({ target }) => {
  if (!target.matches?.("time[datetime*=T]")) return;
  full ??= new Intl.DateTimeFormat(root.lang, { dateStyle: "full", timeStyle: "short" });
  target.title = full.format(new Date(target.dateTime));
});

// --- printing: spoilers are open and times are dates --------------------------------------------------

const FOLDED = ".spoiler:not([open])";
addEventListener("beforeprint", () => {
  for (const spoiler of document.querySelectorAll(FOLDED)) spoiler.open = spoiler.dataset.printed = true;
  full ??= new Intl.DateTimeFormat(root.lang, { dateStyle: "full", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    time.dataset.said = time.textContent;
    time.textContent = full.format(new Date(time.dateTime));
  }
});
addEventListener("afterprint", () => {
  for (const spoiler of document.querySelectorAll("[data-printed]")) spoiler.open = delete spoiler.dataset.printed && false;
  for (const time of document.querySelectorAll("time[data-said]")) time.textContent = time.dataset.said;
});

// --- tabs: the current one is in view where they scroll sideways ----------------------------------------

for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
  const [its, row] = [tab, tab.parentElement].map((each) => each.getBoundingClientRect());
  if (its.left < row.left || its.right > row.right) tab.parentElement.scrollLeft += its.left - row.left - row.width / 3;
}

startMenus();

// --- forms are sent once; after going back they can be sent again ----------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => event.submitter && (event.submitter.disabled = true)); // after its name and value were read
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.elements) if (button.type === "submit") button.disabled = false;
  }
});
document.querySelector("[aria-invalid]")?.focus();

// Saved text needs no copy on this device: the response to a write is a redirect.
const sent = sessionStorage.getItem("sent");
if (sent) {
  sessionStorage.removeItem("sent");
  if (performance.getEntriesByType("navigation")[0]?.redirectCount) memory.set(`draft:${sent}`, null);
}

// Drafts on this device are of one member: logging out removes them, and so does the login of somebody else.
const member = document.querySelector(".menu[data-member]")?.dataset.member;
if (member && memory.get("drafts-of") !== member) {
  if (memory.get("drafts-of")) forgetDrafts();
  memory.set("drafts-of", member);
}
document.addEventListener("submit", ({ submitter }) => submitter?.formAction.endsWith("/logout") && forgetDrafts());

function forgetDrafts() {
  for (const name of memory.names()) if (name.startsWith("draft:")) memory.set(name, null);
}

// --- keyboard shortcuts ----------------------------------------------------------------------------

let areSingleKeysOn = memory.get("single-keys") !== "off";

function initDialog(dialog) {
  const single = dialog.querySelector("[data-single-keys]");
  single.checked = areSingleKeysOn;
  single.addEventListener("change", () => {
    areSingleKeysOn = single.checked;
    memory.set("single-keys", areSingleKeysOn ? null : "off");
  });
  return dialog;
}

if (document.getElementById("keys")) initDialog(document.getElementById("keys"));

/** The list of keyboard shortcuts is a page of its own; here it opens in a dialog over the current page. */
async function showKeys(event) {
  event?.preventDefault();
  let list = document.getElementById("keys");
  if (!list) {
    const page = await fetch("/keys").catch(() => null);
    if (!page?.ok) return (location.href = "/keys");
    list = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("keys");
    list.open = false;
    document.body.append(initDialog(list));
  }
  if (!list.open) list.showModal();
}

document.querySelector("[data-keys]")?.addEventListener("click", showKeys);

/** Moves to the next or previous post or thread. */
function step(by) {
  const stops = [...document.querySelectorAll("main .post, main [data-stop]")].filter((stop) => !stop.closest("details:not([open])"));
  let at = stops.findIndex((stop) => stop.contains(document.activeElement));
  if (at < 0) {
    at = stops.findIndex((stop) => stop.getBoundingClientRect().bottom > 120);
    if (by > 0) at -= 1;
  }
  const stop = stops[Math.min(Math.max(at + by, 0), stops.length - 1)];
  if (stop?.matches(".post")) stop.tabIndex = -1;
  stop?.focus({ preventScroll: true });
  stop?.scrollIntoView({ block: stop.matches(".post") ? "start" : "nearest" });
}

function search() {
  const field = document.getElementById("admin-q") ?? document.getElementById("find") ?? document.getElementById("q");
  if (!field.offsetParent) return (location.href = "/search");
  field.focus();
  field.select();
}

const here = () => document.activeElement?.closest(".post");
const KEYS = {
  "/": search,
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector('a[rel="next"]')?.click(),
  p: () => document.querySelector('a[rel="prev"]')?.click(),
  r: () => document.querySelector("[data-reply]")?.click(),
  q: () => here()?.querySelector(".i-quote")?.click(),
  "?": () => showKeys(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, dialog, [contenteditable]");
  if (typing || !areSingleKeysOn || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

/** Buttons that copy a field, for example the link of an invitation; where copying is not allowed, it is selected. */
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  await navigator.clipboard?.writeText(field.value);
  if (navigator.clipboard) button.textContent = button.dataset.copied;
});

// --- notifications: the number on the bell and in the title, the same in all tabs; the panel has a module of its own ---

const bell = document.querySelector(".bell");
const counts = { replies: 0, unseen: 0 };
let plainTitle = document.title;
let countedAt = Date.now();

/** The title begins with the number of new replies in the thread or of new notifications, whichever is more. */
function countInTitle(name, number, title = plainTitle) {
  plainTitle = title;
  counts[name] = number;
  const most = Math.max(counts.replies, counts.unseen);
  document.title = most ? `(${most < 100 ? most : "99+"}) ${plainTitle}` : plainTitle;
}

const tabs = bell && "BroadcastChannel" in window ? new BroadcastChannel("notifications") : null;
if (tabs) tabs.onmessage = ({ data }) => showUnseen(data);

/** The same number on the icon of the installed app. */
const countOnIcon = (number) => navigator.setAppBadge?.(number).catch(() => {}); // 0 takes it away

/** Shows how many notifications are unseen; `isNews`: other tabs are told, too. */
function showUnseen(unseen, isNews = false) {
  if (!unseen || !bell) return;
  countedAt = Date.now();
  let badge = bell.querySelector(".badge");
  if (!badge && unseen.count) bell.append((badge = Object.assign(document.createElement("span"), { className: "badge", ariaHidden: "true" })));
  if (badge && unseen.count) badge.textContent = unseen.count < 100 ? unseen.count : "99+";
  if (!unseen.count) badge?.remove();
  bell.ariaLabel = unseen.label || bell.dataset.label;
  countInTitle("unseen", unseen.count);
  countOnIcon(unseen.count);
  if (isNews) tabs?.postMessage(unseen);
}

/** Asks how many are unseen if no heartbeat and no other tab has said so for a while. */
async function countUnseen(seconds) {
  if (document.hidden || Date.now() - countedAt < seconds * 1000) return;
  countedAt = Date.now();
  const answer = await fetchJson("/notifications/count").catch(() => null);
  showUnseen(answer?.notifications, true);
}

if (bell) {
  countInTitle("unseen", parseInt(bell.querySelector(".badge")?.textContent ?? 0, 10));
  countOnIcon(counts.unseen);
  setInterval(countUnseen, 10000, 55);
  document.addEventListener("visibilitychange", () => countUnseen(10));
  addEventListener("pageshow", ({ persisted }) => persisted && countUnseen(0));
  bell.ariaHasPopup = "dialog";
  bell.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { toggle } = await import(bell.dataset.opens);
    toggle(bell, { fetchJson, showUnseen });
  });
}

// --- elements with a module of their own ------------------------------------------------------------

const tools = { fetchJson, sendOnLeave, debounce, memory, showUnseen, countInTitle };
for (const part of document.querySelectorAll("[data-module]")) {
  import(part.dataset.module).then((module) => module.start(part, tools));
}

// --- after the first view, as soon as the reader does something, or after a while: a stream of what happens --------

const settled = new Promise((resolve) => {
  for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) addEventListener(sign, resolve, { once: true, passive: true });
  addEventListener("load", () => setTimeout(resolve, SETTLED_MS));
});

const streamed = document.querySelector("main [data-live]");
if ((streamed || bell) && "EventSource" in window) {
  settled.then(() => import(document.querySelector("script[data-live]").dataset.live)).then((module) => module.start(streamed, tools));
}

/** Loads a search field's suggestions when it gets the focus. */
function loadSuggestions(field) {
  const { finds } = field.dataset;
  delete field.dataset.finds; // once
  if (finds) import(finds).then((module) => module.start(field, tools));
}

document.addEventListener("focusin", ({ target }) => loadSuggestions(target));
loadSuggestions(document.activeElement);

// --- members: the service worker, which shows notifications and a page without a connection -----------------------------

if (bell) settled.then(() => navigator.serviceWorker?.register("/service-worker.js", { updateViaCache: "all" }).catch(() => {}));
