// The page without a connection: what was written in this browser and not sent, and the way back once there is one.

const LOOK_EVERY = 10000; // milliseconds
const PAGES = {
  thread: (id) => `/threads/${id}-x/reply`,
  board: (id) => `/boards/${id}-x/post-thread`,
  post: (id) => `/posts/${id}/edit`,
  conversation: (id) => (id === "0" ? "/conversations/new" : `/conversations/${id}`),
};
const list = document.querySelector("[data-unsent]");
const template = document.getElementById("unsent");
const again = document.querySelector("[data-again]");
const status = document.querySelector("[data-status]");

/** The drafts of this browser that the server does not have. */
function unsent() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith("draft:"));
    const drafts = names.map((name) => JSON.parse(localStorage.getItem(name)));
    return drafts.filter((draft) => draft && !draft.isSafe && (draft.title?.trim() || draft.body?.trim()));
  } catch {
    return []; // storage is blocked
  }
}

function row(draft) {
  const part = template.content.cloneNode(true);
  const [kind, id] = draft.place.split(":");
  part.querySelector("[data-title]").textContent = draft.title?.trim() || part.querySelector("[data-title]").dataset[kind] || "";
  part.querySelector("[data-text]").value = draft.body ?? "";
  const link = part.querySelector("[data-continue]");
  if (PAGES[kind] && /^\d+$/.test(id)) link.href = PAGES[kind](id);
  else link.remove();
  return part;
}

try {
  sessionStorage.removeItem("sent"); // what was sent did not arrive, so the next page must not forget it
} catch {
  // storage is blocked
}
const drafts = unsent();
list.append(...drafts.map(row));
list.parentElement.hidden = !drafts.length;

/** Whether there is a connection again; what needs one is shown then. */
async function look() {
  const answer = await fetch("/health/live", { cache: "no-store" }).catch(() => null);
  const isBack = Boolean(answer?.ok);
  status.textContent = isBack ? status.dataset.back : status.dataset.none;
  for (const link of list.querySelectorAll("[data-continue]")) link.hidden = !isBack;
  if (isBack) clearInterval(looking);
}

again.addEventListener("click", () => location.replace(location.pathname === "/offline" ? "/" : location.href));
addEventListener("online", look);
const looking = setInterval(() => document.hidden || look(), LOOK_EVERY);
look();
