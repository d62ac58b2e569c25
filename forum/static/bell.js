// The panel under the bell: the newest notifications. Without it the bell leads to the page of them.

let panel = null;
let bell = null;

/** Opens the panel, or closes it. */
export async function toggle(link, tools) {
  if (panel) return close();
  bell = link;
  panel = Object.assign(document.createElement("div"), { className: "panel", role: "dialog" });
  panel.setAttribute("aria-labelledby", "panel-title");
  panel.setAttribute("aria-busy", "true");
  bell.after(panel);
  bell.ariaExpanded = "true";
  const opened = panel;
  const answer = await fetch("/notifications/panel", { headers: { Accept: "text/html" } }).catch(() => null);
  if (panel !== opened) return; // closed meanwhile
  if (!answer?.ok || answer.redirected) return (location.href = bell.href);
  panel.innerHTML = await answer.text();
  panel.removeAttribute("aria-busy");
  panel.querySelector("#panel-title").focus();
  panel.querySelector("form")?.addEventListener("submit", markRead);
  const { upto } = panel.querySelector(".panel-head").dataset;
  if (!upto) return;
  const seen = await tools.fetchJson("/notifications/seen", { upto }).catch(() => null);
  tools.showUnseen(seen?.notifications, true);
}

function close({ focus = true } = {}) {
  panel?.remove();
  panel = null;
  if (!bell) return;
  bell.ariaExpanded = "false";
  if (focus) bell.focus();
}

/** Marks all as read in place; if that fails, by the form itself. */
async function markRead(event) {
  event.preventDefault();
  const form = event.target;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") return form.submit();
  for (const row of panel?.querySelectorAll(".unread") ?? []) {
    row.classList.remove("unread");
    row.querySelector(".dot")?.remove();
  }
  form.remove();
  panel?.querySelector("#panel-title").focus();
}

/** Arrow keys go from row to row. */
function step(by) {
  const links = [...panel.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (!panel) return;
  if (event.key === "Escape") {
    close();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && panel.contains(document.activeElement)) {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  }
});
const isOutside = ({ target }) => panel && !panel.contains(target) && !bell.contains(target);
document.addEventListener("click", (event) => isOutside(event) && close({ focus: false }));
document.addEventListener("focusin", (event) => isOutside(event) && close({ focus: false }));
