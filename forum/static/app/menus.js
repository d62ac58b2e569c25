// Menus: one open at a time, closed by Escape or a click elsewhere, always within the screen, with arrow keys from item to item.

/** Moves an open menu above its button if there is no room below, or up to where it fits below the header, and in from the sides. */
function keepOnScreen(menu) {
  const list = menu.querySelector(".menu-list");
  list.style.translate = "";
  const box = list.getBoundingClientRect();
  const button = menu.querySelector("summary").getBoundingClientRect();
  const x = Math.max(8 - box.left, Math.min(0, document.documentElement.clientWidth - 8 - box.right));
  const isUp = box.bottom > innerHeight && box.top >= button.bottom;
  const header = document.querySelector(".top").getBoundingClientRect().bottom;
  const above = button.top - 4 - box.height;
  const y = above >= header ? above : Math.max(header + 4, innerHeight - 8 - box.height);
  if (x || isUp) list.style.translate = `${x}px ${isUp ? y - box.top : 0}px`;
}

const closeMenus = (except) =>
  document.querySelectorAll(".menu[open]").forEach((menu) => menu.contains(except) || (menu.open = false));

/** Focuses the next or previous item of a menu, after the last the first. */
function focusItem(menu, by) {
  const items = [...menu.querySelectorAll(".menu-list :is(a, button)")].filter((item) => item.offsetParent);
  const at = items.indexOf(document.activeElement);
  items.at(at < 0 && by < 0 ? -1 : (at + by) % items.length)?.focus();
}

export function startMenus() {
  document.addEventListener("toggle", ({ target }) => target.matches?.(".menu[open]") && keepOnScreen(target), true);
  document.addEventListener("click", ({ target }) => closeMenus(target));
  document.addEventListener("focusin", ({ target }) => closeMenus(target));
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector(".menu[open]");
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && event.target.matches("a, button, summary") && menu.contains(event.target)) {
      event.preventDefault();
      focusItem(menu, event.key === "ArrowDown" ? 1 : -1);
    }
  });
}
