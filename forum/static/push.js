// The button that lets this browser show notifications. It asks for permission only when it is pressed.

export async function start(part, { fetchJson }) {
  const button = part.querySelector("[data-subscribe]");
  const status = part.querySelector("[data-status]");
  const say = (what) => (status.textContent = what ? status.dataset[what] : "");
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say("unable");
  const worker = await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "all" });
  if (await markThisBrowser(part, await worker.pushManager.getSubscription())) return;
  button.hidden = false;
  if (Notification.permission === "denied") say("denied");

  button.addEventListener("click", async () => {
    say("");
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    button.disabled = true;
    try {
      const { key } = await fetchJson("/account/notifications/browsers/key", {});
      await fetchJson("/account/notifications/browsers", await subscribe(await navigator.serviceWorker.ready, key));
      location.reload();
    } catch ({ answer }) {
      button.disabled = false;
      const { message } = (await answer?.json().catch(() => null)) ?? {};
      if (message) status.textContent = message;
      else say("failed");
    }
  });
}

/** The browser's address at its push service and its keys. A subscription to the key of another forum gives way. */
async function subscribe({ pushManager }, key) {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await pushManager.subscribe(options).catch(async () => {
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** Marks this browser in the list; false if it is not there. */
async function markThisBrowser(part, subscription) {
  if (!subscription) return false;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  const digest = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const row = part.querySelector(`[data-digest="${digest}"]`);
  if (row) row.querySelector("[data-here]").hidden = false;
  return Boolean(row);
}
