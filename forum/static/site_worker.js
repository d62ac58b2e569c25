// The service worker: shows notifications, and a page of its own when there is no connection. It keeps that page and its
// files, and nothing of what members read. SITE comes from the server: the page, its files, and the forum's icon.

const CACHE = `offline:${SITE.files.join()}`;

self.addEventListener("install", (event) => event.waitUntil(keepOffline()));
self.addEventListener("activate", (event) => event.waitUntil(start()));

async function keepOffline() {
  const cache = await caches.open(CACHE);
  const asked = [SITE.page, ...SITE.files].map((path) => new Request(path, { credentials: "omit", cache: "no-cache" }));
  await cache.addAll(asked);
  await self.skipWaiting();
}

async function start() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (event.request.keepalive) event.respondWith(fetch(event.request)); // of a page that is being left: at once
  else if (origin === location.origin && SITE.files.includes(pathname)) event.respondWith(file(event.request));
});

/** A page from the network, which this worker never keeps; without a connection the one that says so. */
async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(SITE.page)) ?? Response.error();
  }
}

/** The files of that page never change under their addresses. */
const file = async (request) => (await caches.match(request)) ?? fetch(request);

// --- notifications ---------------------------------------------------------------------------------

self.addEventListener("push", (event) => event.waitUntil(show(event.data?.json() ?? {})));

async function show({ title = "", body = "", url = "/notifications", tag = "", count = 0 }) {
  await self.registration.showNotification(title, { body, tag, icon: SITE.icon, data: { url } });
  if (count) await navigator.setAppBadge?.(count).catch(() => {});
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

/** Goes to a page of this site: in a tab that shows it, else in a window of the forum, else in a new one. */
async function open(path) {
  const url = new URL(path ?? "/notifications", location.origin);
  if (url.origin !== location.origin) return;
  const pages = await self.clients.matchAll({ type: "window" });
  const same = pages.find((client) => client.url === url.href);
  if (same) return same.focus();
  return self.clients.openWindow(url.href);
}

/** The browser has got another address at its push service: tell the forum, as long as the member is logged in. */
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ newSubscription, oldSubscription }) {
  const options = oldSubscription?.options;
  const subscription = newSubscription ?? (options && (await self.registration.pushManager.subscribe(options)));
  const page = await fetch("/account/notifications", { headers: { Accept: "text/html" } });
  const token = (await page.text()).match(/name="csrf-token" content="([^"]+)"/)?.[1];
  if (!subscription || !token) return;
  const { endpoint, keys } = subscription.toJSON();
  await fetch("/account/notifications/browsers", {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth }),
  });
}
